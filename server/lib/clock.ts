/** Time as the server's parts see it. Handed in, so that a test can move it by hand (R19). */
export interface Clock {
  /** Wall clock, milliseconds since 1970 UTC. For timestamps only: it may jump (F29). */
  nowMs(): number
  /** Milliseconds that only grow. For every duration and limit. */
  monotonicMs(): number
  /** Calls `fire` once, `delayMs` from now, unless the returned function is called first. Does not keep the process alive. */
  after(delayMs: number, fire: () => void): CancelTimer
}

export type CancelTimer = () => void

const LONGEST_TIMEOUT_MS = 2_147_483_647

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, Math.min(delayMs, LONGEST_TIMEOUT_MS))
    timer.unref()
    return () => clearTimeout(timer)
  },
}
