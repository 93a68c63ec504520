import { type SessionId, sessionIdSchema } from '../../protocol/ids.ts'
import { createStore, type ReadableStore } from './store.ts'

/** Where the person is: in a session, at the start where a new one begins, or at the settings. */
export interface Location {
  /** Null at the start and at the settings. */
  readonly session: ReadableStore<SessionId | null>
  readonly isSettings: ReadableStore<boolean>
  readonly openSession: (sessionId: SessionId) => void
  readonly openStart: () => void
  readonly openSettings: () => void
}

const SESSION_PATH = /^\/s\/([^/]+)$/
const SETTINGS_PATH = '/settings'

export function watchLocation(frame: Window): Location {
  const session = createStore(sessionOfPath(frame.location.pathname))
  const isSettings = createStore(frame.location.pathname === SETTINGS_PATH)
  function show(): void {
    const path = frame.location.pathname
    session.set(sessionOfPath(path))
    isSettings.set(path === SETTINGS_PATH)
  }
  frame.addEventListener('popstate', show)
  function go(path: string): void {
    if (frame.location.pathname === path) return
    frame.history.pushState(null, '', path)
    show()
  }
  return {
    session,
    isSettings,
    openSession: (sessionId) => go(pathOfSession(sessionId)),
    openStart: () => go(pathOfSession(null)),
    openSettings: () => go(SETTINGS_PATH),
  }
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
