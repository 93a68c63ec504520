import type { DatabaseSync } from 'node:sqlite'
import type { Epoch, Seq, SessionId } from '../../../protocol/ids.ts'
import type { Clock } from '../../lib/clock.ts'
import type { StoredEntry } from '../../turns/stored-entry.ts'
import { StorageError } from '../../turns/turn-store.ts'
import { Ballast } from '../ballast.ts'
import { GroupCommit, type OpOutcome } from '../group-commit.ts'
import { migrate, openForReading } from './database.ts'
import { endsOrMakesRoom } from './disk-room.ts'
import { Reader } from './reader.ts'
import { SqliteSessionStore } from './session-store.ts'
import { SqliteSettingStore } from './setting-store.ts'
import { leavesDoubt, storageErrorOf } from './sqlite-failure.ts'
import type { CommitListener, QueueListener, Submit } from './submit.ts'
import { SqliteTurnStore } from './turn-store.ts'
import { fillWordIndex } from './word-index-filling.ts'
import {
  type BatchReply,
  type ClaimedResult,
  type EncodedEvent,
  removedEvent,
  STOPPING,
  startedEvent,
  type WriteBatch,
  type WriteOp,
  type WriteResult,
} from './write-op.ts'
import { WriterThread } from './writer-thread.ts'

/** At least this long between the starts of two commits (D3): measured best between added latency and cost per token. */
const COMMIT_GAP_MS = 5

/** How one commit went. `error`: why nothing of it was written, or that the disk is full. */
export interface CommitReport {
  readonly durationMs: number
  readonly error: Error | undefined
  /** All of it may use what is kept for a full disk: that it was written does not say that there is room. */
  readonly mayUseReserve: boolean
}

export interface SqliteStoreOptions {
  /** Dates the entries. */
  readonly wallClock: Clock
  /** Spaces the commits; real time also where a test moves the other by hand. */
  readonly pace: Clock
  readonly onCommit?: (report: CommitReport) => void
  /** Hears once of a failure after which nothing is written any more (R16). */
  readonly onDamage?: (error: StorageError) => void
}

export interface SqliteFileOptions extends SqliteStoreOptions {
  readonly path: string
  /** The file of the reserve for a full disk; null for none. */
  readonly ballast?: string | null
}

/** Answers each batch with one transaction, one batch at a time. */
export interface BatchWriter {
  commit(batch: WriteBatch): Promise<BatchReply>
  close(): Promise<void>
}

/** A writer, a connection that reads what it has committed, and the stores that share both. */
export class SqliteStore {
  readonly turns: SqliteTurnStore
  readonly sessions: SqliteSessionStore
  readonly settings: SqliteSettingStore
  readonly #writer: BatchWriter
  readonly #commits: GroupCommit<WriteOp, WriteResult>
  readonly #reader: DatabaseSync
  readonly #onDamage: ((error: StorageError) => void) | undefined
  readonly #closing = new AbortController()
  #filling: Promise<void> | undefined
  #damage: StorageError | null = null

  /** Takes both connections over and closes them in the end. */
  constructor(parts: SqliteStoreOptions & { readonly writer: BatchWriter; readonly reader: DatabaseSync }) {
    this.#writer = parts.writer
    this.#reader = parts.reader
    this.#onDamage = parts.onDamage
    let listener: CommitListener = () => undefined
    let queueListener: QueueListener = () => undefined
    let at = 0
    this.#commits = new GroupCommit({
      clock: parts.pace,
      gapMs: COMMIT_GAP_MS,
      commit: async (ops) => {
        at = parts.wallClock.nowMs()
        return await reported(parts, ops, async () => {
          const reply = await parts.writer.commit({ at, ops })
          for (const one of reply)
            if (!one.ok && leavesDoubt(one.failure)) this.#noteDamage(storageErrorOf(one.failure))
          return reply.map((one) => (one.ok ? one : { ok: false, error: storageErrorOf(one.failure) }))
        })
      },
      deliver: (op, result) => {
        if ('queue' in result && result.queue) queueListener(result.queue)
        for (const { sessionId, entries } of entriesOf(op, result, at)) listener(sessionId, entries)
      },
    })
    const reader = new Reader(this.#reader, (error) => this.#noteDamage(error))
    const submit: Submit = (prepare) => this.#submit(prepare)
    this.turns = new SqliteTurnStore({
      reader,
      submit,
      listen: (next) => (listener = next),
      listenToQueues: (next) => (queueListener = next),
    })
    this.sessions = new SqliteSessionStore({ reader, submit })
    this.settings = new SqliteSettingStore({ reader, submit })
  }

  /**
   * Opens, and where needed creates or migrates, the database at `path`, with its writer in a thread of its own. Throws
   * `DatabaseRefusedError` or `SchemaTooNewError` where the files are not what this program can go on with.
   */
  static async open({ path, ballast = null, ...options }: SqliteFileOptions): Promise<SqliteStore> {
    const wasFull = ballast !== null && new Ballast(ballast).releaseIfFull() // opening takes a little room as well
    migrate(path)
    const writer = await WriterThread.start({ database: path, ballast, wasFull })
    const store = new SqliteStore({ ...options, writer, reader: openForReading(path) })
    store.#fillWords(options.pace)
    return store
  }

  /** Writes a row as it is. Rejects with the `StorageError` that any write would meet now. */
  async probe(): Promise<void> {
    await this.#submit(() => ({ kind: 'probe' }))
  }

  /**
   * Waits for what has been submitted, then closes both connections. The writer, closed last, copies its journal into the
   * database. In doubt it is closed first and copies nothing, because the reader still has the file open (R16).
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#filling
    await this.#commits.drained()
    if (!this.#damage) this.#reader.close()
    await this.#writer.close()
    if (this.#damage) this.#reader.close()
  }

  #submit(prepare: () => WriteOp): Promise<WriteResult> {
    return this.#damage ? Promise.reject(this.#damage) : this.#commits.submit(prepare)
  }

  /** Where there is something to fill: nearly every start writes nothing for it. */
  #fillWords(clock: Clock): void {
    const missing = this.#reader.prepare('SELECT 1 FROM word_index WHERE missing_up_to > 0').get()
    const submit: Submit = (prepare) => this.#submit(prepare)
    if (missing) this.#filling = fillWordIndex({ submit, clock, signal: this.#closing.signal })
  }

  #noteDamage(error: Error): void {
    if (this.#damage || !(error instanceof StorageError)) return
    this.#damage = error
    this.#onDamage?.(error)
  }
}

