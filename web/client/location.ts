import { type MessageId, messageIdSchema, type SessionId, sessionIdSchema } from '../../protocol/ids.ts'
import { createStore, type ReadableStore } from './store.ts'

/** Where the person is: in a session, at the start where a new one begins, or at the settings. */
export interface Location {
  /** Null at the start and at the settings. */
  readonly session: ReadableStore<SessionId | null>
  readonly isSettings: ReadableStore<boolean>
  readonly isAtStart: () => boolean
  /** The message of the session that is to be brought into sight; null once it is there. */
  readonly message: ReadableStore<MessageId | null>
  readonly openSession: (sessionId: SessionId) => void
  readonly openMessage: (sessionId: SessionId, messageId: MessageId) => void
  readonly messageShown: () => void
  readonly openStart: () => void
  readonly openSettings: () => void
}

const SESSION_PATH = /^\/s\/([^/]+)$/
const MESSAGE = 'message'
const SETTINGS_PATH = '/settings'

export function watchLocation(frame: Window): Location {
  const session = createStore(sessionOfPath(frame.location.pathname))
  const message = createStore(messageOfQuery(frame.location.search))
  const isSettings = createStore(frame.location.pathname === SETTINGS_PATH)
  function show(): void {
    const path = frame.location.pathname
    message.set(messageOfQuery(frame.location.search))
    session.set(sessionOfPath(path))
    isSettings.set(path === SETTINGS_PATH)
  }
  frame.addEventListener('popstate', show)
  function go(path: string): void {
    if (frame.location.pathname + frame.location.search === path) return
    frame.history.pushState(null, '', path)
    show()
  }
  return {
    session,
    isSettings,
    isAtStart: () => session.get() === null && !isSettings.get(),
    message,
    openSession: (sessionId) => go(pathOfSession(sessionId)),
    openMessage: (sessionId, messageId) => go(`${pathOfSession(sessionId)}?${MESSAGE}=${messageId}`),
    messageShown: () => {
      frame.history.replaceState(null, '', frame.location.pathname)
      message.set(null)
    },
    openStart: () => go(pathOfSession(null)),
    openSettings: () => go(SETTINGS_PATH),
  }
}

function messageOfQuery(query: string): MessageId | null {
  const text = new URLSearchParams(query).get(MESSAGE)
  return text === null ? null : (messageIdSchema.safeParse(Number(text)).data ?? null)
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
