import type { Clock } from '../lib/clock.ts'

/** Resolves after `delayMs` of the clock. Rejects with `signal.reason` as soon as `signal` aborts. */
export function waitMs(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      cancelTimer()
      reject(signal.reason)
    }
    const cancelTimer = clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