/** The outcomes of a commit, whose time and failure are told first. */
async function reported(
  { pace, onCommit }: SqliteStoreOptions,
  ops: readonly WriteOp[],
  commit: () => Promise<readonly OpOutcome<WriteResult>[]>,
): Promise<readonly OpOutcome<WriteResult>[]> {
  const startedMs = pace.monotonicMs()
  const mayUseReserve = ops.every(endsOrMakesRoom)
  const tell = (error: Error | undefined) =>
    onCommit?.({ durationMs: pace.monotonicMs() - startedMs, error, mayUseReserve })
  try {
    const outcomes = await commit()
    const errors = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]))
    const full = errors.find((error) => error instanceof StorageError && error.code === 'storage_full')
    tell(full ?? (errors.length === outcomes.length ? errors[0] : undefined))
    return outcomes
  } catch (error) {
    tell(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

interface SessionEntries {
  readonly sessionId: SessionId
  readonly entries: readonly StoredEntry[]
}

/** The entries that a committed op has written, rebuilt from what was sent and the place that came back. */
function entriesOf(op: WriteOp, result: WriteResult, at: number): SessionEntries[] {
  switch (op.kind) {
    case 'claim':
      if (result.kind !== 'claim' || result.status !== 'claimed') return []
      return startedEntries(result, at)
    case 'append':
      return result.kind === 'written' ? [placed(op.fence, op.events, { ...result, at })] : []
    case 'end':
    case 'end_orphan':
      if (result.kind !== 'written' && result.kind !== 'queue_moved') return []
      return [
        placed(op.fence, op.end.events, { ...result, at }),
        ...('next' in result && result.next ? startedEntries(result.next, at) : []),
      ]
    case 'take_over':
      return result.kind === 'taken_over' ? [placed(op.fence, op.events, { ...result, at })] : []
    case 'record_stop':
      return result.kind === 'written' || result.kind === 'queue_moved'
        ? [placed(op.turn, [STOPPING], { ...result, at })]
        : []
    case 'cancel_send':
      if (result.kind !== 'send_cancelled' || !result.turn || !result.stop) return []
      return [placed(result.turn, [STOPPING], { ...result.stop, at })]
    case 'replace':
      if (result.kind !== 'replaced') return []
      return [placed(op.fence, op.end.events, { ...result, at }), ...startedEntries(result.claimed, at)]
    case 'claim_queued':
      return result.kind === 'started' ? startedEntries(result.started, at) : []
    case 'show_alternative': {
      if (result.kind !== 'shown' || !result.written) return []
      return [placed({ sessionId: op.sessionId, turnId: null }, result.written.events, { ...result.written, at })]
    }
    case 'create_session':
    case 'branch_session': {
      if (result.kind !== 'session' || !result.copied) return []
      const { firstSeq, events } = result.copied
      return [placed({ sessionId: result.session.id, turnId: null }, events, { firstSeq, epoch: 0 as Epoch, at })]
    }
    case 'remove_messages': {
      if (result.kind !== 'removed') return []
      const place = { firstSeq: result.seq, epoch: result.epoch, at }
      return [placed({ sessionId: op.removal.sessionId, turnId: null }, [removedEvent(result.messageIds)], place)]
    }
    default:
      return []
  }
}

/** A turn that takes the place of another is told after what it has put aside. */
function startedEntries(claimed: ClaimedResult, at: number): SessionEntries[] {
  const { turn, replaced } = claimed
  const started = placed(turn, [startedEvent(claimed)], { firstSeq: turn.firstSeq, epoch: turn.epoch, at })
  if (!replaced) return [started]
  const before = { firstSeq: (turn.firstSeq - 1) as Seq, epoch: (turn.epoch - 1) as Epoch, at }
  return [placed({ sessionId: turn.sessionId, turnId: null }, [removedEvent(replaced.messageIds)], before), started]
}

function placed(
  owner: { readonly sessionId: SessionId; readonly turnId: StoredEntry['turnId'] },
  events: readonly EncodedEvent[],
  place: { readonly firstSeq: Seq; readonly epoch: Epoch; readonly at: number },
): SessionEntries {
  const entries = events.map(({ type, data }, index) => ({
    seq: (place.firstSeq + index) as Seq,
    turnId: owner.turnId,
    epoch: place.epoch,
    at: place.at,
    type,
    data,
  }))
  return { sessionId: owner.sessionId, entries }
}
