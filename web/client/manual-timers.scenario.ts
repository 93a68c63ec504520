import type { Attention } from './attention.ts'
import type { Timers } from './timers.ts'

interface Waiter {
  readonly dueAt: number
  readonly durationMs: number
  readonly finish: () => void
}

/** Time that passes only when the test says so. */
export class ManualTimers implements Timers {
  #now = 0
  readonly #waiters = new Set<Waiter>()
  readonly #watchers = new Set<() => void>()

  readonly now = () => this.#now

  readonly random = () => 0.5

  readonly wait = async (durationMs: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiter: Waiter = { dueAt: this.#now + durationMs, durationMs, finish: resolve }
    this.#waiters.add(waiter)
    signal.addEventListener('abort', waiter.finish)
    for (const watcher of [...this.#watchers]) watcher()
    await promise
    signal.removeEventListener('abort', waiter.finish)
    this.#waiters.delete(waiter)
  }

  /** Resolves when somebody waits for a time that `fits`; answers with that time. */
  async untilWaitOf(fits: (durationMs: number) => boolean): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>()
    const look = () => {
      const found = [...this.#waiters].find((waiter) => fits(waiter.durationMs))
      if (found) resolve(found.durationMs)
    }
    this.#watchers.add(look)
    look()
    const durationMs = await promise
    this.#watchers.delete(look)
    return durationMs
  }

  advance(durationMs: number): void {
    this.#now += durationMs
    for (const waiter of [...this.#waiters]) {
      if (waiter.dueAt <= this.#now) waiter.finish()
    }
  }
}

/** Somebody who looks at the tab, or not, as the test says. */
export class ManualAttention implements Attention {
  #away = false
  readonly #listeners = new Set<() => void>()

  readonly isAway = () => this.#away

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  leave(): void {
    this.#away = true
    this.#tell()
  }

  comeBack(): void {
    this.#away = false
    this.#tell()
  }

  get listeners(): number {
    return this.#listeners.size
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
