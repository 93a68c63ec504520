import type { AppEvent } from '../../protocol/app-event.ts'

/** Hands what has happened to everybody who listens to the whole app. Keeps nothing: a listener that missed something takes a snapshot. */
export class AppEvents {
  readonly #listeners = new Set<(event: AppEvent) => void>()

  publish(event: AppEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** Returns what ends the subscription. */
  subscribe(listener: (event: AppEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get listeners(): number {
    return this.#listeners.size
  }
}
