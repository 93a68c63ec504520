import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { numberOf } from './rows.ts'
import type { WriteResult } from './write-op.ts'

/** What one portion may hold: it goes into the commit of others, who should hardly notice. */
const PORTION_ROWS = 256
const PORTION_CHARACTERS = 64 * 1024

interface IndexStatements {
  readonly selectNewest: StatementSync
  readonly addWords: StatementSync
}

/** Reads rows that were there before the index was into it, a portion at a time, inside the writer's transaction. */
export class WordIndexWrites {
  readonly #selectMissing: StatementSync
  readonly #setMissing: StatementSync
  readonly #statements: Readonly<Record<string, IndexStatements>>

  constructor(database: DatabaseSync) {
    this.#selectMissing = database.prepare(
      'SELECT name, missing_up_to FROM word_index WHERE missing_up_to > 0 ORDER BY name DESC',
    )
    this.#setMissing = database.prepare('UPDATE word_index SET missing_up_to = ? WHERE name = ?')
    this.#statements = {
      message: {
        selectNewest: database.prepare(
          `SELECT id AS row, length(content) AS length FROM message WHERE id <= ? ORDER BY id DESC LIMIT ${PORTION_ROWS}`,
        ),
        addWords: database.prepare(
          'INSERT INTO message_word (rowid, content) SELECT id, content FROM message WHERE id > ? AND id <= ?',
        ),
      },
      title: {
        selectNewest: database.prepare(
          `SELECT key AS row, length(title) AS length FROM session WHERE key <= ? ORDER BY key DESC LIMIT ${PORTION_ROWS}`,
        ),
        addWords: database.prepare(
          'INSERT INTO title_word (rowid, title) SELECT key, title FROM session WHERE key > ? AND key <= ?',
        ),
      },
    }
  }

  /** Titles first: there are fewer of them. */
  fill(): WriteResult {
    const [next] = this.#selectMissing.all()
    const statements = this.#statements[String(next?.name)]
    if (!next || !statements) return { kind: 'words_filled', isComplete: true }
    const upTo = numberOf(next, 'missing_up_to')
    const after = beginningOf(statements.selectNewest.all(upTo))
    statements.addWords.run(after, upTo)
    this.#setMissing.run(after, String(next.name))
    return { kind: 'words_filled', isComplete: false }
  }
}

/** The row after which a portion begins; 0 where nothing is left before it. */
function beginningOf(newest: readonly Record<string, unknown>[]): number {
  let characters = 0
  for (const row of newest) {
    characters += numberOf(row, 'length')
    if (characters > PORTION_CHARACTERS) return numberOf(row, 'row') - 1
  }
  const oldest = newest.at(-1)
  return oldest && newest.length === PORTION_ROWS ? numberOf(oldest, 'row') - 1 : 0
}
