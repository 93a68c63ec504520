import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  epochSchema,
  type MessageId,
  messageIdSchema,
  type SessionId,
  seqSchema,
  sessionIdSchema,
} from '../../../protocol/ids.ts'
import type { Message } from '../../../protocol/message.ts'
import type { TurnOutcome } from '../../../protocol/turn.ts'
import type { NewMessage, SessionFields, SessionRecord } from '../../sessions/session-store.ts'
import { AlternativeWrites, questionOf } from './alternative-writes.ts'
import { ImageWrites } from './image-writes.ts'
import { MESSAGE_COLUMNS, messageOfRow, numberOf, SESSION_COLUMNS, sessionOfRow } from './rows.ts'
import type { SessionKeys } from './session-keys.ts'
import type { TurnWrites } from './turn-writes.ts'
import { type CopiedMessages, eventsWithMessages, removedEvent, type WriteOp, type WriteResult } from './write-op.ts'

const COMPLETED = JSON.stringify({ status: 'completed' } satisfies TurnOutcome)

const SESSION_NOT_FOUND: WriteResult = { kind: 'not_found', what: 'session' }

export type SessionOp = Extract<
  WriteOp,
  {
    kind:
      | 'create_session'
      | 'update_session'
      | 'delete_session'
      | 'delete_all_sessions'
      | 'pin_session'
      | 'branch_session'
      | 'remove_messages'
  }
>

/** Applies what is done to whole sessions, inside the transaction that the writer thread has opened. */
export class SessionWrites {
  readonly #keys: SessionKeys
  readonly #turns: TurnWrites
  readonly #alternatives: AlternativeWrites
  readonly #images: ImageWrites
  readonly #sql: ReturnType<typeof prepareStatements>

  constructor(database: DatabaseSync, parts: { keys: SessionKeys; turns: TurnWrites }) {
    this.#keys = parts.keys
    this.#turns = parts.turns
    this.#alternatives = new AlternativeWrites(database)
    this.#images = new ImageWrites(database)
    this.#sql = prepareStatements(database)
  }

  apply(op: SessionOp, at: number): WriteResult {
    switch (op.kind) {
      case 'create_session':
        return this.#createWith(op, at)
      case 'update_session':
        return this.#update(op, at)
      case 'delete_session':
        return this.#delete(op)
      case 'delete_all_sessions':
        return this.#deleteAll(op)
      case 'pin_session':
        return this.#pin(op, at)
      case 'branch_session':
        return this.#branch(op.branch, at)
      case 'remove_messages':
        return this.#removeMessages(op.removal, at)
    }
  }

