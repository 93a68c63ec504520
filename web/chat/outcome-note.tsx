import { CircleAlert, CircleStop, Unplug } from 'lucide-react'
import type { TurnOutcome } from '../../protocol/turn.ts'
import { words } from '../words.ts'

interface OutcomeNoteProps {
  readonly outcome: TurnOutcome
  readonly isEmpty: boolean
}

/** How a turn ended, where it did not simply end. */
export function OutcomeNote({ outcome, isEmpty }: OutcomeNoteProps) {
  if (outcome.status === 'completed' && !isEmpty) return null
  const { icon: Icon, text, detail } = describe(outcome, isEmpty)
  const isAlarm = outcome.status === 'failed'
  return (
    <div data-testid="outcome" data-outcome={outcome.status} className="flex gap-2.5 text-small text-soft">
      <Icon className={`mt-0.5 size-4 shrink-0 ${isAlarm ? 'text-alarm' : ''}`} aria-hidden="true" />
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <p className={isAlarm ? 'text-ink' : ''}>{text}</p>
        {detail !== '' && <p lang="en">{detail}</p>}
      </div>
    </div>
  )
}

function describe(outcome: TurnOutcome, isEmpty: boolean) {
  switch (outcome.status) {
    case 'completed':
      return { icon: CircleStop, text: words.message.completedEmpty, detail: '' }
    case 'cancelled':
      return { icon: CircleStop, text: isEmpty ? words.message.nothingWritten : words.message.stopped, detail: '' }
    case 'interrupted':
      return { icon: Unplug, text: words.message.interrupted[outcome.reason], detail: '' }
    case 'failed':
      return { icon: CircleAlert, text: words.message.failed[outcome.reason], detail: outcome.message }
  }
}
