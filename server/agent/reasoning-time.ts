import type { ModelEvent } from './model.ts'

/** How long a model thought in one step: from its first piece of reasoning to the first piece of anything else after it. */
export class ReasoningTime {
  #startedMs: number | null = null
  #endedMs: number | null = null
  #isKnown = true

  note(type: ModelEvent['type'], atMs: number): undefined {
    if (type === 'reasoning') this.#startedMs ??= atMs
    else if (this.#startedMs !== null) this.#endedMs ??= atMs
  }

  /** It began in a process that is gone: nobody knows when. */
  giveUp(): void {
    this.#isKnown = false
  }

  /** Whole milliseconds; null where there was no reasoning, or nobody knows. */
  until(stepEndedMs: number): number | null {
    if (this.#startedMs === null || !this.#isKnown) return null
    return Math.max(0, Math.round((this.#endedMs ?? stepEndedMs) - this.#startedMs))
  }
}
