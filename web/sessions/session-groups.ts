import type { Session } from '../../protocol/session.ts'
import { parseTime } from '../client/session-view.ts'

export type SessionAge = 'today' | 'yesterday' | 'earlier'

export interface SessionGroup {
  readonly age: SessionAge
  readonly sessions: readonly Session[]
}

const AGES: readonly SessionAge[] = ['today', 'yesterday', 'earlier']

/** Sessions by the day of their last change, in the order they came. */
export function groupByAge(sessions: readonly Session[], now: Date): readonly SessionGroup[] {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1).getTime()
  function ageOf(session: Session): SessionAge {
    const changedAt = parseTime(session.updated_at)
    if (changedAt >= today) return 'today'
    return changedAt >= yesterday ? 'yesterday' : 'earlier'
  }
  const groups = AGES.map((age) => ({ age, sessions: sessions.filter((session) => ageOf(session) === age) }))
  return groups.filter((group) => group.sessions.length > 0)
}
