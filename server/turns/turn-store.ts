import type { SessionEvent } from '../../protocol/entry.ts'
import type { Epoch, MessageId, Seq, SessionId, TurnId } from '../../protocol/ids.ts'
import type { MessageImage } from '../../protocol/image.ts'
import type { Step } from '../../protocol/message.ts'
import type { Holder, TurnOutcome, TurnUsage } from '../../protocol/turn.ts'
import type { Fence } from './fence.ts'
import type { Idempotency } from './idempotency.ts'
import type { MessageQueue, QueueChange, QueueDecision, QueuedMessage } from './message-queue.ts'
import type { StoredEntry } from './stored-entry.ts'

/**
 * What the turn engine needs of a database. Every method that writes resolves after its commit (R3) and is one
 * transaction: it happens whole or not at all. Expected refusals are answers; a database that cannot write rejects with
 * `StorageError`.
 */
export interface TurnStore {
  /** Takes the session if nobody has it: epoch + 1, turn, user message and `turn.started`, or nothing at all (I1, I4). */
  claimTurn(claim: TurnClaim): Promise<ClaimResult>

  /**
   * Appends under the fence. `take` is called once, when the commit that will carry the events begins, so that everything
   * gathered until then goes into one write (D3).
   */
  append(fence: Fence, take: () => readonly SessionEvent[]): Promise<AppendResult>

  /**
   * Writes `turn.phase_changed: stopping`, durably, while the turn is active and has this owner. From then on it can only end
   * `cancelled` (I11). A stop that names an owner before a take-over is not recorded, because the new one would not hear of it.
   */
  recordStop(turn: Fence): Promise<StopResult>

  /**
   * The final events, the assistant's message and the release of the session (R14). `end` is called when the commit begins.
   * In the same transaction the queue is paused by an end that is not `completed`, and its next message starts under the
   * worker that `goOnAs` names: no foreign send comes between, and no crash loses it.
   */
  endTurn(fence: Fence, end: () => TurnEnd, goOnAs?: () => string | null): Promise<EndResult>

  /**
   * Ends the turn of `fence` and claims the session for another turn, in one transaction (D4): a new one, or that of a
   * queued message, which then waits no more. A stale fence claims nothing.
   */
  replaceTurn(fence: Fence, end: () => TurnEnd, claim: TurnClaim | QueuedClaim): Promise<ReplaceResult>

  /** Lets a message wait for the end of the session's active turn, or writes nothing. */
  queueTurn(claim: TurnClaim): Promise<QueueTurnResult>

  /** Starts the queued message that `claim` names, or without a name the one that is due, if the session is free. */
  claimQueued(claim: DueClaim | QueuedClaim): Promise<ClaimQueuedResult>

  changeQueue(sessionId: SessionId, change: QueueChange): Promise<ChangeQueueResult>

  /**
   * Cancels whatever the send with this key has come to: its turn is stopped, its queued message is removed. Where there
   * is no turn, a later send with the key is refused: the session's newest {@link MAX_CANCELLED_SENDS} are remembered.
   */
  cancelSend(sessionId: SessionId, key: string): Promise<CancelSendResult>

  /**
   * Shows the alternative of the question `messageId` with all that followed it, and puts aside what stood in its place, in
   * one transaction.
   */
  showAlternative(choice: { readonly sessionId: SessionId; readonly messageId: MessageId }): Promise<ShowResult>

  /** Makes a living worker the owner of a turn whose own is dead: epoch + 1, and `events` under it (D6). */
  takeOverTurn(orphan: Fence, takeOver: TakeOver): Promise<TakeOverResult>

  /** Ends a turn whose owner is dead, under a new epoch, in one transaction. */
  endOrphan(orphan: Fence, end: TurnEnd): Promise<EndResult>

