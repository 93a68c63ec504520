import { z } from 'zod'
import { type SessionId, sessionIdSchema } from '../../protocol/ids.ts'
import { parseJson } from './json-text.ts'
import { createStore, type ReadableStore } from './store.ts'

/** Sessions with an answer that nobody at this browser has looked at yet. Shared by its tabs, and kept over a reload. */
export interface UnreadSessions {
  readonly sessions: ReadableStore<ReadonlySet<SessionId>>
  /** An answer has ended: unread, unless this tab shows it to somebody. */
  readonly noteAnswer: (sessionId: SessionId) => void
}

export interface UnreadOptions {
  readonly storage: Storage
  readonly page: Pick<Document, 'visibilityState' | 'addEventListener'>
  readonly frame: Pick<Window, 'addEventListener'>
  /** The session that this tab shows. */
  readonly shown: ReadableStore<SessionId | null>
}

const KEY = 'conch.unread'
const MAX_UNREAD = 500
const storedSchema = z.array(sessionIdSchema)

export function watchUnread({ storage, page, frame, shown }: UnreadOptions): UnreadSessions {
  const sessions = createStore(read())

  function read(): ReadonlySet<SessionId> {
    return new Set(storedSchema.safeParse(parseJson(storage.getItem(KEY) ?? '')).data ?? [])
  }
  function isShown(sessionId: SessionId): boolean {
    return shown.get() === sessionId && page.visibilityState === 'visible'
  }
  /** Another tab may have written meanwhile: what is kept is what is changed. */
  function change(edit: (unread: Set<SessionId>) => void): void {
    const unread = new Set(read())
    edit(unread)
    storage.setItem(KEY, JSON.stringify([...unread].slice(-MAX_UNREAD)))
    sessions.set(unread)
  }
  function noteShown(): void {
    const sessionId = shown.get()
    if (sessionId !== null && isShown(sessionId) && sessions.get().has(sessionId))
      change((all) => all.delete(sessionId))
  }
  noteShown()
  shown.subscribe(noteShown)
  page.addEventListener('visibilitychange', noteShown)
  frame.addEventListener('storage', (event) => {
    if (event.key !== KEY) return
    sessions.set(read())
    noteShown()
  })
  return {
    sessions,
    noteAnswer: (sessionId) => {
      // every tab hears of the answer: one that shows it takes the mark away that another has set
      change((all) => (isShown(sessionId) ? all.delete(sessionId) : all.add(sessionId)))
    },
  }
}
