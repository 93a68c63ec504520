import { type MessageId, type SessionId, seqSchema, turnIdSchema } from '../../../protocol/ids.ts'
import { type MessageImage, messageImageSchema } from '../../../protocol/image.ts'
import type { Message } from '../../../protocol/message.ts'
import type { AllSessions } from '../../../protocol/session.ts'
import type {
  DeleteAllResult,
  MessageRemoval,
  NewMessage,
  Page,
  RemoveResult,
  SessionFields,
  SessionRecord,
  SessionStore,
  TranscriptPage,
  UpdateResult,
} from '../../sessions/session-store.ts'
import type { Reader, ReadStatement } from './reader.ts'
import {
  MESSAGE_COLUMNS,
  messageOfRow,
  numberOf,
  SELECT_MESSAGE_IMAGES,
  SESSION_COLUMNS,
  sessionOfRow,
} from './rows.ts'
import { type Submit, unexpectedResult } from './submit.ts'
import type { SessionBranch, WriteResult } from './write-op.ts'

export class SqliteSessionStore implements SessionStore {
  readonly #reader: Reader
  readonly #submit: Submit
  readonly #sql: ReturnType<typeof prepareReads>

  constructor(parts: { reader: Reader; submit: Submit }) {
    this.#reader = parts.reader
    this.#submit = parts.submit
    this.#sql = prepareReads(parts.reader)
  }

  async createSession(
    id: SessionId,
    fields: SessionFields,
    messages: readonly NewMessage[] = [],
  ): Promise<SessionRecord> {
    const result = await this.#submit(() => ({ kind: 'create_session', id, fields, messages }))
    return sessionOf(result) ?? unexpectedResult(result)
  }

  async updateSession(
    id: SessionId,
    changes: Partial<SessionFields>,
    seen: SessionFields | null = null,
  ): Promise<UpdateResult> {
    const result = await this.#submit(() => ({ kind: 'update_session', id, changes, seen }))
    if (result.kind === 'session_changed') return { status: 'changed_meanwhile' }
    const session = sessionOf(result)
    return session ? { status: 'updated', session } : { status: 'session_not_found' }
  }

