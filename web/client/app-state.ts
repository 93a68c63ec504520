import type { AppEvent } from '../../protocol/app-event.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Queue } from '../../protocol/queue.ts'
import type { Session } from '../../protocol/session.ts'
import type { ActiveTurn } from '../../protocol/turn.ts'
import type { SessionPage } from './api-client.ts'
import type { Connection } from './event-follower.ts'
import type { SystemStatus } from './system-status.ts'

/** What the whole app knows, whichever session is open. */
export interface AppState {
  /** `denied`: the server does not know this browser. */
  readonly access: 'unknown' | 'granted' | 'denied'
  readonly connection: Connection
  readonly sessions: SessionListState
  readonly activeTurns: ReadonlyMap<SessionId, ActiveTurn>
  /** Whether the server has told what runs and what waits. */
  readonly isTold: boolean
  /** What waits in each session; one in which nothing waits may be missing. */
  readonly queues: ReadonlyMap<SessionId, Queue>
  readonly system: SystemStatus | null
}

export type SessionListState =
  | { readonly status: 'loading' }
  | { readonly status: 'unavailable' }
  | { readonly status: 'ready'; readonly sessions: readonly Session[]; readonly total: number }

export const INITIAL_APP_STATE: AppState = {
  access: 'unknown',
  connection: 'connecting',
  sessions: { status: 'loading' },
  activeTurns: new Map(),
  isTold: false,
  queues: new Map(),
  system: null,
}

export function applyAppEvent(state: AppState, event: AppEvent): AppState {
  switch (event.type) {
    case 'snapshot':
      return {
        ...state,
        isTold: true,
        activeTurns: new Map(event.active.map((one) => [one.session_id, one.active_turn])),
        queues: new Map(event.queues.map((queue) => [queue.session_id, queue])),
      }
    case 'session.changed':
      return { ...state, sessions: withSession(state.sessions, event.session) }
    case 'session.deleted':
      return withoutSession(state, event.session_id)
    case 'turn.changed':
      return { ...state, activeTurns: new Map(state.activeTurns).set(event.session_id, event.active_turn) }
    case 'models.changed':
      return state
    case 'queue.changed':
      return withQueue(state, event.queue)
    case 'turn.ended':
      return { ...state, activeTurns: withoutKey(state.activeTurns, event.session_id) }
  }
}

/** An answer and the app's stream may overtake each other: the newer queue stays. */
export function withQueue(state: AppState, queue: Queue): AppState {
  const known = state.queues.get(queue.session_id)
  if (known !== undefined && known.revision >= queue.revision) return state
  return { ...state, queues: new Map(state.queues).set(queue.session_id, queue) }
}

/** The first page replaces the list: what changed while nobody listened is not told twice. Later pages are added to it. */
export function withPage(list: SessionListState, page: SessionPage, offset: number): SessionListState {
  if (list.status !== 'ready' || offset === 0) return { status: 'ready', sessions: page.sessions, total: page.total }
  const known = new Set(list.sessions.map((session) => session.id))
  const added = page.sessions.filter((session) => !known.has(session.id))
  return { status: 'ready', sessions: [...list.sessions, ...added], total: page.total }
}

/** A changed session moves up: the list stands as the server keeps it, pinned sessions first, then by the last change. */
export function withSession(list: SessionListState, session: Session): SessionListState {
  if (list.status !== 'ready') return list
  const known = list.sessions.find((candidate) => candidate.id === session.id)
  const others = list.sessions.filter((candidate) => candidate.id !== session.id)
  const sessions = [...others, session].sort(compareSessions)
  return { ...list, sessions, total: known === undefined ? list.total + 1 : list.total }
}

export function withoutSession(state: AppState, sessionId: SessionId): AppState {
  const activeTurns = withoutKey(state.activeTurns, sessionId)
  const queues = withoutKey(state.queues, sessionId)
  const list = state.sessions
  if (list.status !== 'ready') return { ...state, activeTurns, queues }
  const sessions = list.sessions.filter((session) => session.id !== sessionId)
  const total = list.total - (list.sessions.length - sessions.length)
  return { ...state, activeTurns, queues, sessions: { ...list, sessions, total } }
}

function withoutKey<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  if (!map.has(key)) return map
  const copy = new Map(map)
  copy.delete(key)
  return copy
}

function compareSessions(a: Session, b: Session): number {
  return Number(b.pinned) - Number(a.pinned) || compareText(b.updated_at, a.updated_at)
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
