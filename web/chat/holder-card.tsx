import { CircleStop, Eye, GitBranch, ListPlus, SendHorizontal } from 'lucide-react'
import type { HeldTurn } from '../client/turn-holder.ts'
import { useServices } from '../services.ts'
import { formatClock } from '../time-format.ts'
import { Button } from '../ui/button.tsx'
import { ShellMark } from '../ui/shell-mark.tsx'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'
import type { CardChoice, HolderCardState } from './holder-card-state.ts'
import { HolderText } from './holder-text.tsx'
import { ReadingBar } from './reading-bar.tsx'

interface HolderCardProps {
  readonly card: HolderCardState
  readonly selected: CardChoice | null
  readonly isBranching: boolean
  readonly canSend: boolean
  readonly onChoose: (choice: CardChoice) => void
}

function describe(choice: CardChoice): { readonly icon: typeof Eye; readonly label: string; readonly hint: string } {
  switch (choice) {
    case 'queue':
      return { icon: ListPlus, label: words.holder.queue, hint: words.holder.queueHint }
    case 'watch':
      return { icon: Eye, label: words.holder.watch, hint: words.holder.watchHint }
    case 'stop':
      return { icon: CircleStop, label: words.holder.stopAndSend, hint: words.holder.stopAndSendHint }
    case 'branch':
      return { icon: GitBranch, label: words.holder.branch, hint: words.holder.branchHint }
    case 'send':
      return { icon: SendHorizontal, label: words.holder.sendNow, hint: words.composer.sendHint('') }
  }
}

/** Shown when a send met a turn that is still running: who speaks, and what can be done about it. Never an error. */
export function HolderCard({ card, selected, isBranching, canSend, onChoose }: HolderCardProps) {
  const hasKeys = useStore(useServices().keys.areOn)
  return (
    <section
      data-testid="holder-card"
      data-status={card.status}
      role="status"
      aria-label={words.holder.cardLabel}
      className="mb-2 flex animate-rise flex-col gap-3 rounded-large border border-line bg-raised p-4 shadow-card"
    >
      <div className="flex gap-3">
        <ShellMark
          className={`mt-0.5 size-6 shrink-0 text-accent ${card.status === 'held' ? 'animate-breathe' : ''}`}
        />
        {card.status === 'held' ? <HeldLines turn={card.turn} /> : <ReadyLines />}
      </div>
      <div className="grid gap-2 sm:grid-cols-2">
        {card.choices.map((choice, index) => (
          <ChoiceButton
            key={choice}
            choice={choice}
            number={hasKeys ? index + 1 : null}
            isPrimary={index === 0}
            isSelected={choice === selected}
            isBusy={choice === 'branch' && isBranching}
            isDisabled={(choice !== 'watch' && !canSend) || isBranching}
            onChoose={onChoose}
          />
        ))}
      </div>
      {hasKeys && card.isFresh && card.choices.length > 1 && (
        <p className="text-note text-soft touch:hidden">{words.holder.keys}</p>
      )}
    </section>
  )
}

function HeldLines({ turn }: { turn: HeldTurn }) {
  return (
    <div className="relative min-w-0 flex-1">
      <p className="text-small">
        <HolderText turn={turn} isRefusal />
      </p>
      <p className="sr-only">{words.holder.since(formatClock(turn.startedAt))}</p>
      <p className="text-note text-soft">{words.holder.kept}</p>
      <ReadingBar turn={turn} className="inset-x-0 -bottom-1.5" />
    </div>
  )
}

function ReadyLines() {
  return (
    <div className="min-w-0">
      <p className="font-medium text-small">{words.holder.readyTitle}</p>
      <p className="text-note text-soft">{words.holder.readyBody}</p>
    </div>
  )
}

interface ChoiceButtonProps {
  readonly choice: CardChoice
  /** The key that chooses it. */
  readonly number: number | null
  readonly isPrimary: boolean
  readonly isSelected: boolean
  readonly isBusy: boolean
  readonly isDisabled: boolean
  readonly onChoose: (choice: CardChoice) => void
}

function ChoiceButton(props: ChoiceButtonProps) {
  const { icon: Icon, label, hint } = describe(props.choice)
  return (
    <Button
      tone={props.isPrimary ? 'strong' : 'quiet'}
      title={hint}
      disabled={props.isDisabled}
      data-selected={props.isSelected}
      className="data-[selected=true]:outline-2 data-[selected=true]:outline-accent data-[selected=true]:outline-offset-2"
      // The focus stays with the text: a click on the card does not take it away.
      onPointerDown={(event) => event.preventDefault()}
      onClick={() => props.onChoose(props.choice)}
    >
      <Icon className="size-4" aria-hidden="true" />
      {props.isBusy ? words.holder.branching : label}
      {props.number !== null && (
        <span aria-hidden="true" className="text-note opacity-70 touch:hidden">
          {props.number}
        </span>
      )}
    </Button>
  )
}