  async pinSession(id: SessionId, isPinned: boolean): Promise<SessionRecord | undefined> {
    return sessionOf(await this.#submit(() => ({ kind: 'pin_session', id, isPinned })))
  }

  async deleteSession(id: SessionId): Promise<boolean> {
    const result = await this.#submit(() => ({ kind: 'delete_session', id }))
    return result.kind === 'deleted'
  }

  async deleteAllSessions(seen: AllSessions): Promise<DeleteAllResult> {
    const result = await this.#submit(() => ({ kind: 'delete_all_sessions', seen }))
    if (result.kind === 'all_deleted') return { status: 'deleted', ids: result.ids }
    if (result.kind === 'not_written') return { status: 'turn_active' }
    return result.kind === 'session_changed' ? { status: 'changed_meanwhile' } : unexpectedResult(result)
  }

  async branchSession(branch: SessionBranch): Promise<SessionRecord | undefined> {
    return sessionOf(await this.#submit(() => ({ kind: 'branch_session', branch })))
  }

  async removeMessages(removal: MessageRemoval): Promise<RemoveResult> {
    const result = await this.#submit(() => ({ kind: 'remove_messages', removal }))
    if (result.kind === 'removed') return { status: 'removed', messageIds: result.messageIds }
    if (result.kind === 'not_written') return { status: 'turn_active' }
    if (result.kind !== 'not_found') return unexpectedResult(result)
    return { status: result.what === 'session' ? 'session_not_found' : 'message_not_found' }
  }

  async readSession(id: SessionId): Promise<SessionRecord | undefined> {
    const row = this.#sql.selectSession.get(id)
    return row && sessionOfRow(row)
  }

  async listSessions({ limit, offset }: Page): Promise<{ sessions: readonly SessionRecord[]; total: number }> {
    const sessions = this.#sql.listSessions.all(limit, offset).map(sessionOfRow)
    return { sessions, total: numberOf(this.#sql.countSessions.get(), 'count') }
  }

  async listMessages(
    id: SessionId,
    { limit, offset, maxBytes = Number.MAX_SAFE_INTEGER }: Page & { readonly maxBytes?: number },
  ): Promise<{ messages: readonly Message[]; total: number }> {
    const messages = this.#sql.listMessages.page(maxBytes, id, limit, offset).rows.map(messageOfRow)
    return { messages, total: numberOf(this.#sql.countSessionMessages.get(id), 'count') }
  }

  /** One snapshot for messages and cursor: a turn that ends between two reads would otherwise stand in both, or in neither. */
  async readTranscript(query: {
    readonly sessionId: SessionId
    readonly limit: number
    readonly before: MessageId | undefined
    readonly maxBytes?: number
  }): Promise<TranscriptPage | undefined> {
    this.#reader.read(() => this.#reader.database.exec('BEGIN'))
    try {
      const head = this.#sql.selectHead.get(query.sessionId)
      if (!head) return undefined
      const { before = Number.MAX_SAFE_INTEGER, maxBytes = Number.MAX_SAFE_INTEGER } = query
      const { rows, isCut } = this.#sql.listSettledBefore.page(maxBytes, query.sessionId, before, query.limit + 1)
      const activeSeq = head.active_first_seq
      return {
        messages: rows.slice(0, query.limit).map(messageOfRow).reverse(),
        hasMore: isCut || rows.length > query.limit,
        cursor: seqSchema.parse(typeof activeSeq === 'number' ? activeSeq - 1 : head.last_seq),
        activeTurnId: turnIdSchema.nullable().parse(head.active_turn),
      }
    } finally {
      this.#reader.database.exec('COMMIT')
    }
  }

  async readMessageImages(id: MessageId): Promise<readonly MessageImage[]> {
    return this.#sql.selectImages.all(id).map((row) => messageImageSchema.parse(row))
  }

  async readSessionImages(id: SessionId): Promise<readonly MessageImage[]> {
    return this.#sql.selectSessionImages.all(id).map((row) => messageImageSchema.parse(row))
  }

  async countRows(): Promise<{ sessions: number; messages: number }> {
    return {
      sessions: numberOf(this.#sql.countSessions.get(), 'count'),
      messages: numberOf(this.#sql.countMessages.get(), 'count'),
    }
  }
}

function sessionOf(result: WriteResult): SessionRecord | undefined {
  if (result.kind === 'session') return result.session
  return result.kind === 'not_found' ? undefined : unexpectedResult(result)
}

function prepareReads(reader: Reader) {
  const prepare = (sql: string): ReadStatement => reader.prepare(sql)
  const ofSession = 'session = (SELECT key FROM session WHERE id = ?1)'
  return {
    selectSession: prepare(`SELECT ${SESSION_COLUMNS} FROM session WHERE id = ?`),
    listSessions: prepare(`SELECT ${SESSION_COLUMNS} FROM session
      ORDER BY pinned_at IS NULL, updated_at DESC, key DESC LIMIT ? OFFSET ?`),
    countSessions: prepare(`SELECT value AS count FROM counter WHERE name = 'sessions'`),
    listMessages: prepare(`SELECT ${MESSAGE_COLUMNS} FROM message WHERE ${ofSession} AND aside IS NULL
      ORDER BY id LIMIT ?2 OFFSET ?3`),
    countSessionMessages: prepare('SELECT coalesce(max(message_count), 0) AS count FROM session WHERE id = ?'),
    countMessages: prepare(`SELECT value AS count FROM counter WHERE name = 'shown messages'`),
    selectImages: prepare(SELECT_MESSAGE_IMAGES),
    selectSessionImages: prepare(`SELECT image_id, media_type FROM message_image
      WHERE message IN (SELECT id FROM message WHERE ${ofSession})
      UNION SELECT value ->> 'image_id', value ->> 'media_type'
      FROM queued_message, json_each(queued_message.images) WHERE ${ofSession}`),
    selectHead: prepare(`SELECT last_seq, active_turn, first_seq AS active_first_seq
      FROM head LEFT JOIN turn ON turn.id = active_turn
      WHERE head.session = (SELECT key FROM session WHERE id = ?)`),
    listSettledBefore: prepare(`SELECT ${MESSAGE_COLUMNS} FROM message WHERE ${ofSession} AND id < ?2 AND aside IS NULL
      AND (turn IS NULL OR turn IS NOT (SELECT active_turn FROM head WHERE ${ofSession}))
      ORDER BY id DESC LIMIT ?3`),
  }
}