  /** The fences of the active turns that `workerId` does not own, the oldest turn first. Reads nothing that could be damaged. */
  readOrphans(workerId: string): Promise<readonly Fence[]>
  /** All that a turn has logged, deltas that nothing has replaced among it, in the order of the seqs. */
  readTurnEntries(turn: TurnRef): Promise<readonly StoredEntry[]>

  sessionExists(sessionId: SessionId): Promise<boolean>
  readTurn(turnId: TurnId): Promise<TurnRecord | undefined>
  /** What the send with this key has come to in this session. */
  readSend(sessionId: SessionId, key: string): Promise<EarlierSend | undefined>
  /** Empty for a session in which nothing ever waited, and for an unknown one. */
  readQueue(sessionId: SessionId): Promise<MessageQueue>
  /** Every queue in which something waits. */
  readQueues(): Promise<readonly MessageQueue[]>
  /** The question that `messageId` is, or answers. Undefined where it is not shown in this session, or its question is gone. */
  readQuestion(sessionId: SessionId, messageId: MessageId): Promise<Question | undefined>
  /** Seq of the last committed entry; undefined for an unknown session. */
  readLastSeq(sessionId: SessionId): Promise<Seq | undefined>
  /** Lasting entries after `cursor`, oldest first, none past `upTo`. Deltas of unfinished steps are not among them (D7). */
  readEntries(range: EntryRange): Promise<readonly StoredEntry[]>

  /**
   * Calls `listener` with each commit's entries, session by session, in the order of their seqs, before the promises of
   * their writers resolve. One listener; the engine.
   */
  onCommitted(listener: (sessionId: SessionId, entries: readonly StoredEntry[]) => void): void

  /** Calls `listener` with each queue that a commit has changed, before it is called with the entries of that write. */
  onQueueChanged(listener: (queue: MessageQueue) => void): void
}

/** How many cancelled sends of a session are remembered by their keys (R15). */
export const MAX_CANCELLED_SENDS = 256

export interface EntryRange {
  readonly sessionId: SessionId
  readonly cursor: Seq
  readonly upTo: Seq | undefined
  readonly limit: number
  /** Fewer entries where they are longer than this, and at least one (R15). Without it only `limit` counts. */
  readonly maxBytes?: number
}

export interface TurnRef {
  readonly sessionId: SessionId
  readonly turnId: TurnId
}

export interface TurnClaim extends TurnRef {
  readonly workerId: string
  readonly message: string
  /** Undefined: those of the question that is replaced, or none. */
  readonly images?: readonly MessageImage[] | undefined
  readonly holder: Holder
  /** The client's own random name, by which a refusal can say "this is you". Never shown to others. */
  readonly clientId: string | null
  readonly idempotency?: Idempotency | undefined
  /** The question whose turn is put aside, with all below it, to make room for this one. */
  readonly replaces?: MessageId | undefined
  /** The cursor of the client's view. History that has settled past it is a refusal. */
  readonly expectedSeq?: Seq | undefined
}

/** A user's message, as what it asks. */
export interface Question {
  readonly messageId: MessageId
  readonly content: string
}

/** A claim for the message that waits under the id of its turn. */
export interface QueuedClaim extends TurnRef {
  readonly workerId: string
}

/** A claim for the next message of a queue that is not paused. */
export interface DueClaim {
  readonly sessionId: SessionId
  readonly workerId: string
}

/** A turn as its row has it. `outcome` is null while it is active. */
export interface TurnRecord extends TurnRef {
  readonly epoch: Epoch
  readonly userMessageId: MessageId
  readonly assistantMessageId: MessageId
  readonly holder: Holder
  readonly clientId: string | null
  readonly idempotency: Idempotency | null
  readonly firstSeq: Seq
  readonly startedAt: number
  readonly stopRequested: boolean
  readonly endedAt: number | null
  readonly outcome: TurnOutcome | null
}

export interface TakeOver {
  readonly workerId: string
  /** Written in the same transaction, the first entries of the new epoch. */
  readonly events: readonly SessionEvent[]
}

