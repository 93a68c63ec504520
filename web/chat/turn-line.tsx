import type { OpenSession } from '../client/open-sessions.ts'
import type { HeldTurn } from '../client/turn-holder.ts'
import { Button } from '../ui/button.tsx'
import { ShellMark } from '../ui/shell-mark.tsx'
import { words } from '../words.ts'
import { Elapsed } from './elapsed.tsx'
import { HolderText } from './holder-text.tsx'
import { ReadingBar } from './reading-bar.tsx'

interface TurnLineProps {
  readonly session: OpenSession
  readonly turn: HeldTurn
  readonly isStopping: boolean
}

/** One quiet line while a turn runs: whose it is, for how long, and for a turn of somebody else's a way to end it. */
export function TurnLine({ session, turn, isStopping }: TurnLineProps) {
  return (
    <div
      data-testid="turn-line"
      className="relative mb-1 flex min-h-9 items-center gap-2.5 px-2 text-note touch:min-h-11"
    >
      <ShellMark className="size-4 shrink-0 animate-breathe text-accent" />
      <p className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        {isStopping ? <StoppingText turn={turn} /> : <HolderText turn={turn} isRefusal={false} />}
      </p>
      {!turn.isOwn && !isStopping && (
        <Button tone="plain" className="text-note" onClick={() => void session.sender.stop(turn.turnId)}>
          {words.composer.stop}
        </Button>
      )}
      {!isStopping && <ReadingBar turn={turn} className="inset-x-2 bottom-0" />}
    </div>
  )
}

function StoppingText({ turn }: { turn: HeldTurn }) {
  return (
    <>
      <span className="font-medium">{words.composer.stopping}</span>
      <span className="text-soft">
        {' · '}
        <Elapsed since={turn.startedAt} />
      </span>
    </>
  )
}
