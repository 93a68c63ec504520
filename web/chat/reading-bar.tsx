import type { HeldTurn } from '../client/turn-holder.ts'
import { words } from '../words.ts'

interface ReadingBarProps {
  readonly turn: HeldTurn
  /** Where it stands in what is around it. */
  readonly className: string
}

/**
 * How much the model has read before it writes, as a thin line below what is said of its turn: it takes no room, so that
 * nothing moves when it comes and goes. Those who hear the page can ask for it, and are not told of each percent.
 */
export function ReadingBar({ turn, className }: ReadingBarProps) {
  if (turn.readPercent === null) return null
  return (
    <progress
      aria-label={words.holder.readingLabel}
      aria-live="off"
      max={100}
      value={turn.readPercent}
      className={`reading-bar absolute ${className}`}
    />
  )
}
