import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SessionId } from '../../../protocol/ids.ts'
import { emptyQueue, type MessageQueue, type QueuedMessage } from '../../turns/message-queue.ts'
import { MAX_CANCELLED_SENDS } from '../../turns/turn-store.ts'
import { QUEUED_MESSAGE_COLUMNS, queuedMessageOfRow, queueOfRow, SELECT_QUEUE } from './rows.ts'

/** Queues as rows, inside the transaction that the writer has opened. `session` is always a session's key. */
export class QueueTable {
  readonly #sql: ReturnType<typeof prepareStatements>

  constructor(database: DatabaseSync) {
    this.#sql = prepareStatements(database)
  }

  read(session: number, sessionId: SessionId): MessageQueue {
    const row = this.#sql.selectQueue.get(session)
    return row ? queueOfRow(row, this.#sql.selectMessages.all(session)) : emptyQueue(sessionId)
  }

  findByKey(session: number, key: string): QueuedMessage | undefined {
    const row = this.#sql.selectByKey.get(session, key)
    return row && queuedMessageOfRow(row)
  }

  /** Writes what makes `before` into `after`, and nothing where they are the same. */
  save(session: number, before: MessageQueue, after: MessageQueue): void {
    if (after === before) return
    this.#sql.saveQueue.run(session, after.revision, after.paused?.reason ?? null, after.paused?.at ?? null)
    const old = new Map(before.messages.map((message, place) => [message.turnId, { message, place }]))
    for (const [place, message] of after.messages.entries()) {
      const known = old.get(message.turnId)
      old.delete(message.turnId)
      if (!known) this.#insert(session, message, place)
      else if (known.place !== place || known.message !== message) {
        this.#sql.updateMessage.run(place, message.message, Number(message.afterStop), message.turnId)
      }
    }
    for (const turnId of old.keys()) this.#sql.deleteMessage.run(turnId)
  }

  isCancelled(session: number, key: string): boolean {
    return this.#sql.selectCancelled.get(session, key) !== undefined
  }

  /** From now on a send with this key is refused. The session's oldest such keys are forgotten. */
  noteCancelled(session: number, key: string): void {
    this.#sql.insertCancelled.run(session, key)
    this.#sql.forgetCancelled.run(session, MAX_CANCELLED_SENDS)
  }

  #insert(session: number, message: QueuedMessage, place: number): void {
    const { turnId, images, holder, clientId, idempotency, queuedAt, afterStop } = message
    const who = [JSON.stringify(holder), clientId, idempotency?.key ?? null, idempotency?.fingerprint ?? null]
    const kept = images.length === 0 ? null : JSON.stringify(images)
    this.#sql.insertMessage.run(turnId, session, place, message.message, ...who, queuedAt, Number(afterStop), kept)
  }
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql)
  return {
    selectQueue: prepare(`${SELECT_QUEUE} WHERE queue.session = ?`),
    selectMessages: prepare(`SELECT ${QUEUED_MESSAGE_COLUMNS} FROM queued_message WHERE session = ? ORDER BY place`),
    selectByKey: prepare(`SELECT ${QUEUED_MESSAGE_COLUMNS} FROM queued_message
      WHERE session = ? AND idempotency_key = ?`),
    saveQueue: prepare(`INSERT INTO queue (session, revision, pause_reason, paused_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (session) DO UPDATE SET
        revision = excluded.revision, pause_reason = excluded.pause_reason, paused_at = excluded.paused_at`),
    insertMessage: prepare(`INSERT INTO queued_message
      (turn, session, place, message, holder, client_id, idempotency_key, fingerprint, queued_at, after_stop, images)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    updateMessage: prepare('UPDATE queued_message SET place = ?, message = ?, after_stop = ? WHERE turn = ?'),
    deleteMessage: prepare('DELETE FROM queued_message WHERE turn = ?'),
    selectCancelled: prepare('SELECT 1 FROM cancelled_send WHERE session = ? AND idempotency_key = ?'),
    insertCancelled: prepare(`INSERT INTO cancelled_send (session, idempotency_key) VALUES (?, ?)
      ON CONFLICT (session, idempotency_key) DO NOTHING`),
    forgetCancelled: prepare(`DELETE FROM cancelled_send WHERE session = ?1 AND id <= (
      SELECT id FROM cancelled_send WHERE session = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`),
  }
}
