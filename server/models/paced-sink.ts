import type { ModelEvent, ModelEventSink } from '../agent/model.ts'

export interface PacedSinkOptions {
  readonly sink: ModelEventSink
  /** The reader fell behind: let nothing more come. */
  readonly onBehind: () => void
  readonly onCaughtUp: () => void
  /** The reader threw or rejected; nothing more is given to it. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Gives events to a sink that may ask to wait. A reader that keeps up costs no promise per token. What was parsed from the
 * chunk at hand when it fell behind waits here, in order; that is all, because the body is paused meanwhile (F37).
 */
export class PacedSink {
  readonly #options: PacedSinkOptions
  #waiting: ModelEvent[] = []
  #isBehind = false
  #isStopped = false
  #whenDelivered: (() => void) | null = null

  constructor(options: PacedSinkOptions) {
    this.#options = options
  }

  push(event: ModelEvent): void {
    if (this.#isBehind) this.#waiting.push(event)
    else if (!this.#isStopped) this.#give(event)
  }

  /** Calls `then` once all that was pushed has been taken; at once where nothing waits, never where the reader failed. */
  finish(then: () => void): void {
    if (this.#isStopped) return
    if (this.#isBehind) this.#whenDelivered = then
    else then()
  }

  /** Forgets what waits. */
  stop(): void {
    this.#isStopped = true
    this.#waiting = []
    this.#whenDelivered = null
  }

  #give(event: ModelEvent): void {
    try {
      const behind = this.#options.sink(event)
      if (behind) this.#waitFor(behind)
    } catch (error) {
      this.#fail(error)
    }
  }

  #waitFor(behind: Promise<void>): void {
    this.#isBehind = true
    this.#options.onBehind()
    behind.then(
      () => this.#catchUp(),
      (error: unknown) => this.#fail(error),
    )
  }

  #catchUp(): void {
    this.#isBehind = false
    while (!this.#isBehind) {
      const event = this.#waiting.shift()
      if (!event) break
      this.#give(event)
    }
    if (this.#isBehind || this.#isStopped) return
    if (this.#whenDelivered) this.#whenDelivered()
    else this.#options.onCaughtUp()
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return
    this.stop()
    this.#options.onFailure(error)
  }
}
