import type { Clock } from '../lib/clock.ts'
import type { ProblemFacts } from './problem.ts'

const MINUTE_MS = 60_000

/** How many sessions may be made within any minute (S23). Off with 0, as it is on loopback unless somebody sets it. */
export class SessionLimit {
  readonly #perMinute: number
  readonly #clock: Clock
  /** When the last ones were made, oldest first: never more than the limit. */
  #madeAtMs: number[] = []

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute
    this.#clock = clock
  }

  /** Counts one session that is about to be made; answers with the refusal where it would be one too many. */
  take(): ProblemFacts | undefined {
    if (this.#perMinute === 0) return undefined
    const nowMs = this.#clock.monotonicMs()
    this.#madeAtMs = this.#madeAtMs.filter((atMs) => nowMs - atMs < MINUTE_MS)
    const [oldestMs] = this.#madeAtMs
    if (oldestMs !== undefined && this.#madeAtMs.length >= this.#perMinute) return tooMany(oldestMs + MINUTE_MS - nowMs)
    this.#madeAtMs.push(nowMs)
    return undefined
  }
}

function tooMany(waitMs: number): ProblemFacts {
  return {
    status: 429,
    code: 'too_many_sessions',
    detail: 'Too many sessions were made within a minute. Try again in a moment.',
    headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
  }
}
