/** The clock, the dice and the waiting of everything that runs by itself; tests pass their own. */
export interface Timers {
  readonly now: () => number
  /** From 0 up to 1. */
  readonly random: () => number
  /** Resolves after `durationMs`, or at once when `signal` aborts; never rejects. */
  readonly wait: (durationMs: number, signal: AbortSignal) => Promise<void>
}

export const systemTimers: Timers = {
  now: () => Date.now(),
  random: () => Math.random(),
  wait: async (durationMs, signal) => {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const finish = () => resolve()
    const timer = setTimeout(finish, durationMs)
    signal.addEventListener('abort', finish)
    await promise
    clearTimeout(timer)
    signal.removeEventListener('abort', finish)
  },
}
