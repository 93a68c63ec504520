import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SessionId } from '../../../protocol/ids.ts'

const MAX_KEPT = 10_000

/** From a session's public id to its short key in the tables. Keys are never given twice, so a kept one stays true. */
export class SessionKeys {
  readonly #select: StatementSync
  readonly #kept = new Map<SessionId, number>()

  constructor(database: DatabaseSync) {
    this.#select = database.prepare('SELECT key FROM session WHERE id = ?')
  }

  find(id: SessionId): number | undefined {
    const kept = this.#kept.get(id)
    if (kept !== undefined) return kept
    const key = this.#select.get(id)?.key
    if (typeof key !== 'number') return undefined
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear()
    this.#kept.set(id, key)
    return key
  }

  forget(id: SessionId): void {
    this.#kept.delete(id)
  }

  /** After a rollback: a session that was just created does not exist. */
  forgetAll(): void {
    this.#kept.clear()
  }
}
