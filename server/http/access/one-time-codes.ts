import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../../lib/clock.ts'

export const CODE_LIFETIME_MS = 5 * 60_000
/** Codes waiting to be used; issuing one more forgets the oldest. */
export const MAX_OPEN_CODES = 32
const CODE_BYTES = 24

/** Codes that let one browser in, once (D10). They live in memory only: a restart ends them all. */
export class OneTimeCodes {
  readonly #clock: Clock
  /** Digest of the code → the monotonic time at which it ends; the oldest first. */
  readonly #openCodes = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  issue(): string {
    this.#forgetEnded()
    for (const oldest of this.#openCodes.keys()) {
      if (this.#openCodes.size < MAX_OPEN_CODES) break
      this.#openCodes.delete(oldest)
    }
    const code = randomBytes(CODE_BYTES).toString('base64url')
    this.#openCodes.set(digestOf(code), this.#clock.monotonicMs() + CODE_LIFETIME_MS)
    return code
  }

  /** True once per issued code, within its lifetime. */
  redeem(code: string): boolean {
    // Looked up by digest: how long the search takes says nothing about the codes that are open.
    const digest = digestOf(code)
    const endsAtMs = this.#openCodes.get(digest)
    this.#openCodes.delete(digest)
    return endsAtMs !== undefined && this.#clock.monotonicMs() < endsAtMs
  }

  #forgetEnded(): void {
    const nowMs = this.#clock.monotonicMs()
    for (const [digest, endsAtMs] of this.#openCodes) {
      if (endsAtMs <= nowMs) this.#openCodes.delete(digest)
    }
  }
}

function digestOf(code: string): string {
  return createHash('sha256').update(code).digest('base64url')
}
