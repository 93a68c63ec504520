import type { CancelTimer, Clock } from './clock.ts'

/** A clock for tests: stands still until `advance` moves it, and fires due timers in order as it passes them. */
export class ManualClock implements Clock {
  #elapsedMs = 0
  #timers: { dueMs: number; fire: () => void }[] = []
  #startMs: number

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs
  }

  nowMs(): number {
    return this.#startMs + this.#elapsedMs
  }

  /** Sets the wall clock, as a person or a time server does; durations do not notice (F29). */
  jumpWallClock(ms: number): void {
    this.#startMs += ms
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

  /** The process stands still for `ms`: what fell due meanwhile fires only now, late (F31). */
  standStill(ms: number): void {
    this.#elapsedMs += ms
    this.advance(0)
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
