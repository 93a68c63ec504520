import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Fence } from '../../turns/fence.ts'
import { numberOf } from './rows.ts'

const MAX_KEPT = 10_000

/**
 * Moves the last seq of a session on, under its turn's fence (D1).
 *
 * The seq that the turn's write before left is kept here, so that the next one need not be told it: an `UPDATE` with
 * `RETURNING` builds a table for its one row, and takes five times as long. What is kept is only a guess, and part of the
 * condition: where another write has moved the seq on, nothing matches, and the database is asked.
 */
export class LogHeads {
  readonly #moveOn: StatementSync
  readonly #moveOnFrom: StatementSync
  readonly #lastSeqs = new Map<number, number>()

  constructor(database: DatabaseSync) {
    this.#moveOn = database.prepare(`UPDATE head SET last_seq = last_seq + ?
      WHERE session = ? AND epoch = ? AND active_turn = ? RETURNING last_seq`)
    this.#moveOnFrom = database.prepare(`UPDATE head SET last_seq = ?
      WHERE session = ? AND epoch = ? AND active_turn = ? AND last_seq = ?`)
  }

  /** The session's last seq with `count` entries more. Undefined, and nothing changed, where `fence` is stale (I8). */
  moveOn(session: number, { epoch, turnId }: Fence, count: number): number | undefined {
    const kept = this.#lastSeqs.get(session)
    if (kept !== undefined && this.#moveOnFrom.run(kept + count, session, epoch, turnId, kept).changes === 1) {
      this.#lastSeqs.set(session, kept + count)
      return kept + count
    }
    const head = this.#moveOn.get(count, session, epoch, turnId)
    if (!head) return undefined
    const lastSeq = numberOf(head, 'last_seq')
    if (this.#lastSeqs.size >= MAX_KEPT) this.#lastSeqs.clear()
    this.#lastSeqs.set(session, lastSeq)
    return lastSeq
  }
}
