import { type SessionId, sessionIdSchema } from '../../protocol/ids.ts'
import { createStore, type ReadableStore } from './store.ts'

/** Where the person is: in a session, or at the start where a new one begins. */
export interface Location {
  readonly session: ReadableStore<SessionId | null>
  readonly openSession: (sessionId: SessionId) => void
  readonly openStart: () => void
}

const SESSION_PATH = /^\/s\/([^/]+)$/

export function watchLocation(frame: Window): Location {
  const session = createStore(sessionOfPath(frame.location.pathname))
  frame.addEventListener('popstate', () => session.set(sessionOfPath(frame.location.pathname)))
  function go(sessionId: SessionId | null): void {
    if (session.get() === sessionId) return
    frame.history.pushState(null, '', pathOfSession(sessionId))
    session.set(sessionId)
  }
  return { session, openSession: go, openStart: () => go(null) }
}

export function pathOfSession(sessionId: SessionId | null): string {
  return sessionId === null ? '/' : `/s/${encodeURIComponent(sessionId)}`
}

export function sessionOfPath(path: string): SessionId | null {
  const encoded = SESSION_PATH.exec(path)?.[1]
  if (encoded === undefined) return null
  try {
    return sessionIdSchema.safeParse(decodeURIComponent(encoded)).data ?? null
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}