  #create(id: SessionRecord['id'], fields: SessionFields, at: number): SessionRecord {
    const row = this.#sql.insertSession.get(id, at, at, ...columnsOf(fields))
    this.#sql.insertHead.run(numberOf(row, 'key'))
    return sessionOfRow(row)
  }

  #update({ id, changes, seen }: Extract<SessionOp, { kind: 'update_session' }>, at: number): WriteResult {
    const row = this.#sql.selectSession.get(id)
    if (!row) return SESSION_NOT_FOUND
    const present = sessionOfRow(row)
    if (seen && JSON.stringify(columnsOf(seen)) !== JSON.stringify(columnsOf(present)))
      return { kind: 'session_changed' }
    const fields: SessionFields = { ...present, ...changes }
    const updated = this.#sql.updateSession.get(at, ...columnsOf(fields), id)
    return { kind: 'session', session: sessionOfRow(updated), copied: null }
  }

  /** A session that is pinned already stays as it is. Its time of the last change is not touched: nothing was said. */
  #pin({ id, isPinned }: Extract<SessionOp, { kind: 'pin_session' }>, at: number): WriteResult {
    const row = this.#sql.pinSession.get(isPinned ? at : null, id)
    return row ? { kind: 'session', session: sessionOfRow(row), copied: null } : SESSION_NOT_FOUND
  }

  /** The fence goes with the session (F13): whoever still holds its turn finds no row to write to (I8). */
  #delete({ id }: Extract<SessionOp, { kind: 'delete_session' }>): WriteResult {
    const key = this.#keys.find(id)
    if (key === undefined) return SESSION_NOT_FOUND
    this.#remove(id, key)
    return { kind: 'deleted' }
  }

  #deleteAll({ seen }: Extract<SessionOp, { kind: 'delete_all_sessions' }>): WriteResult {
    if (this.#sql.selectAnyActive.get()) return { kind: 'not_written', status: 'turn_active' }
    const there = this.#sql.countAll.get()
    const isAsSeen = numberOf(there, 'sessions') === seen.sessions && numberOf(there, 'messages') === seen.messages
    if (!isAsSeen) return { kind: 'session_changed' }
    const sessions = this.#sql.selectAllSessions.all()
    const ids = sessions.map((row) => sessionIdSchema.parse(row.id))
    for (const [index, id] of ids.entries()) this.#remove(id, numberOf(sessions[index], 'key'))
    return { kind: 'all_deleted', ids }
  }

  #remove(id: SessionId, key: number): void {
    this.#sql.deleteSession.run(key)
    this.#turns.forgetSession(key)
    this.#keys.forget(id)
  }

  #branch(
    { id, from, upTo, title }: Extract<SessionOp, { kind: 'branch_session' }>['branch'],
    at: number,
  ): WriteResult {
    const source = this.#sql.selectSession.get(from)
    const sourceKey = this.#keys.find(from)
    if (!source || sourceKey === undefined) return SESSION_NOT_FOUND
    this.#create(id, { ...sessionOfRow(source), title, titleIsCustom: false }, at)
    const key = numberOf(this.#sql.selectSession.get(id), 'key')
    return this.#beginLog({ id, key, from }, this.#copyMessages({ sourceKey, key, upTo }), at)
  }

  #createWith({ id, fields, messages }: Extract<SessionOp, { kind: 'create_session' }>, at: number): WriteResult {
    const session = this.#create(id, fields, at)
    if (messages.length === 0) return { kind: 'session', session, copied: null }
    const key = numberOf(this.#sql.selectSession.get(id), 'key')
    return this.#beginLog({ id, key, from: null }, this.#addMessages(key, messages), at)
  }

  /** A new session's log begins with the messages that it has. */
  #beginLog(
    { id, key, from }: { readonly id: SessionId; readonly key: number; readonly from: SessionId | null },
    messages: readonly Message[],
    at: number,
  ): WriteResult {
    const events = eventsWithMessages(messages, (group) => ({
      type: 'messages.copied',
      data: { from_session_id: from, messages: group },
    }))
    const copied: CopiedMessages = { firstSeq: seqSchema.parse(1), events }
    this.#sql.setLastSeq.run(events.length, key)
    this.#turns.insertEntries({ session: key, turn: null, epoch: 0, firstSeq: 1, at }, events)
    this.#sql.touchSession.run(at, messages.length, key)
    return { kind: 'session', session: sessionOfRow(this.#sql.selectSession.get(id)), copied }
  }

  #addMessages(key: number, messages: readonly NewMessage[]): Message[] {
    const last = numberOf(this.#sql.allocateMessages.get(messages.length), 'value')
    return messages.map(({ role, content, createdAt, images = [] }, index) => {
      const outcome = role === 'assistant' ? COMPLETED : null
      const id = last - messages.length + 1 + index
      const row = this.#sql.addMessage.get(id, key, role, content, outcome, createdAt) ?? {}
      if (role === 'assistant') return messageOfRow(row)
      this.#images.add(messageIdSchema.parse(id), images)
      return messageOfRow({ ...row, images: JSON.stringify(images) })
    })
  }

  /** Settled messages only: the running turn of the source stays out. */
  #copyMessages(copy: { sourceKey: number; key: number; upTo: MessageId | undefined }): Message[] {
    const rows = this.#sql.selectSettled.all(copy.sourceKey, copy.upTo ?? Number.MAX_SAFE_INTEGER)
    const last = numberOf(this.#sql.allocateMessages.get(rows.length), 'value')
    return rows.map((row, index) => {
      const id = messageIdSchema.parse(last - rows.length + 1 + index)
      const source = messageIdSchema.parse(row.id)
      this.#sql.copyMessage.run(id, copy.key, source)
      this.#images.copy(source, id)
      return messageOfRow({ ...row, id, turn: null, alternatives: null })
    })
  }

  #removeMessages(removal: Extract<SessionOp, { kind: 'remove_messages' }>['removal'], at: number): WriteResult {
    const key = this.#keys.find(removal.sessionId)
    if (key === undefined) return SESSION_NOT_FOUND
    const { messageId } = removal
    const rows = this.#sql.selectMessageIds.all(key, messageId, removal.andBelow ? Number.MAX_SAFE_INTEGER : messageId)
    const messageIds = rows.map((row) => messageIdSchema.parse(row.id))
    if (messageIds.length === 0) return { kind: 'not_found', what: 'message' }
    const head = this.#sql.advanceIdle.get(key)
    if (!head) return { kind: 'not_written', status: 'turn_active' }
    const seq = seqSchema.parse(head.last_seq)
    const epoch = epochSchema.parse(head.epoch)
    for (const id of messageIds) this.#sql.deleteMessage.run(id)
    this.#alternatives.deleteUnreachable(rows.filter(({ role }) => role === 'user').map(questionOf))
    this.#turns.insertEntries({ session: key, turn: null, epoch, firstSeq: seq, at }, [removedEvent(messageIds)])
    this.#sql.touchSession.run(at, -messageIds.length, key)
    return { kind: 'removed', messageIds, seq, epoch }
  }
}

