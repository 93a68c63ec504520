import type { SessionId } from '../../protocol/ids.ts'
import type { StorageError } from './turn-store.ts'

/** Sessions whose turn nobody has, for now or until somebody looks after the database, and why. They take nothing new (I4). */
export class UnrecoveredSessions {
  readonly #errors = new Map<SessionId, StorageError>()

  add(sessionId: SessionId, error: StorageError): void {
    this.#errors.set(sessionId, error)
  }

  delete(sessionId: SessionId): void {
    this.#errors.delete(sessionId)
  }

  /** Throws where the session is one of these. */
  refuse(sessionId: SessionId): void {
    const error = this.#errors.get(sessionId)
    if (error) throw error
  }

  /** True where trying again may help one of them. */
  get areWorthRetrying(): boolean {
    return [...this.#errors.values()].some((error) => error.retryable)
  }

  get size(): number {
    return this.#errors.size
  }
}
