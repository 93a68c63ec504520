import type { Timers } from './timers.ts'

/** When news are drawn, and when more of them are asked for. */
export interface DrawingPace {
  /** Calls back once, when the screen is about to be drawn. */
  readonly beforeDrawing: (callback: () => void) => void
  /** Calls back once, when what is here now was drawn and it is time for the next drawing: what comes then is drawn at once. */
  readonly afterDrawing: (callback: () => void) => void
}

export interface DrawingPaceOptions {
  readonly timers: Timers
  readonly isHidden: () => boolean
  /** Resolves when the next frame is painted. */
  readonly painted: () => Promise<void>
  readonly reportFailure: (error: unknown) => void
}

/** Sixteen times a second is smooth for text. */
const SHORTEST_INTERVAL_MS = 60
/** However slow the machine, nobody waits longer for text that is there. */
const LONGEST_INTERVAL_MS = 400
/** Of the time until the next drawing, so that most of it is left for the keys that are pressed meanwhile. */
const MAX_DRAWING_SHARE = 1 / 3

/**
 * The longer the last drawing took, because the machine is slow or the answer long, the later the next.
 * A hidden tab is drawn for nobody and its timers are held back: it takes what comes as it comes.
 */
export function createDrawingPace({ timers, isHidden, painted, reportFailure }: DrawingPaceOptions): DrawingPace {
  let waiting: (() => void)[] = []
  let nextAt = timers.now()
  let lastPainted = Promise.resolve()

  async function due(): Promise<void> {
    if (isHidden()) return
    await lastPainted
    await timers.wait(nextAt - timers.now(), NEVER)
  }

  async function drawWhenDue(): Promise<void> {
    await due()
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

  function beforeDrawing(callback: () => void): void {
    waiting.push(callback)
    if (waiting.length === 1) drawWhenDue().catch(reportFailure)
  }

  return {
    beforeDrawing,
    afterDrawing: (callback) => beforeDrawing(() => due().then(callback).catch(reportFailure)),
  }
}

const NEVER = new AbortController().signal