/** The columns that a client may set, in the order of the statements below. */
function columnsOf(fields: SessionFields) {
  return [
    fields.title,
    Number(fields.titleIsCustom),
    fields.model,
    fields.systemPrompt,
    Number(fields.private),
    fields.agentType,
    fields.device,
    fields.mailProvider,
  ] as const
}

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql)
  return {
    insertSession: prepare(`INSERT INTO session
      (id, created_at, updated_at, title, title_is_custom, model, system_prompt, private, agent_type, device, mail_provider)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key, ${SESSION_COLUMNS}`),
    insertHead: prepare('INSERT INTO head (session) VALUES (?)'),
    selectSession: prepare(`SELECT key, ${SESSION_COLUMNS} FROM session WHERE id = ?`),
    updateSession:
      prepare(`UPDATE session SET updated_at = ?, title = ?, title_is_custom = ?, model = ?, system_prompt = ?,
      private = ?, agent_type = ?, device = ?, mail_provider = ? WHERE id = ? RETURNING ${SESSION_COLUMNS}`),
    pinSession: prepare(`UPDATE session SET pinned_at = CASE WHEN ?1 IS NULL THEN NULL ELSE coalesce(pinned_at, ?1) END
      WHERE id = ?2 RETURNING ${SESSION_COLUMNS}`),
    deleteSession: prepare('DELETE FROM session WHERE key = ?'),
    selectAllSessions: prepare('SELECT key, id FROM session'),
    selectAnyActive: prepare('SELECT 1 FROM head WHERE active_turn IS NOT NULL LIMIT 1'),
    countAll: prepare(`SELECT (SELECT value FROM counter WHERE name = 'sessions') AS sessions,
      (SELECT value FROM counter WHERE name = 'shown messages') AS messages`),
    touchSession: prepare('UPDATE session SET updated_at = ?, message_count = message_count + ? WHERE key = ?'),
    setLastSeq: prepare('UPDATE head SET last_seq = ? WHERE session = ?'),
    advanceIdle: prepare(`UPDATE head SET last_seq = last_seq + 1
      WHERE session = ? AND active_turn IS NULL RETURNING last_seq, epoch`),
    selectSettled: prepare(`SELECT ${MESSAGE_COLUMNS} FROM message WHERE session = ?1 AND id <= ?2 AND aside IS NULL
      AND (turn IS NULL OR turn IS NOT (SELECT active_turn FROM head WHERE session = ?1)) ORDER BY id`),
    copyMessage: prepare(`INSERT INTO message (id, session, turn, role, content, steps, outcome, usage, created_at)
      SELECT ?, ?, NULL, role, content, steps, outcome, usage, created_at FROM message WHERE id = ?`),
    addMessage: prepare(`INSERT INTO message (id, session, role, content, outcome, created_at)
      VALUES (?, ?, ?, ?, ?, ?) RETURNING ${MESSAGE_COLUMNS}`),
    allocateMessages: prepare(`UPDATE counter SET value = value + ? WHERE name = 'message' RETURNING value`),
    selectMessageIds: prepare(
      'SELECT id, role, place FROM message WHERE session = ? AND id BETWEEN ? AND ? AND aside IS NULL ORDER BY id',
    ),
    deleteMessage: prepare('DELETE FROM message WHERE id = ?'),
  }
}
