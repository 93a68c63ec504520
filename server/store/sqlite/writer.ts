import type { DatabaseSync } from 'node:sqlite'
import type { SessionId } from '../../../protocol/ids.ts'
import { SessionKeys } from './session-keys.ts'
import { SessionWrites } from './session-writes.ts'
import { SettingWrites } from './setting-writes.ts'
import { sessionOfTurnOp, TurnWrites } from './turn-writes.ts'
import {
  type BatchReply,
  isBusy,
  leavesDoubt,
  type WriteBatch,
  type WriteFailure,
  type WriteOp,
  type WriteResult,
} from './write-op.ts'

/** Owns the one connection that writes and answers each batch with one transaction (D3). */
export class Writer {
  readonly #database: DatabaseSync
  readonly #keys: SessionKeys
  readonly #turns: TurnWrites
  readonly #sessions: SessionWrites
  readonly #settings: SettingWrites
  /** The write after which nothing is written any more. */
  #doubt: WriteFailure | null = null

  /** Takes the connection over and closes it in the end. */
  constructor(database: DatabaseSync) {
    this.#database = database
    this.#keys = new SessionKeys(database)
    this.#turns = new TurnWrites(database, this.#keys)
    this.#sessions = new SessionWrites(database, { keys: this.#keys, turns: this.#turns })
    this.#settings = new SettingWrites(database)
  }

  commit(batch: WriteBatch): BatchReply {
    const { ops } = batch
    if (this.#doubt) return refuseAll(ops, this.#doubt)
    try {
      const results = this.#transaction(() => batch.ops.map((op) => this.#apply(op, batch.at)))
      return results.map((result) => ({ ok: true, result }))
    } catch (error) {
      const failure = failureOf(error)
      // Where another program holds the database no write is to blame, and each one more would wait for it again (F36).
      if (leavesDoubt(failure)) this.#doubt = failure
      if (ops.length === 1 || isBusy(failure) || this.#doubt) return refuseAll(ops, failure)
      return this.#commitOneByOne(batch)
    }
  }

  close(): void {
    this.#database.close()
  }

  /** One bad write must not take the others down with it. Within a session nothing overtakes a write that failed. */
  #commitOneByOne({ ops, at }: WriteBatch): BatchReply {
    const failed = new Map<SessionId | null, WriteFailure>()
    return ops.map((op) => {
      const sessionId = sessionOf(op)
      const earlier = this.#doubt ?? failed.get(sessionId)
      if (earlier) return { ok: false, failure: earlier }
      try {
        return { ok: true, result: this.#transaction(() => this.#apply(op, at)) }
      } catch (error) {
        const failure = failureOf(error)
        if (leavesDoubt(failure)) this.#doubt = failure
        failed.set(sessionId, failure)
        return { ok: false, failure }
      }
    })
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#turns.trimLive()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      this.#keys.forgetAll()
      this.#turns.forget()
      throw error
    }
  }

  #apply(op: WriteOp, at: number): WriteResult {
    switch (op.kind) {
      case 'create_session':
      case 'update_session':
      case 'delete_session':
      case 'branch_session':
      case 'remove_messages':
        return this.#sessions.apply(op, at)
      case 'write_settings':
        return this.#settings.apply(op, at)
      default:
        return this.#turns.apply(op, at)
    }
  }
}

function refuseAll(ops: readonly WriteOp[], failure: WriteFailure): BatchReply {
  return ops.map(() => ({ ok: false, failure }))
}

/** Null for what belongs to no session. */
function sessionOf(op: WriteOp): SessionId | null {
  switch (op.kind) {
    case 'create_session':
    case 'update_session':
    case 'delete_session':
      return op.id
    case 'branch_session':
      return op.branch.id
    case 'remove_messages':
      return op.removal.sessionId
    case 'write_settings':
      return null
    default:
      return sessionOfTurnOp(op)
  }
}

function failureOf(error: unknown): WriteFailure {
  const message = error instanceof Error ? error.message : String(error)
  const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : null
  return { message, errcode }
}
