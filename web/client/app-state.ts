import type { AppEvent } from '../../protocol/app-event.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Queue } from '../../protocol/queue.ts'
import type { Session } from '../../protocol/session.ts'
import type { ActiveTurn } from '../../protocol/turn.ts'
import type { SessionPage } from './api-client.ts'
import type { Connection } from './event-follower.ts'
import { type SessionListState, type ToldSessions, withListed, withoutListed, withPage } from './session-list.ts'
import type { SystemStatus } from './system-status.ts'

/** What the whole app knows, whichever session is open. */
export interface AppState {
  /** `denied`: the server does not know this browser. */
  readonly access: 'unknown' | 'granted' | 'denied'
  readonly connection: Connection
  readonly sessions: SessionListState
  /** The pages of the list that are on their way. */
  readonly askedPages: ReadonlyMap<AskedPage, ToldSessions>
  readonly activeTurns: ReadonlyMap<SessionId, ActiveTurn>
  /** Whether the server has told what runs and what waits. */
  readonly isTold: boolean
  /** What waits in each session; one in which nothing waits may be missing. */
  readonly queues: ReadonlyMap<SessionId, Queue>
  readonly system: SystemStatus | null
}

/** A request for a page of the list, known by itself. */
export interface AskedPage {
  readonly limit: number
  readonly offset: number
}

const UNAVAILABLE: SessionListState = { status: 'unavailable' }
const NOTHING_TOLD: ToldSessions = new Map()

export const INITIAL_APP_STATE: AppState = {
  access: 'unknown',
  connection: 'connecting',
  sessions: { status: 'loading' },
  askedPages: new Map(),
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
      return withSession(state, event.session)
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

/** A page of the list is asked for: what is told from here on is newer than what it will say. */
export function withAskedPage(state: AppState, asked: AskedPage): AppState {
  return { ...state, askedPages: new Map(state.askedPages).set(asked, new Map()) }
}

export function withAnsweredPage(state: AppState, asked: AskedPage, page: SessionPage): AppState {
  const told = state.askedPages.get(asked) ?? NOTHING_TOLD
  const sessions = withPage(state.sessions, { page, offset: asked.offset, told })
  return { ...state, access: 'granted', sessions, askedPages: withoutKey(state.askedPages, asked) }
}

export function withUnansweredPage(state: AppState, asked: AskedPage): AppState {
  const sessions = state.sessions.status === 'loading' ? UNAVAILABLE : state.sessions
  return { ...state, sessions, askedPages: withoutKey(state.askedPages, asked) }
}

export function withSession(state: AppState, session: Session): AppState {
  const sessions = withListed(state.sessions, session)
  return { ...state, sessions, askedPages: withTold(state.askedPages, session.id, session) }
}

export function withoutSession(state: AppState, sessionId: SessionId): AppState {
  return {
    ...state,
    activeTurns: withoutKey(state.activeTurns, sessionId),
    queues: withoutKey(state.queues, sessionId),
    sessions: withoutListed(state.sessions, sessionId),
    askedPages: withTold(state.askedPages, sessionId, null),
  }
}

function withTold(pages: AppState['askedPages'], id: SessionId, session: Session | null): AppState['askedPages'] {
  return new Map([...pages].map(([asked, told]) => [asked, new Map(told).set(id, session)]))
}

function withoutKey<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  if (!map.has(key)) return map
  const copy = new Map(map)
  copy.delete(key)
  return copy
}
