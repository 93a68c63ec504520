import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../lib/clock.ts'

export type OpOutcome<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly error: Error }

interface Waiting<Op, Result> {
  readonly prepare: () => Op
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

interface Prepared<Op, Result> {
  readonly op: Op
  readonly waiting: Waiting<Op, Result>
}

/**
 * All sessions' writes in one transaction at a time (D3): the first of a lull at once, then at least `gapMs` between the
 * starts of two commits, never two in flight. What arrives meanwhile goes together. Costs are per commit, not per row.
 *
 * Order is kept: `commit` gets the ops as they were submitted, and `deliver` hears of each success in that order, before
 * any of the promises resolve and before the next commit begins.
 */
export class GroupCommit<Op, Result> {
  readonly #commit: (ops: readonly Op[]) => Promise<readonly OpOutcome<Result>[]>
  readonly #deliver: (op: Op, result: Result) => void
  readonly #clock: Clock
  readonly #gapMs: number
  /** A commit is everybody's: it does not run as the work of the turn whose op came first (F25). */
  readonly #asNobody = AsyncLocalStorage.snapshot()
  #waiting: Waiting<Op, Result>[] = []
  #lastStartMs = Number.NEGATIVE_INFINITY
  #state: 'idle' | 'scheduled' | 'committing' = 'idle'
  #onIdle: (() => void)[] = []

  constructor(parts: {
    commit: (ops: readonly Op[]) => Promise<readonly OpOutcome<Result>[]>
    deliver: (op: Op, result: Result) => void
    clock: Clock
    gapMs: number
  }) {
    this.#commit = parts.commit
    this.#deliver = parts.deliver
    this.#clock = parts.clock
    this.#gapMs = parts.gapMs
  }

  /** `prepare` is called when the commit that carries the op begins. Rejects with what the commit threw. */
  submit(prepare: () => Op): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ prepare, resolve, reject })
      this.#schedule()
    })
  }

  /** Resolves when nothing waits and nothing is in flight. */
  async drained(): Promise<void> {
    if (this.#state === 'idle') return
    await new Promise<void>((resolve) => this.#onIdle.push(resolve))
  }

  #schedule(): void {
    if (this.#state !== 'idle') return
    this.#state = 'scheduled'
    const delayMs = this.#lastStartMs + this.#gapMs - this.#clock.monotonicMs()
    // never in this very tick: what the tick has yet to submit should go along
    this.#asNobody(() => {
      if (delayMs > 0) this.#clock.after(delayMs, () => void this.#run())
      else setImmediate(() => void this.#run())
    })
  }

  async #run(): Promise<void> {
    this.#state = 'committing'
    this.#lastStartMs = this.#clock.monotonicMs()
    const batch = this.#takeBatch()
    let outcomes: readonly OpOutcome<Result>[]
    try {
      outcomes = batch.length === 0 ? [] : await this.#commit(batch.map(({ op }) => op))
    } catch (error) {
      outcomes = batch.map(() => ({ ok: false, error: error instanceof Error ? error : new Error(String(error)) }))
    }
    this.#settle(batch, outcomes)
    this.#state = 'idle'
    if (this.#waiting.length > 0) this.#schedule()
    else for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  #takeBatch(): Prepared<Op, Result>[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting.flatMap((one) => {
      try {
        return [{ op: one.prepare(), waiting: one }]
      } catch (error) {
        one.reject(error)
        return []
      }
    })
  }

  #settle(batch: readonly Prepared<Op, Result>[], outcomes: readonly OpOutcome<Result>[]): void {
    for (const [index, { op }] of batch.entries()) {
      const outcome = outcomes[index]
      if (outcome?.ok) this.#deliver(op, outcome.result)
    }
    for (const [index, { waiting }] of batch.entries()) {
      const outcome = outcomes[index]
      if (outcome?.ok) waiting.resolve(outcome.result)
      else waiting.reject(outcome?.error ?? new Error('the commit answered fewer ops than it was given'))
    }
  }
}
