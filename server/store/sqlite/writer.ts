import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SessionId } from '../../../protocol/ids.ts'
import type { Ballast } from '../ballast.ts'
import { Checkpointer } from './checkpointer.ts'
import { DISK_FULL, DiskRoom, endsOrMakesRoom } from './disk-room.ts'
import { QueueTable } from './queue-table.ts'
import { QueueWrites, sessionOfQueueOp } from './queue-writes.ts'
import { SessionKeys } from './session-keys.ts'
import { SessionWrites } from './session-writes.ts'
import { SettingWrites } from './setting-writes.ts'
import { failureOf, isBusy, isFull, leavesDoubt } from './sqlite-failure.ts'
import { sessionOfTurnOp, TurnWrites } from './turn-writes.ts'
import { WordIndexWrites } from './word-index-writes.ts'
import type { BatchReply, WriteBatch, WriteFailure, WriteOp, WriteResult } from './write-op.ts'

/** Owns the one connection that writes and answers each batch with one transaction (D3). */
export class Writer {
  readonly #database: DatabaseSync
  readonly #keys: SessionKeys
  readonly #turns: TurnWrites
  readonly #queues: QueueWrites
  readonly #sessions: SessionWrites
  readonly #settings: SettingWrites
  readonly #words: WordIndexWrites
  readonly #checkpointer: Checkpointer
  readonly #room: DiskRoom
  readonly #probe: readonly StatementSync[]
  /** The write after which nothing is written any more. */
  #doubt: WriteFailure | null = null

  /** Takes the connection over and closes it in the end. `wasFull`: the start has found no room, and given the ballast back. */
  constructor(database: DatabaseSync, ballast: Ballast | null = null, wasFull = false) {
    this.#database = database
    this.#checkpointer = new Checkpointer(database)
    this.#room = new DiskRoom(ballast, wasFull)
    // two statements that change something: SQLite spares itself the write of a row that stays as it is
    this.#probe = [1, -1].map((by) =>
      database.prepare(`UPDATE counter SET value = value + ${by} WHERE name = 'message'`),
    )
    this.#keys = new SessionKeys(database)
    const queues = new QueueTable(database)
    this.#turns = new TurnWrites(database, { keys: this.#keys, queues })
    this.#queues = new QueueWrites({ keys: this.#keys, turns: this.#turns, queues })
    this.#sessions = new SessionWrites(database, { keys: this.#keys, turns: this.#turns })
    this.#settings = new SettingWrites(database)
    this.#words = new WordIndexWrites(database)
  }

  commit(batch: WriteBatch): BatchReply {
    const reply = this.#doubt ? refuseAll(batch.ops, this.#doubt) : this.#write(batch)
    // On a full disk a copy that does not fit would use up what is kept for those who make room.
    if (!this.#doubt && !this.#room.isFull()) this.#checkpoint(() => this.#checkpointer.copyIfWorthIt())
    return reply
  }

  close(): void {
    this.#database.close()
  }

  #write(batch: WriteBatch): BatchReply {
    const { ops } = batch
    if (this.#room.isFull()) {
      this.#checkpoint(() => this.#giveJournalBack())
      return this.#doubt ? refuseAll(ops, this.#doubt) : this.#commitOneByOne(batch)
    }
    try {
      const results = this.#transaction(() => ops.map((op) => this.#apply(op, batch.at)))
      return results.map((result) => ({ ok: true, result }))
    } catch (error) {
      const failure = this.#note(error)
      // Where another program holds the database no write is to blame, and each one more would wait for it again (F36).
      if (isBusy(failure) || this.#doubt || (ops.length === 1 && !isFull(failure))) return refuseAll(ops, failure)
      return this.#commitOneByOne(batch)
    }
  }

  /** One bad write must not take the others down with it. Within a session nothing overtakes a write that failed. */
  #commitOneByOne({ ops, at }: WriteBatch): BatchReply {
    const failed = new Map<SessionId | null, WriteFailure>()
    return ops.map((op) => {
      const sessionId = sessionOf(op)
      const failure = this.#doubt ?? failed.get(sessionId) ?? (this.#mayTry(op) ? undefined : DISK_FULL)
      const answer = failure ? { ok: false as const, failure } : this.#commitOne(op, at)
      if (!answer.ok) failed.set(sessionId, answer.failure)
      return answer
    })
  }

  #commitOne(op: WriteOp, at: number): BatchReply[number] {
    try {
      return { ok: true, result: this.#transaction(() => this.#apply(op, at)) }
    } catch (error) {
      return { ok: false, failure: this.#note(error) }
    }
  }

  #mayTry(op: WriteOp): boolean {
    return endsOrMakesRoom(op) || !this.#room.isFull()
  }

  /** What a failure means to the writes after it. */
  #note(error: unknown): WriteFailure {
    const failure = failureOf(error)
    if (leavesDoubt(failure)) this.#doubt = failure
    if (isFull(failure)) this.#room.noteFull()
    return failure
  }

  /** The journal keeps the length that it once had: that may be all the room that is missing. */
  #giveJournalBack(): void {
    if (this.#room.fits(this.#checkpointer.growthBytes())) this.#checkpointer.empty()
  }

  #checkpoint(copy: () => void): void {
    try {
      copy()
    } catch (error) {
      this.#note(error)
    }
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
      case 'probe':
        for (const statement of this.#probe) statement.run()
        return { kind: 'probed' }
      case 'fill_words':
        return this.#words.fill()
      case 'create_session':
      case 'update_session':
      case 'delete_session':
      case 'delete_all_sessions':
      case 'pin_session':
      case 'branch_session':
      case 'remove_messages':
        return this.#sessions.apply(op, at)
      case 'write_settings':
        return this.#settings.apply(op, at)
      case 'queue_turn':
      case 'claim_queued':
      case 'change_queue':
      case 'cancel_send':
        return this.#queues.apply(op, at)
      default:
        return this.#turns.apply(op, at)
    }
  }
}

function refuseAll(ops: readonly WriteOp[], failure: WriteFailure): BatchReply {
  return ops.map(() => ({ ok: false, failure }))
}

/** Whose order a write keeps; null for a write of no session. */
function sessionOf(op: WriteOp): SessionId | null {
  switch (op.kind) {
    case 'probe':
    case 'fill_words':
    case 'write_settings':
    case 'delete_all_sessions':
      return null
    case 'create_session':
    case 'update_session':
    case 'delete_session':
    case 'pin_session':
      return op.id
    case 'branch_session':
      return op.branch.id
    case 'remove_messages':
      return op.removal.sessionId
    case 'queue_turn':
    case 'claim_queued':
    case 'change_queue':
    case 'cancel_send':
      return sessionOfQueueOp(op)
    default:
      return sessionOfTurnOp(op)
  }
}
