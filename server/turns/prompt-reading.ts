import type { PromptProgress } from '../../protocol/turn.ts'
import type { CancelTimer, Clock } from '../lib/clock.ts'

/** A prompt that is read sooner is not told of at all, and one that takes longer at most this often. */
const PAUSE_MS = 250

/**
 * How much of its prompt a model has read, as others are told it: not with each batch that it reads, but when the whole
 * percent has changed and some time has passed. Passing, and of no use to anybody later, so that it is no event and stands in
 * no log.
 */
export class PromptReading {
  /** What others may be told; null while nothing is being read. */
  shown: PromptProgress | null = null
  readonly #clock: Clock
  readonly #onChange: () => void
  #latest: PromptProgress | null = null
  #cancelTimer: CancelTimer | null = null

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock
    this.#onChange = onChange
  }

  /** Takes what the model has read by now; null: it reads no more, which is told at once. */
  note(progress: PromptProgress | null): void {
    this.#latest = progress
    if (progress === null) this.#end()
    else if (percentOf(progress) !== percentOf(this.shown)) {
      this.#cancelTimer ??= this.#clock.after(PAUSE_MS, () => this.#show())
    }
  }

  #show(): void {
    this.#cancelTimer = null
    this.shown = this.#latest
    this.#onChange()
  }

  #end(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    if (this.shown === null) return
    this.shown = null
    this.#onChange()
  }
}

function percentOf(progress: PromptProgress | null): number | null {
  return progress && Math.floor((progress.processed * 100) / progress.total)
}
