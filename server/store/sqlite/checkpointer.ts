import { statSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Pages in the journal from which on they are copied into the database: 4 MB, as SQLite has it. */
const WORTH_COPYING = 1_000

/**
 * Copies the journal into the database when it has grown. SQLite would do that by itself and keep a failure for itself, too:
 * the next flush may then only seem to work, the journal is begun anew, and what was acknowledged is gone (E23 of F33).
 */
export class Checkpointer {
  readonly #look: StatementSync
  readonly #copy: StatementSync
  readonly #empty: StatementSync
  readonly #size: StatementSync
  readonly #path: string | null

  constructor(database: DatabaseSync) {
    database.exec('PRAGMA wal_autocheckpoint = 0')
    this.#look = database.prepare('PRAGMA wal_checkpoint(NOOP)')
    this.#copy = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
    this.#empty = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)')
    this.#size = database.prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
    this.#path = database.location()
  }

  /** After a commit, outside of any transaction. Throws where the copy fails; what was committed is safe in the journal. */
  copyIfWorthIt(): void {
    const pages = Number(this.#look.get()?.log ?? 0)
    if (pages >= WORTH_COPYING) this.#copy.get()
  }

  /** How much longer the database's own file becomes with all that is still in the journal alone. */
  growthBytes(): number {
    return this.#path === null ? 0 : Number(this.#size.get()?.bytes) - statSync(this.#path).size
  }

  /** Copies it all and gives the journal's room back to the disk, where nobody reads from it just now. */
  empty(): void {
    this.#empty.get()
  }
}
