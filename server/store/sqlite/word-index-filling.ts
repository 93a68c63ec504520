import type { Clock } from '../../lib/clock.ts'
import { StorageError } from '../../turns/turn-store.ts'
import type { Submit } from './submit.ts'

/** Between two portions the writer belongs to the others. */
const PAUSE_MS = 20
const PAUSE_AFTER_FAILURE_MS = 10_000

/**
 * Reads what was written before there was an index into it, in the background. Ends when all is in it, when nothing is
 * written any more, or when `signal` aborts; the next start goes on where this one has stopped.
 */
export async function fillWordIndex(parts: {
  readonly submit: Submit
  readonly clock: Clock
  readonly signal: AbortSignal
}): Promise<void> {
  const { submit, clock, signal } = parts
  while (!signal.aborted) {
    const progress = await fillPortion(submit)
    if (progress === 'ended') return
    await pause(clock, progress === 'filled' ? PAUSE_MS : PAUSE_AFTER_FAILURE_MS, signal)
  }
}

async function fillPortion(submit: Submit): Promise<'filled' | 'failed' | 'ended'> {
  try {
    const result = await submit(() => ({ kind: 'fill_words' }))
    return result.kind === 'words_filled' && result.isComplete ? 'ended' : 'filled'
  } catch (error) {
    // whoever owns the store has heard of it by the commit's report
    if (error instanceof StorageError) return error.retryable ? 'failed' : 'ended'
    throw error
  }
}

/** Resolves after `delayMs`, or as soon as `signal` aborts. */
function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancelTimer = clock.after(delayMs, end)
    function end(): void {
      cancelTimer()
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
}
