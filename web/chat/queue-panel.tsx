import { Pause, X } from 'lucide-react'
import { useId } from 'react'
import type { Queue } from '../../protocol/queue.ts'
import type { OpenSession } from '../client/open-sessions.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { useSelected, useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { QueueRow } from './queue-row.tsx'

interface QueuePanelProps {
  readonly session: OpenSession
  /** An edit is over: the keyboard belongs to the box again. */
  readonly onEdited: () => void
}

/** What waits in this session, the same in every tab, and what can be done about it. */
export function QueuePanel({ session, onEdited }: QueuePanelProps) {
  const { app } = useServices()
  const queue = useSelected(app.state, (state) => state.queues.get(session.sessionId))
  return (
    <>
      <QueueNoticeLine session={session} />
      {queue !== undefined && queue.messages.length > 0 && (
        <WaitingMessages queue={queue} session={session} onEdited={onEdited} />
      )}
    </>
  )
}

function WaitingMessages({ queue, session, onEdited }: QueuePanelProps & { readonly queue: Queue }) {
  const headingId = useId()
  return (
    <section
      data-testid="queue"
      aria-labelledby={headingId}
      className="mb-2 animate-rise rounded-large border border-line bg-raised shadow-card"
    >
      <div className="flex flex-wrap items-center gap-x-2 ps-4 pe-2 pt-1.5 touch:pt-2">
        <p id={headingId} className="flex min-h-9 min-w-0 flex-1 basis-64 items-center gap-2 text-note text-soft">
          <QueueHeading queue={queue} />
        </p>
        {queue.paused !== null && <PausedActions queue={queue} session={session} />}
      </div>
      <ol className="max-h-[30dvh] overflow-y-auto px-1.5 pb-1.5">
        {queue.messages.map((message, index) => (
          <QueueRow
            key={message.turn_id}
            message={message}
            before={queue.messages[index - 1]?.turn_id ?? null}
            afterNext={queue.messages[index + 2]?.turn_id ?? null}
            isLast={index === queue.messages.length - 1}
            session={session}
            onEdited={onEdited}
          />
        ))}
      </ol>
    </section>
  )
}

function QueueHeading({ queue: { paused, messages } }: { queue: Queue }) {
  if (paused === null) {
    return (
      <span>
        <span className="font-medium text-ink">{words.queue.heading(messages.length)}</span>
        {` · ${words.queue.goesOn}`}
      </span>
    )
  }
  return (
    <>
      <Pause className="size-4 shrink-0 text-accent" aria-hidden="true" />
      <span>
        <span className="font-medium text-ink">{words.queue.paused[paused.reason]}</span>
        {` · ${words.queue.heading(messages.length)}`}
      </span>
    </>
  )
}

function PausedActions({ queue, session }: { queue: Queue; session: OpenSession }) {
  const { revision } = queue
  return (
    <div className="flex gap-1.5">
      <Button tone="strong" className="text-note" onClick={() => void session.queue.change({ do: 'resume', revision })}>
        {words.queue.resume}
      </Button>
      <Button tone="plain" className="text-note" onClick={() => void session.queue.change({ do: 'clear', revision })}>
        {words.queue.clear}
      </Button>
    </div>
  )
}

function QueueNoticeLine({ session }: { session: OpenSession }) {
  const notice = useStore(session.queue.notice)
  if (notice === null) return null
  return (
    <div
      role="status"
      data-testid="queue-notice"
      className="mb-2 flex animate-rise items-center gap-2 rounded-medium border border-line bg-raised py-1.5 ps-4 pe-1.5 text-small"
    >
      <p className="min-w-0 flex-1">{words.queue.notice[notice]}</p>
      <IconButton label={words.queue.dismiss} onClick={session.queue.dismiss}>
        <X className="size-4" aria-hidden="true" />
      </IconButton>
    </div>
  )
}