/** `events` close what is open and end with `turn.ended`; the rest is the assistant's message. */
export interface TurnEnd {
  readonly outcome: TurnOutcome
  readonly events: readonly SessionEvent[]
  readonly content: string
  readonly steps: readonly Step[]
  readonly usage: TurnUsage | null
}

export type ClaimResult =
  | { readonly status: 'claimed'; readonly turn: TurnRecord }
  | { readonly status: 'turn_active'; readonly turn: TurnRecord }
  /** The claim's idempotency key was used before. Nothing was written. */
  | { readonly status: 'repeated'; readonly earlier: EarlierSend }
  /** History up to `settledSeq` has settled, and the client has not seen all of it. Nothing was written. */
  | { readonly status: 'stale_view'; readonly settledSeq: Seq }
  | { readonly status: 'session_not_found' }
  /** The question to be replaced is not shown in this session. Nothing was written. */
  | { readonly status: 'message_not_found' }

export type ShowResult =
  /** `messageIds` came back; none where it was shown already. */
  | { readonly status: 'shown'; readonly messageIds: readonly MessageId[] }
  /** History may not change under a running turn (F14). */
  | { readonly status: 'turn_active'; readonly turn: TurnRecord }
  | { readonly status: 'session_not_found' }
  /** It is no question of this session, or one whose place is itself put aside. */
  | { readonly status: 'message_not_found' }

/** What became of a send (I12). */
export type EarlierSend =
  | { readonly status: 'started'; readonly turn: TurnRecord }
  | { readonly status: 'queued'; readonly message: QueuedMessage }
  | { readonly status: 'cancelled' }

/** A turn that a queued message has started. */
export interface StartedTurn {
  readonly turn: TurnRecord
  readonly message: string
}

export type AppendResult = { readonly status: 'appended' } | { readonly status: 'stale' }

/** `not_active`: the turn has ended, has another owner, or its stop is recorded already. */
export type StopResult = { readonly status: 'recorded' } | { readonly status: 'not_active' }

export type EndResult =
  | { readonly status: 'ended'; readonly next: StartedTurn | null }
  | { readonly status: 'stale' }
  /** A stop was recorded first, and the end that was asked for is not `cancelled`. Nothing was written. */
  | { readonly status: 'stop_requested' }

export type TakeOverResult =
  /** `stopRequested`: as it stands now, whatever it was when the turn was read. */
  | { readonly status: 'taken_over'; readonly fence: Fence; readonly stopRequested: boolean }
  /** The turn has ended, or somebody else was faster. Nothing was written. */
  | { readonly status: 'stale' }

export type ReplaceResult =
  | Extract<ClaimResult, { status: 'repeated' | 'stale_view' | 'message_not_found' }>
  | { readonly status: 'started'; readonly started: StartedTurn }
  | { readonly status: 'stale' }
  | { readonly status: 'not_queued' }

export type QueueTurnResult =
  | { readonly status: 'queued'; readonly message: QueuedMessage }
  /** The session is free: there is nothing to wait for. */
  | { readonly status: 'not_active' }
  | { readonly status: 'queue_full' }
  | Extract<ClaimResult, { status: 'repeated' | 'stale_view' | 'session_not_found' }>

export type ClaimQueuedResult =
  | { readonly status: 'started'; readonly started: StartedTurn }
  | { readonly status: 'turn_active' | 'not_queued' }

export type ChangeQueueResult = QueueDecision | { readonly status: 'session_not_found' }

export type CancelSendResult =
  | { readonly status: 'cancelled'; readonly turn: TurnRecord | null }
  | { readonly status: 'session_not_found' }

/** The database could not write or read. `retryable`: the same call may succeed later; otherwise only a restart helps (R16). */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code: 'storage_full' | 'storage_busy' | 'storage_failed'

  constructor(code: StorageError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  get retryable(): boolean {
    return this.code !== 'storage_failed'
  }
}
