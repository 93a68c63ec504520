import type { Session } from '../../protocol/session.ts'
import { parseTime } from '../client/session-view.ts'

type SessionGroup = 'pinned' | 'today' | 'yesterday' | 'earlier'

/** One line of the list: the name of a group, or a session in it. */
export type ListRow =
  | { readonly type: 'heading'; readonly key: SessionGroup }
  | { readonly type: 'session'; readonly key: Session['id']; readonly session: Session }

/** Sessions in the order they came, what is pinned and each day's under a heading. */
export function listRows(sessions: readonly Session[], now: Date): readonly ListRow[] {
  const groupOf = groupsAt(now)
  const rows: ListRow[] = []
  let current: SessionGroup | null = null
  for (const session of sessions) {
    const group = groupOf(session)
    if (group !== current) rows.push({ type: 'heading', key: group })
    current = group
    rows.push({ type: 'session', key: session.id, session })
  }
  return rows
}

function groupsAt(now: Date): (session: Session) => SessionGroup {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1).getTime()
  return (session) => {
    if (session.pinned) return 'pinned'
    const changedAt = parseTime(session.updated_at)
    if (changedAt >= today) return 'today'
    return changedAt >= yesterday ? 'yesterday' : 'earlier'
  }
}
