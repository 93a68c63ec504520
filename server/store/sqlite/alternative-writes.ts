import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type MessageId, messageIdSchema } from '../../../protocol/ids.ts'
import type { Message } from '../../../protocol/message.ts'
import { alternativesAt, MESSAGE_COLUMNS, messageOfRow, numberOf } from './rows.ts'

/** A question with the place it stands at, which is named by the first question that stood there. */
export interface PlacedQuestion {
  readonly messageId: MessageId
  readonly place: MessageId
}

export type FoundAlternative =
  | { readonly status: 'aside'; readonly wanted: PlacedQuestion; readonly shown: PlacedQuestion }
  | { readonly status: 'shown' }
  | { readonly status: 'not_found' }

/**
 * Puts turns aside and brings them back, inside the transaction that the writer thread has opened.
 *
 * A question that is put aside takes everything with it that was shown below it: all of that has its id in `aside`. So the
 * messages that are shown are always one conversation, in the order of their ids, and what was put aside below another
 * alternative comes back with it and not before.
 */
export class AlternativeWrites {
  readonly #sql: ReturnType<typeof prepareStatements>

  constructor(database: DatabaseSync) {
    this.#sql = prepareStatements(database)
  }

  /** The question, where it is shown in this session. */
  findShown(session: number, messageId: MessageId): PlacedQuestion | undefined {
    const row = this.#sql.selectShown.get(session, messageId)
    return row && questionOf(row)
  }

  /** Answers with the ids of all that is not shown any more. */
  putAside(session: number, question: PlacedQuestion): MessageId[] {
    const rows = this.#sql.putAside.all(question.messageId, session, question.messageId)
    return rows.map((row) => messageIdSchema.parse(row.id)).sort((a, b) => a - b)
  }

  /** Puts the new question `messageId` at the place of another; answers with all questions there. */
  takePlace(messageId: MessageId, place: MessageId): MessageId[] {
    this.#sql.setPlace.run(place, messageId)
    return alternativesAt(this.#sql.selectAlternatives.get(place)?.ids)
  }

  /** What choosing the alternative of `messageId` comes to: only one whose place is shown can be chosen. */
  find(session: number, messageId: MessageId): FoundAlternative {
    const row = this.#sql.selectQuestion.get(session, messageId)
    if (!row) return { status: 'not_found' }
    if (row.aside === null) return { status: 'shown' }
    const wanted = questionOf(row)
    const shown = this.#sql.selectShownAt.get(session, wanted.place, wanted.place)
    if (!shown) return { status: 'not_found' }
    return { status: 'aside', wanted, shown: questionOf(shown) }
  }

  /** What was put aside with the question, itself included, oldest first. */
  readAside(question: PlacedQuestion): Message[] {
    return this.#sql.selectAside.all(question.messageId).map(messageOfRow)
  }

  restore(question: PlacedQuestion): void {
    this.#sql.restore.run(question.messageId)
  }

  /** Messages were deleted: alternatives of theirs, which nobody can choose any more, go with all that is aside with them. */
  deleteUnreachable(deleted: readonly PlacedQuestion[]): void {
    for (const { place } of deleted) {
      for (const row of this.#sql.selectAsideAt.all(place, place)) {
        const gone = this.#sql.deleteAside.all(numberOf(row, 'id'))
        this.deleteUnreachable(gone.filter(({ role }) => role === 'user').map(questionOf))
      }
    }
  }
}

export function questionOf(row: Record<string, unknown>): PlacedQuestion {
  return { messageId: messageIdSchema.parse(row.id), place: messageIdSchema.parse(row.place ?? row.id) }
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql)
  const question = `SELECT id, place, aside FROM message WHERE session = ? AND role = 'user'`
  return {
    selectQuestion: prepare(`${question} AND id = ?`),
    selectShown: prepare(`${question} AND id = ? AND aside IS NULL`),
    selectShownAt: prepare(`${question} AND (id = ? OR place = ?) AND aside IS NULL`),
    selectAlternatives: prepare(`SELECT json_group_array(id ORDER BY id) AS ids FROM
      (SELECT id FROM message WHERE id = ?1 AND role = 'user' UNION ALL SELECT id FROM message WHERE place = ?1)`),
    selectAsideAt: prepare('SELECT id FROM message WHERE (id = ? OR place = ?) AND aside IS NOT NULL'),
    setPlace: prepare('UPDATE message SET place = ? WHERE id = ?'),
    putAside: prepare('UPDATE message SET aside = ? WHERE session = ? AND id >= ? AND aside IS NULL RETURNING id'),
    restore: prepare('UPDATE message SET aside = NULL WHERE aside = ?'),
    selectAside: prepare(`SELECT ${MESSAGE_COLUMNS} FROM message WHERE aside = ? ORDER BY id`),
    deleteAside: prepare('DELETE FROM message WHERE aside = ? RETURNING id, place, role'),
  }
}
