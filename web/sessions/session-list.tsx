import { useState } from 'react'
import type { Session } from '../../protocol/session.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { useSelected, useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { DeleteSessionDialog } from './delete-session-dialog.tsx'
import { groupByAge } from './session-groups.ts'
import { SessionRow } from './session-row.tsx'

/** All sessions, newest first. `onOpened` closes the drawer that the list may stand in. */
export function SessionList({ onOpened }: { onOpened: () => void }) {
  const { app } = useServices()
  const list = useSelected(app.state, (state) => state.sessions)
  const [deleting, setDeleting] = useState<Session | null>(null)
  if (list.status === 'loading') return <LoadingList />
  if (list.status === 'unavailable') return <ListNote text={words.sessions.unavailable} />
  if (list.sessions.length === 0) return <ListNote text={words.sessions.empty} />
  const hidden = list.total - list.sessions.length
  return (
    <nav aria-label={words.sessions.heading} className="min-h-0 flex-1 overflow-y-auto px-2 pb-3">
      <GroupedSessions sessions={list.sessions} onOpened={onOpened} onDelete={setDeleting} />
      {hidden > 0 && (
        <Button tone="plain" className="mt-2 w-full" onClick={() => void app.loadMoreSessions()}>
          {words.sessions.more(hidden)}
        </Button>
      )}
      {deleting !== null && <DeleteSessionDialog session={deleting} onClose={() => setDeleting(null)} />}
    </nav>
  )
}

interface GroupedSessionsProps {
  readonly sessions: readonly Session[]
  readonly onOpened: () => void
  readonly onDelete: (session: Session) => void
}

function GroupedSessions({ sessions, onOpened, onDelete }: GroupedSessionsProps) {
  const { app, location } = useServices()
  const openId = useStore(location.session)
  const activeTurns = useSelected(app.state, (state) => state.activeTurns)
  return groupByAge(sessions, new Date()).map((group) => (
    <section key={group.age}>
      <h2 className="px-3 pt-4 pb-1 text-note text-soft">{words.sessions[group.age]}</h2>
      <ul>
        {group.sessions.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isOpen={session.id === openId}
            isRunning={activeTurns.has(session.id)}
            onOpened={onOpened}
            onDelete={onDelete}
          />
        ))}
      </ul>
    </section>
  ))
}

function LoadingList() {
  return (
    <div role="status" className="flex flex-1 animate-soon flex-col gap-3 px-5 pt-6">
      <span className="sr-only">{words.sessions.loading}</span>
      {['w-4/5', 'w-3/5', 'w-11/12', 'w-2/3'].map((width) => (
        <div key={width} className={`h-4 animate-breathe rounded-small bg-line ${width}`} />
      ))}
    </div>
  )
}

function ListNote({ text }: { text: string }) {
  return (
    <p role="status" className="flex-1 px-5 pt-6 text-small text-soft">
      {text}
    </p>
  )
}
