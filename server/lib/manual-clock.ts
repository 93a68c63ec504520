import type { CancelTimer, Clock } from './clock.ts'

/** A clock for tests: stands still until `advance` moves it, and fires due timers in order as it passes them. */
export class ManualClock implements Clock {
  #elapsedMs = 0
  #timers: { dueMs: number; fire: () => void }[] = []
  readonly #startMs: number

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs
  }

  nowMs(): number {
    return this.#startMs + this.#elapsedMs
  }

  monotonicMs(): number {
    return this.#elapsedMs
  }

  after(delayMs: number, fire: () => void): CancelTimer {
    const timer = { dueMs: this.#elapsedMs + delayMs, fire }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** How many timers are neither over nor cancelled. */
  get pendingTimers(): number {
    return this.#timers.length
  }

  /** Moves the time on by `ms` and fires what falls due on the way, the earliest first. */
  advance(ms: number): void {
    const targetMs = this.#elapsedMs + ms
    for (;;) {
      const next = this.#timers.filter((timer) => timer.dueMs <= targetMs).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (!next) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs)
      next.fire()
    }
    this.#elapsedMs = targetMs
  }
}
