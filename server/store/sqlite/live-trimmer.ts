import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Deltas are deleted in pieces of at least this many rows: a delete costs more than the rows it spares. */
const WORTH_TRIMMING = 512
/** So many new rows are worth a look at all of them, and as many as there were after the last: its cost is then one for each row. */
export const WORTH_SWEEPING = 8_192

/**
 * Keeps `live` short (D7): numbers its rows, knows from which row on an unfinished step still needs them, and deletes
 * what stands before that. Behind a step that takes long, the rows of other sessions are swept out now and then: it pins
 * its own and nobody else's.
 */
export class LiveTrimmer {
  readonly #deleteBefore: StatementSync
  readonly #deleteSession: StatementSync
  readonly #deleteFinished: StatementSync
  readonly #count: StatementSync
  readonly #selectRange: StatementSync
  readonly #selectOpen: StatementSync
  /** First row that each session's unfinished step needs, in the order of the rows: a step opens after those before it. */
  #openSteps = new Map<number, number>()
  #nextId = 1
  #firstId = 1
  /** Up to here every row has been looked at, and what was left then. */
  #sweptId = 1
  #keptRows = 0

  constructor(database: DatabaseSync) {
    this.#deleteBefore = database.prepare('DELETE FROM live WHERE id < ?')
    this.#deleteSession = database.prepare('DELETE FROM live WHERE session = ?')
    this.#deleteFinished = database.prepare(
      'DELETE FROM live WHERE id < ? AND session NOT IN (SELECT value FROM json_each(?))',
    )
    this.#count = database.prepare('SELECT count(*) AS count FROM live')
    this.#selectRange = database.prepare('SELECT min(id) AS first, max(id) AS last FROM live')
    // Of active turns alone: what an ended turn left behind is needed by nobody, and would hold the front for good.
    this.#selectOpen = database.prepare(`SELECT live.session, min(live.id) AS first FROM live
      JOIN turn ON turn.session = live.session AND turn.ended_at IS NULL AND live.seq >= turn.first_seq GROUP BY live.session ORDER BY first`)
    this.reload()
  }

  /** Reads from the table what is open. After a crash that is every active turn found there, until recovery has ended it. */
  reload(): void {
    const range = this.#selectRange.get()
    this.#firstId = Number(range?.first ?? 1)
    this.#nextId = Number(range?.last ?? 0) + 1
    this.#sweptId = this.#firstId
    this.#keptRows = 0
    this.#openSteps = new Map(this.#selectOpen.all().map((row) => [Number(row.session), Number(row.first)]))
  }

  /** The id for the next delta of `session`, whose step counts as open from now on. */
  nextId(session: number): number {
    const id = this.#nextId
    this.#nextId += 1
    if (!this.#openSteps.has(session)) this.#openSteps.set(session, id)
    return id
  }

  /** The full text is in `entry` now: the session's deltas so far are needed no more. */
  finishStep(session: number): void {
    this.#openSteps.delete(session)
  }

  removeSession(session: number): void {
    this.#openSteps.delete(session)
    this.#deleteSession.run(session)
  }

  trim(): void {
    const needed = this.#openSteps.values().next().value ?? this.#nextId
    if (needed - this.#firstId >= WORTH_TRIMMING) {
      this.#deleteBefore.run(needed)
      this.#firstId = needed
    }
    if (this.#nextId - this.#sweptId >= Math.max(WORTH_SWEEPING, this.#keptRows)) this.#sweep()
  }

  #sweep(): void {
    this.#deleteFinished.run(this.#nextId, JSON.stringify([...this.#openSteps.keys()]))
    this.#sweptId = this.#nextId
    this.#keptRows = Number(this.#count.get()?.count)
  }
}
