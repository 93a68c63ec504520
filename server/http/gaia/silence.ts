import type { CancelTimer, Clock } from '../../lib/clock.ts'
import type { SseStream } from '../sse.ts'
import { gaiaFrame } from './gaia-events.ts'

const KEEPALIVE_MS = 5_000
/** Every third sign of life is an event that clients show. */
const STATUS_EVERY = 3

/**
 * Writes to a chat's stream, and fills its silences: a comment every 5 s, and every 15 s a status that says for how long.
 * `stop` must be called; it ends the timer.
 */
export class SilenceFiller {
  readonly #stream: SseStream
  readonly #clock: Clock
  #spokeAtMs: number
  #isFull = false
  #cancelTimer: CancelTimer

  constructor(stream: SseStream, clock: Clock) {
    this.#stream = stream
    this.#clock = clock
    this.#spokeAtMs = clock.monotonicMs()
    this.#cancelTimer = this.#schedule(KEEPALIVE_MS)
  }

  /** Resolves when the socket takes more. */
  async write(frames: string): Promise<void> {
    this.#spokeAtMs = this.#clock.monotonicMs()
    await this.#send(frames)
  }

  stop(): void {
    this.#cancelTimer()
  }

  async #send(frames: string): Promise<void> {
    const drained = this.#stream.write(frames)
    if (!drained) return
    this.#isFull = true
    await drained
    this.#isFull = false
  }

  /** One timer that looks at the time of the last write, because setting it anew with each token would cost more. */
  #schedule(delayMs: number): CancelTimer {
    return this.#clock.after(delayMs, () => {
      const silentMs = this.#clock.monotonicMs() - this.#spokeAtMs
      const periods = Math.floor(silentMs / KEEPALIVE_MS)
      if (periods > 0 && !this.#isFull) void this.#send(signOfLife(periods))
      this.#cancelTimer = this.#schedule((periods + 1) * KEEPALIVE_MS - silentMs)
    })
  }
}

function signOfLife(periods: number): string {
  if (periods % STATUS_EVERY !== 0) return ': keepalive\n\n'
  const seconds = (periods * KEEPALIVE_MS) / 1000
  return gaiaFrame({ type: 'status', status: 'working', message: `Model is processing... (${seconds}s)` })
}
