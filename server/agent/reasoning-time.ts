import type { AnswerEvent } from './model.ts'

/** How long a model thought in one step: from its first piece of reasoning to the first piece of anything else after it. */
export class ReasoningTime {
  readonly #nowMs: () => number
  #startedMs: number | null = null
  #endedMs: number | null = null
  #isKnown = true

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Runs once per token, and looks at the clock twice in a step. */
  note(type: AnswerEvent['type']): void {
    if (type === 'reasoning') this.#startedMs ??= this.#nowMs()
    else if (this.#startedMs !== null) this.#endedMs ??= this.#nowMs()
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
