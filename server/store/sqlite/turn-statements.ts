import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { SELECT_TURN } from './rows.ts'

export type TurnStatements = ReturnType<typeof prepareTurnStatements>

/** What is written about turns, as SQL. */
export function prepareTurnStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql)
  return {
    claim: prepare(`UPDATE head SET epoch = epoch + 1, active_turn = ?, last_seq = last_seq + ?
      WHERE session = ? AND active_turn IS NULL AND last_seq <= ? RETURNING epoch, last_seq`),
    selectLastSeq: prepare('SELECT last_seq FROM head WHERE session = ?'),
    advanceTurn: prepare(`UPDATE head SET last_seq = last_seq + 1
      WHERE session = ? AND active_turn = ? RETURNING last_seq, epoch`),
    advanceIdle: prepare(`UPDATE head SET last_seq = last_seq + ?
      WHERE session = ? AND active_turn IS NULL RETURNING last_seq, epoch`),
    release: prepare(`UPDATE head SET last_seq = last_seq + ?, active_turn = NULL
      WHERE session = ? AND epoch = ? AND active_turn = ? RETURNING last_seq`),
    takeOver: prepare(`UPDATE head SET epoch = epoch + 1, last_seq = last_seq + ?
      WHERE session = ? AND epoch = ? AND active_turn = ? RETURNING epoch, last_seq`),
    raiseEpoch: prepare(`UPDATE head SET epoch = epoch + 1
      WHERE session = ? AND epoch = ? AND active_turn = ? RETURNING epoch`),
    setTurnOwner: prepare('UPDATE turn SET epoch = ?, lease_holder = ? WHERE id = ? RETURNING stop_requested_at'),
    recordStop: prepare(
      `UPDATE turn SET stop_requested_at = ?
      WHERE id = ? AND session = ? AND epoch = ? AND ended_at IS NULL AND stop_requested_at IS NULL`,
    ),
    endTurn: prepare('UPDATE turn SET ended_at = ?, outcome = ?, lease_holder = NULL WHERE id = ?'),
    insertTurn: prepare(`INSERT INTO turn
      (id, session, epoch, user_message, assistant_message, holder, client_id, idempotency_key, fingerprint,
        first_seq, started_at, lease_holder)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    selectTurn: prepare(`${SELECT_TURN} WHERE turn.id = ?`),
    selectTurnByKey: prepare(`${SELECT_TURN} WHERE turn.session = ? AND turn.idempotency_key = ?`),
    selectActiveTurn: prepare(`${SELECT_TURN} WHERE turn.session = ? AND ended_at IS NULL`),
    allocateMessages: prepare(`UPDATE counter SET value = value + ? WHERE name = 'message' RETURNING value`),
    insertMessage: prepare(`INSERT INTO message (id, session, turn, role, content, steps, outcome, usage, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    insertEntry: prepare('INSERT INTO entry (session, seq, turn, epoch, type, data, at) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    insertLive: prepare('INSERT INTO live (id, session, seq, epoch, type, data, at) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    // a session that nobody has named is called by its first words; images without any name nothing
    countUserMessage: prepare(`UPDATE session SET updated_at = ?, message_count = message_count + 1, title = CASE
      WHEN title_is_custom = 0 AND (message_count = 0 OR title = '') THEN ? ELSE title END WHERE key = ?`),
    touchSession: prepare('UPDATE session SET updated_at = ?, message_count = message_count + ? WHERE key = ?'),
  }
}
