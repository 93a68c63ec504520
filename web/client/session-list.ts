import type { SessionId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/session.ts'
import type { SessionPage } from './api-client.ts'

export type SessionListState =
  | { readonly status: 'loading' }
  | { readonly status: 'unavailable' }
  | { readonly status: 'ready'; readonly sessions: readonly Session[]; readonly total: number }

/** What was told of sessions while a page of the list was on its way. Null: it was deleted. */
export type ToldSessions = ReadonlyMap<SessionId, Session | null>

export interface AnsweredPage {
  readonly page: SessionPage
  readonly offset: number
  readonly told: ToldSessions
}

/**
 * A page replaces what the list has in its place: what changed while nobody listened is not told twice. What stands before
 * and after it stays, so that a list that was read far down keeps its length. What was told meanwhile is newer than the page.
 */
export function withPage(list: SessionListState, { page, offset, told }: AnsweredPage): SessionListState {
  const isLast = offset + page.sessions.length >= page.total
  const answered = new Set(page.sessions.map(({ id }) => id))
  const [first, last] = [page.sessions.at(0), page.sessions.at(-1)]
  function isCovered(session: Session): boolean {
    const isBefore = offset > 0 && (first === undefined || compareSessions(session, first) <= 0)
    const isAfter = !isLast && (last === undefined || compareSessions(session, last) >= 0)
    return !isBefore && !isAfter
  }
  const known = list.status === 'ready' ? list.sessions : []
  const kept = known.filter((one) => !answered.has(one.id) && !told.has(one.id) && !isCovered(one))
  const taken = page.sessions.filter(({ id }) => !told.has(id))
  const newer = [...told.values()].filter((session) => session !== null)
  // what has the same place by its time stands as the server has it
  const sessions = [...(offset === 0 ? [...taken, ...kept] : [...kept, ...taken]), ...newer].sort(compareSessions)
  const deleted = page.sessions.filter(({ id }) => told.get(id) === null).length
  return { status: 'ready', sessions, total: isLast ? sessions.length : page.total - deleted }
}

/** A changed session moves up: the list stands as the server keeps it, pinned sessions first, then by the last change. */
export function withListed(list: SessionListState, session: Session): SessionListState {
  if (list.status !== 'ready') return list
  const known = list.sessions.find((candidate) => candidate.id === session.id)
  const others = list.sessions.filter((candidate) => candidate.id !== session.id)
  const sessions = [...others, session].sort(compareSessions)
  return { ...list, sessions, total: known === undefined ? list.total + 1 : list.total }
}

export function withoutListed(list: SessionListState, sessionId: SessionId): SessionListState {
  if (list.status !== 'ready') return list
  const sessions = list.sessions.filter((session) => session.id !== sessionId)
  return { ...list, sessions, total: list.total - (list.sessions.length - sessions.length) }
}

function compareSessions(a: Session, b: Session): number {
  return Number(b.pinned) - Number(a.pinned) || compareText(b.updated_at, a.updated_at)
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
