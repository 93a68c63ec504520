/**
 * How many tabs of this browser show Conch. Browsers allow one origin six connections over all tabs, and a tab that cannot share
 * its streams holds two for them: a third would leave none for sending, and the requests would wait without a word.
 */
export interface TabCrowd {
  readonly isCrowded: () => Promise<boolean>
  /** Called when another tab opens. */
  readonly subscribe: (listener: () => void) => void
}

const NAME = 'conch-tabs'
const TABS_WITH_ROOM = 2

/** Counts this tab too, for as long as it lives. */
export function joinTabCrowd(locks: LockManager | undefined, reportFailure: (error: unknown) => void): TabCrowd {
  const channel = new BroadcastChannel(NAME)
  channel.postMessage('opened')
  // The lock is never given back: the browser does that when the tab is gone.
  locks?.request(NAME, { mode: 'shared' }, () => Promise.withResolvers<void>().promise).catch(reportFailure)
  return {
    isCrowded: async () => {
      // Plain http on a local network has no locks to count by: better one tab too few than none that can send.
      if (locks === undefined) return true
      const { held = [] } = await locks.query()
      return held.filter((lock) => lock.name === NAME).length > TABS_WITH_ROOM
    },
    subscribe: (listener) => channel.addEventListener('message', listener),
  }
}
