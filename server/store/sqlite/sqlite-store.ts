import type { DatabaseSync } from 'node:sqlite'
import type { Epoch, Seq, SessionId } from '../../../protocol/ids.ts'
import type { Clock } from '../../lib/clock.ts'
import type { StoredEntry } from '../../turns/stored-entry.ts'
import { GroupCommit, type OpOutcome } from '../group-commit.ts'
import { migrate, openForReading } from './database.ts'
import { SqliteSessionStore } from './session-store.ts'
import { SqliteSettingStore } from './setting-store.ts'
import type { CommitListener, Submit } from './submit.ts'
import { SqliteTurnStore } from './turn-store.ts'
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
import { storageErrorOf, WriterThread } from './writer-thread.ts'

/** At least this long between the starts of two commits (D3): measured best between added latency and cost per token. */
const COMMIT_GAP_MS = 5

/** How one commit went. `error`: why nothing of it was written. */
export interface CommitReport {
  readonly durationMs: number
  readonly error: Error | undefined
}

export interface SqliteStoreOptions {
  /** Dates the entries. */
  readonly wallClock: Clock
  /** Spaces the commits; real time also where a test moves the other by hand. */
  readonly pace: Clock
  readonly onCommit?: (report: CommitReport) => void
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

  /** Takes both connections over and closes them in the end. */
  constructor(parts: SqliteStoreOptions & { readonly writer: BatchWriter; readonly reader: DatabaseSync }) {
    this.#writer = parts.writer
    this.#reader = parts.reader
    let listener: CommitListener = () => undefined
    let at = 0
    this.#commits = new GroupCommit({
      clock: parts.pace,
      gapMs: COMMIT_GAP_MS,
      commit: async (ops) => {
        at = parts.wallClock.nowMs()
        return await reported(parts, async () => {
          const reply = await parts.writer.commit({ at, ops })
          return reply.map((one) => (one.ok ? one : { ok: false, error: storageErrorOf(one.failure) }))
        })
      },
      deliver: (op, result) => {
        for (const { sessionId, entries } of entriesOf(op, result, at)) listener(sessionId, entries)
      },
    })
    const submit: Submit = (prepare) => this.#commits.submit(prepare)
    this.turns = new SqliteTurnStore({ reader: this.#reader, submit, listen: (next) => (listener = next) })
    this.sessions = new SqliteSessionStore({ reader: this.#reader, submit })
    this.settings = new SqliteSettingStore({ reader: this.#reader, submit })
  }

  /** Opens, and where needed creates or migrates, the database at `path`, with its writer in a thread of its own. */
  static async open({ path, ...options }: SqliteStoreOptions & { readonly path: string }): Promise<SqliteStore> {
    migrate(path)
    const writer = await WriterThread.start(path)
    return new SqliteStore({ ...options, writer, reader: openForReading(path) })
  }

  /** Waits for what has been submitted, then closes both connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commits.drained()
    await this.#writer.close()
    this.#reader.close()
  }
}

/** The outcomes of a commit, whose time and failure are told first. */
async function reported(
  { pace, onCommit }: SqliteStoreOptions,
  commit: () => Promise<readonly OpOutcome<WriteResult>[]>,
): Promise<readonly OpOutcome<WriteResult>[]> {
  const startedMs = pace.monotonicMs()
  const tell = (error: Error | undefined) => onCommit?.({ durationMs: pace.monotonicMs() - startedMs, error })
  try {
    const outcomes = await commit()
    const first = outcomes[0]
    const wroteNothing = outcomes.every((outcome) => !outcome.ok)
    tell(wroteNothing && first?.ok === false ? first.error : undefined)
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
      return startedEntries(op.claim, result, at)
    case 'append':
      return result.kind === 'written' ? [placed(op.fence, op.events, { ...result, at })] : []
    case 'end':
      return result.kind === 'written' ? [placed(op.fence, op.end.events, { ...result, at })] : []
    case 'record_stop':
      return result.kind === 'written' ? [placed(op.turn, [STOPPING], { ...result, at })] : []
    case 'replace':
      if (result.kind !== 'replaced') return []
      return [placed(op.fence, op.end.events, { ...result, at }), ...startedEntries(op.claim, result.claimed, at)]
    case 'show_alternative': {
      if (result.kind !== 'shown' || !result.written) return []
      return [placed({ sessionId: op.sessionId, turnId: null }, result.written.events, { ...result.written, at })]
    }
    case 'branch_session': {
      if (result.kind !== 'session' || !result.copied) return []
      const { firstSeq, events } = result.copied
      return [placed({ sessionId: op.branch.id, turnId: null }, events, { firstSeq, epoch: 0 as Epoch, at })]
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
function startedEntries(
  claim: Extract<WriteOp, { kind: 'claim' }>['claim'],
  result: ClaimedResult,
  at: number,
): SessionEntries[] {
  const { turn, replaced } = result
  const started = placed(claim, [startedEvent(claim, result)], { firstSeq: turn.firstSeq, epoch: turn.epoch, at })
  if (!replaced) return [started]
  const before = { firstSeq: (turn.firstSeq - 1) as Seq, epoch: (turn.epoch - 1) as Epoch, at }
  return [placed({ sessionId: claim.sessionId, turnId: null }, [removedEvent(replaced.messageIds)], before), started]
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
