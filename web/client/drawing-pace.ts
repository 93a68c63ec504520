import type { Timers } from './timers.ts'

/** Calls back once, when the screen is about to be drawn. */
export type BeforeDrawing = (callback: () => void) => void

export interface DrawingPaceOptions {
  readonly timers: Timers
  readonly isHidden: () => boolean
  /** Resolves when the next frame is painted. */
  readonly painted: () => Promise<void>
  readonly reportFailure: (error: unknown) => void
}

/** Twenty-five times a second is smooth for text. */
const SHORTEST_INTERVAL_MS = 40
/** However slow the machine, nobody waits longer for text that is there. */
const LONGEST_INTERVAL_MS = 400
/** Of the time until the next drawing, so that most of it is left for the keys that are pressed meanwhile. */
const MAX_DRAWING_SHARE = 1 / 3

/**
 * When news are drawn: the longer the last drawing took, because the machine is slow or the answer long, the later the next.
 * A hidden tab is drawn for nobody and its timers are held back: it takes what comes as it comes.
 */
export function createDrawingPace({ timers, isHidden, painted, reportFailure }: DrawingPaceOptions): BeforeDrawing {
  let waiting: (() => void)[] = []
  let nextAt = timers.now()
  let lastPainted = Promise.resolve()

  async function drawWhenDue(): Promise<void> {
    if (!isHidden()) {
      await lastPainted
      await timers.wait(nextAt - timers.now(), NEVER)
    }
    const callbacks = waiting
    waiting = []
    const begunAt = timers.now()
    if (!isHidden()) lastPainted = notePainted(begunAt)
    for (const callback of callbacks) callback()
  }

  async function notePainted(begunAt: number): Promise<void> {
    await painted()
    const intervalMs = (timers.now() - begunAt) / MAX_DRAWING_SHARE
    nextAt = begunAt + Math.min(Math.max(intervalMs, SHORTEST_INTERVAL_MS), LONGEST_INTERVAL_MS)
  }

  return (callback) => {
    waiting.push(callback)
    if (waiting.length === 1) drawWhenDue().catch(reportFailure)
  }
}

const NEVER = new AbortController().signal
