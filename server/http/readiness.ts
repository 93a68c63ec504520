import { StorageError } from '../turns/turn-store.ts'
import { type ProblemFacts, problemOf, SHUTTING_DOWN } from './problem.ts'

/** Whether the server can take messages: it is told what happens to it, and tries a write where the last one was refused. */
export class Readiness {
  readonly #tryWriting: () => Promise<void>
  #stopping = false
  #refusal: StorageError | null = null
  #damage: StorageError | null = null
  #trial: Promise<void> | null = null

  /** `tryWriting` rejects with the `StorageError` that any write would meet now. */
  constructor(tryWriting: () => Promise<void>) {
    this.#tryWriting = tryWriting
  }

  beginStopping(): void {
    this.#stopping = true
  }

  /** `error`: why a commit wrote nothing, or that the disk is full. The next commit that succeeds takes it back. */
  noteCommit(error: Error | undefined): void {
    this.#refusal = error instanceof StorageError ? error : null
  }

  /** Nothing is written any more until the next start (R16). */
  noteDamage(error: StorageError): void {
    this.#damage = error
  }

  /** What only a restart, or a person, can mend; undefined where there is no such thing. */
  get damage(): ProblemFacts | undefined {
    return this.#damage ? problemOf(this.#damage) : undefined
  }

  /** Why no message can be taken; undefined where all is well. */
  async problem(): Promise<ProblemFacts | undefined> {
    if (this.#stopping) return SHUTTING_DOWN
    if (this.#damage) return this.damage
    if (this.#refusal?.retryable) await this.#tryAgain()
    return this.#refusal ? problemOf(this.#refusal) : undefined
  }

  /** One write for all who ask meanwhile; how it went is told to `noteCommit`. */
  async #tryAgain(): Promise<void> {
    try {
      this.#trial ??= this.#tryWriting()
      await this.#trial
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
    } finally {
      this.#trial = null
    }
  }
}
