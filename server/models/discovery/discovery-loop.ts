import type { ModelServerTable } from '../../../protocol/model-server.ts'
import type { Clock } from '../../lib/clock.ts'

export interface DiscoveryLoopOptions {
  readonly clock: Clock
  readonly discover: (signal: AbortSignal) => Promise<ModelServerTable>
  /** Hears of a table that says something else than the one before; the first always does. */
  readonly onChange: (table: ModelServerTable) => void
}

const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 60_000
/** A server that loads will be ready soon, and somebody may be waiting for it. */
const LONGEST_PAUSE_WHILE_LOADING_MS = 5_000

/**
 * Keeps the table of model servers fresh: at once, then with pauses that double from two seconds to a minute and begin anew
 * after each change. Whoever wants the table takes the last one, and waits for none but the first.
 */
export class DiscoveryLoop {
  readonly #options: DiscoveryLoopOptions
  readonly #first = Promise.withResolvers<void>()
  #table: ModelServerTable | null = null
  #asked: PromiseWithResolvers<ModelServerTable> | null = null
  #isHurried = false
  #endPause: (() => void) | null = null
  #ended: { readonly reason: unknown } | null = null

  constructor(options: DiscoveryLoopOptions) {
    this.#options = options
  }

  /** Null until the first look is through. */
  get table(): ModelServerTable | null {
    return this.#table
  }

  /** Resolves when the first look is through, or there will be none; null from then on. */
  get firstLook(): Promise<void> | null {
    return this.#table || this.#ended ? null : this.#first.promise
  }

  /**
   * The table of the next look that begins, which is now, or when the one under way is through: that one may have passed
   * a server that was started since. However many ask, it is one look. Rejects where the loop ends before.
   */
  probeNow(): Promise<ModelServerTable> {
    if (this.#ended) return Promise.reject(this.#ended.reason)
    this.#asked ??= Promise.withResolvers()
    this.#endPause?.()
    return this.#asked.promise
  }

  /** Lets the next look begin at once, or when the one under way is through. */
  hurry(): void {
    this.#isHurried = true
    this.#endPause?.()
  }

  /** Ends when `signal` aborts. Rejects for a bug of ours only. */
  async run(signal: AbortSignal): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    let asked: PromiseWithResolvers<ModelServerTable> | null = null
    try {
      while (!signal.aborted) {
        asked = this.#asked
        this.#asked = null
        this.#isHurried = false
        const isNew = this.#keep(await this.#options.discover(signal))
        pauseMs = isNew || asked || this.#isHurried ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, this.#longestPauseMs())
        if (this.#table) asked?.resolve(this.#table)
        if (!this.#asked && !this.#isHurried) await this.#pause(pauseMs, signal)
      }
      this.#end(signal.reason)
    } catch (error) {
      asked?.reject(error)
      this.#end(error)
      if (!signal.aborted) throw error
    }
  }

  /** True where the table says something new. */
  #keep(table: ModelServerTable): boolean {
    const isNew = !this.#table || describe(table) !== describe(this.#table)
    this.#table = table
    this.#first.resolve()
    if (isNew) this.#options.onChange(table)
    return isNew
  }

  #end(reason: unknown): void {
    this.#ended = { reason }
    this.#first.resolve()
    this.#asked?.reject(reason)
  }

  #longestPauseMs(): number {
    const isLoading = this.#table?.servers.some((server) => server.state === 'loading')
    return isLoading ? LONGEST_PAUSE_WHILE_LOADING_MS : LONGEST_PAUSE_MS
  }

  /** Until the time is up, somebody asks, or `signal` aborts. */
  #pause(pauseMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancelTimer()
        signal.removeEventListener('abort', end)
        this.#endPause = null
        resolve()
      }
      const cancelTimer = this.#options.clock.after(pauseMs, end)
      signal.addEventListener('abort', end, { once: true })
      this.#endPause = end
      if (signal.aborted) end()
    })
  }
}

/** All that a table says but when. */
function describe({ servers }: ModelServerTable): string {
  return JSON.stringify(servers)
}
