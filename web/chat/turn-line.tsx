import { useEffect, useState } from 'react'
import type { HeldTurn } from '../client/turn-holder.ts'
import { Button } from '../ui/button.tsx'
import { ShellMark } from '../ui/shell-mark.tsx'
import { words } from '../words.ts'
import { Elapsed } from './elapsed.tsx'
import { HolderText } from './holder-text.tsx'
import { ReadingBar } from './reading-bar.tsx'

interface TurnLineProps {
  readonly turn: HeldTurn
  readonly isStopping: boolean
  /** The button beside the box does something else. */
  readonly offersStop: boolean
  readonly onStop: () => void
  /** Sends what is in the box in place of the rest of this answer; null where there is nothing to send. */
  readonly onStopAndSend: (() => void) | null
}

/** One quiet line while a turn runs: whose it is, for how long, and a way to end it where the box has none (ui.md §3.5). */
export function TurnLine({ turn, isStopping, offersStop, onStop, onStopAndSend }: TurnLineProps) {
  return (
    <div
      data-testid="turn-line"
      className="relative mb-1 flex min-h-9 flex-wrap items-center gap-x-2.5 px-2 text-note touch:min-h-11"
    >
      <ShellMark className="size-4 shrink-0 animate-breathe text-accent" />
      <p className="min-w-0 flex-1 basis-24 [overflow-wrap:anywhere]">
        {isStopping ? <StoppingText turn={turn} /> : <HolderText turn={turn} isRefusal={false} />}
      </p>
      {offersStop && !isStopping && (
        <div className="ms-auto flex">
          {onStopAndSend !== null && (
            <Button tone="plain" className="text-note" title={words.holder.stopAndSendHint} onClick={onStopAndSend}>
              {words.holder.stopAndSend}
            </Button>
          )}
          <Button tone="plain" className="text-note" onClick={onStop}>
            {words.composer.stop}
          </Button>
        </div>
      )}
      {!isStopping && <ReadingBar turn={turn} className="inset-x-2 bottom-0" />}
    </div>
  )
}

/** Stopping takes no time, as a rule; where it does, it is said what for. */
const SOON_STOPPED_MS = 2_000

function StoppingText({ turn }: { turn: HeldTurn }) {
  const [isLate, setIsLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), SOON_STOPPED_MS)
    return () => clearTimeout(timer)
  }, [])
  const cause = turn.tool === null ? words.holder.stoppingModel : words.holder.stoppingTool(turn.tool)
  return (
    <>
      <span className="font-medium">{words.composer.stopping}</span>
      <span className="text-soft">
        {' · '}
        <Elapsed since={turn.startedAt} />
        {isLate && ` · ${cause}`}
      </span>
    </>
  )
}
