import type { TabCrowd } from './tab-crowd.ts'
import type { Timers } from './timers.ts'

/** Whether this tab may hold its streams: always while somebody may be looking, and otherwise while there is room. */
export interface Attention {
  readonly isAway: () => boolean
  /** Called when the tab comes back, gets its network back, leaves, or is restored from the page cache. */
  readonly subscribe: (listener: () => void) => () => void
}

/** Looking at another tab for a moment must not cost a reconnect. */
const AWAY_AFTER_MS = 3_000

export interface AttentionOptions {
  readonly page: Pick<Document, 'visibilityState' | 'addEventListener'>
  readonly frame: Pick<Window, 'addEventListener'>
  readonly crowd: TabCrowd
  readonly timers: Timers
}

/** Watches for as long as the page lives. */
export function watchAttention({ page, frame, crowd, timers }: AttentionOptions): Attention {
  const listeners = new Set<() => void>()
  let away = false
  let leaving = new AbortController()

  function tell(): void {
    for (const listener of [...listeners]) listener()
  }

  function look(): void {
    leaving.abort()
    leaving = new AbortController()
    if (page.visibilityState === 'hidden') {
      void leaveWhenCrowded(leaving.signal)
      return
    }
    away = false
    tell()
  }

  async function leaveWhenCrowded(signal: AbortSignal): Promise<void> {
    await timers.wait(AWAY_AFTER_MS, signal)
    if (signal.aborted || !(await crowd.isCrowded()) || signal.aborted) return
    away = true
    tell()
  }

  look()
  page.addEventListener('visibilitychange', look)
  crowd.subscribe(look)
  frame.addEventListener('online', tell)
  frame.addEventListener('pageshow', tell)
  return {
    isAway: () => away,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
