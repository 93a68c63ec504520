import type { SessionEvent } from '../../../protocol/entry.ts'
import {
  type MessageId,
  messageIdSchema,
  type Seq,
  type SessionId,
  seqSchema,
  type TurnId,
} from '../../../protocol/ids.ts'
import type { Fence } from '../../turns/fence.ts'
import { emptyQueue, type MessageQueue, type QueueChange } from '../../turns/message-queue.ts'
import type { StoredEntry } from '../../turns/stored-entry.ts'
import type {
  AppendResult,
  CancelSendResult,
  ChangeQueueResult,
  ClaimQueuedResult,
  ClaimResult,
  DueClaim,
  EarlierSend,
  EndResult,
  EntryRange,
  Question,
  QueuedClaim,
  QueueTurnResult,
  ReplaceResult,
  ShowResult,
  StopResult,
  TakeOver,
  TakeOverResult,
  TurnClaim,
  TurnEnd,
  TurnRecord,
  TurnRef,
  TurnStore,
} from '../../turns/turn-store.ts'
import type { Reader, ReadStatement } from './reader.ts'
import {
  ENTRY_COLUMNS,
  entryOfRow,
  fenceOfRow,
  QUEUED_MESSAGE_COLUMNS,
  queuedMessageOfRow,
  queueOfRow,
  SELECT_QUEUE,
  SELECT_TURN,
  turnOfRow,
} from './rows.ts'
import { type CommitListener, type QueueListener, type Submit, unexpectedResult } from './submit.ts'
import { type EncodedEnd, encodeEvent, type WriteResult } from './write-op.ts'

export class SqliteTurnStore implements TurnStore {
  readonly #submit: Submit
  readonly #listen: (listener: CommitListener) => void
  readonly #listenToQueues: (listener: QueueListener) => void
  readonly #sql: ReturnType<typeof prepareReads>

  constructor(parts: {
    reader: Reader
    submit: Submit
    listen: (listener: CommitListener) => void
    listenToQueues: (listener: QueueListener) => void
  }) {
    this.#submit = parts.submit
    this.#listen = parts.listen
    this.#listenToQueues = parts.listenToQueues
    this.#sql = prepareReads(parts.reader)
  }

  onCommitted(listener: CommitListener): void {
    this.#listen(listener)
  }

  onQueueChanged(listener: QueueListener): void {
    this.#listenToQueues(listener)
  }

  async claimTurn(claim: TurnClaim): Promise<ClaimResult> {
    const result = await this.#submit(() => ({ kind: 'claim', claim }))
    return result.kind === 'claim' ? result : unexpectedResult(result)
  }

  async append(fence: Fence, take: () => readonly SessionEvent[]): Promise<AppendResult> {
    const result = await this.#submit(() => ({ kind: 'append', fence, events: take().map(encodeEvent) }))
    if (result.kind === 'written') return { status: 'appended' }
    return isStale(result) ? { status: 'stale' } : unexpectedResult(result)
  }

  async recordStop({ sessionId, turnId, epoch }: Fence): Promise<StopResult> {
    const result = await this.#submit(() => ({ kind: 'record_stop', turn: { sessionId, turnId, epoch } }))
    if (result.kind === 'written' || result.kind === 'queue_moved') return { status: 'recorded' }
    return isStale(result) ? { status: 'not_active' } : unexpectedResult(result)
  }

  async endTurn(fence: Fence, end: () => TurnEnd, goOnAs: () => string | null = () => null): Promise<EndResult> {
    const result = await this.#submit(() => ({ kind: 'end', fence, end: encodeEnd(end()), goOnAs: goOnAs() }))
    return endResultOf(result)
  }

  async replaceTurn(fence: Fence, end: () => TurnEnd, claim: TurnClaim | QueuedClaim): Promise<ReplaceResult> {
    const result = await this.#submit(() => ({ kind: 'replace', fence, end: encodeEnd(end()), claim }))
    if (result.kind === 'replaced') return { status: 'started', started: result.claimed }
    if (result.kind === 'not_queued') return { status: 'not_queued' }
    if (result.kind === 'claim') return refusalOf(result)
    return isStale(result) ? { status: 'stale' } : unexpectedResult(result)
  }

  async queueTurn(claim: TurnClaim): Promise<QueueTurnResult> {
    const result = await this.#submit(() => ({ kind: 'queue_turn', claim }))
    if (result.kind === 'queued') return { status: 'queued', message: result.message }
    if (result.kind === 'claim' && (result.status === 'repeated' || result.status === 'stale_view')) return result
    if (result.kind === 'queue_refused' && result.status === 'queue_full') return { status: result.status }
    if (result.kind === 'not_found') return { status: 'session_not_found' }
    return result.kind === 'not_written' ? { status: 'not_active' } : unexpectedResult(result)
  }

  async claimQueued(claim: DueClaim | QueuedClaim): Promise<ClaimQueuedResult> {
    const result = await this.#submit(() => ({ kind: 'claim_queued', claim }))
    if (result.kind === 'started') return { status: 'started', started: result.started }
    if (result.kind === 'not_queued' || result.kind === 'not_found') return { status: 'not_queued' }
    return result.kind === 'not_written' ? { status: 'turn_active' } : unexpectedResult(result)
  }

  async changeQueue(sessionId: SessionId, change: QueueChange): Promise<ChangeQueueResult> {
    const result = await this.#submit(() => ({ kind: 'change_queue', sessionId, change }))
    if (result.kind === 'queue') return { status: 'decided', queue: result.queue }
    if (result.kind === 'not_found') return { status: 'session_not_found' }
    if (result.kind === 'not_queued' && result.turnId !== null) return { status: 'not_queued', turnId: result.turnId }
    return result.kind === 'queue_refused' ? { status: result.status } : unexpectedResult(result)
  }

  async cancelSend(sessionId: SessionId, key: string): Promise<CancelSendResult> {
    const result = await this.#submit(() => ({ kind: 'cancel_send', sessionId, key }))
    if (result.kind === 'send_cancelled') return { status: 'cancelled', turn: result.turn }
    return result.kind === 'not_found' ? { status: 'session_not_found' } : unexpectedResult(result)
  }

  async showAlternative(choice: { sessionId: SessionId; messageId: MessageId }): Promise<ShowResult> {
    const result = await this.#submit(() => ({ kind: 'show_alternative', ...choice }))
    if (result.kind === 'shown') return { status: 'shown', messageIds: result.messageIds }
    if (result.kind === 'claim' && result.status === 'turn_active') return { status: 'turn_active', turn: result.turn }
    if (result.kind !== 'not_found') return unexpectedResult(result)
    return { status: result.what === 'session' ? 'session_not_found' : 'message_not_found' }
  }

  async takeOverTurn(orphan: Fence, { workerId, events }: TakeOver): Promise<TakeOverResult> {
    const encoded = events.map(encodeEvent)
    const result = await this.#submit(() => ({ kind: 'take_over', fence: orphan, workerId, events: encoded }))
    if (result.kind !== 'taken_over') return isStale(result) ? { status: 'stale' } : unexpectedResult(result)
    const { epoch, stopRequested } = result
    return { status: 'taken_over', fence: { ...orphan, epoch }, stopRequested }
  }

  async endOrphan(orphan: Fence, end: TurnEnd): Promise<EndResult> {
    const encoded = encodeEnd(end)
    return endResultOf(await this.#submit(() => ({ kind: 'end_orphan', fence: orphan, end: encoded })))
  }

  async readOrphans(workerId: string): Promise<readonly Fence[]> {
    return this.#sql.selectOrphans.all(workerId).map(fenceOfRow)
  }

  async readTurnEntries({ sessionId, turnId }: TurnRef): Promise<readonly StoredEntry[]> {
    return this.#sql.selectTurnEntries.all(sessionId, turnId).map(entryOfRow)
  }

  async sessionExists(sessionId: SessionId): Promise<boolean> {
    return this.#sql.sessionExists.get(sessionId) !== undefined
  }

  async readTurn(turnId: TurnId): Promise<TurnRecord | undefined> {
    const row = this.#sql.selectTurn.get(turnId)
    return row && turnOfRow(row)
  }

  async readSend(sessionId: SessionId, key: string): Promise<EarlierSend | undefined> {
    const turn = this.#sql.selectTurnByKey.get(sessionId, key)
    if (turn) return { status: 'started', turn: turnOfRow(turn) }
    const message = this.#sql.selectQueuedByKey.get(sessionId, key)
    if (message) return { status: 'queued', message: queuedMessageOfRow(message) }
    return this.#sql.selectCancelled.get(sessionId, key) && { status: 'cancelled' }
  }

  async readQueue(sessionId: SessionId): Promise<MessageQueue> {
    const row = this.#sql.selectQueue.get(sessionId)
    return row ? queueOfRow(row, this.#sql.selectQueued.all(sessionId)) : emptyQueue(sessionId)
  }

  async readQueues(): Promise<readonly MessageQueue[]> {
    return this.#sql.selectWaiting
      .all()
      .map((row) => queueOfRow(row, this.#sql.selectQueued.all(String(row.session_id))))
  }

  async readQuestion(sessionId: SessionId, messageId: MessageId): Promise<Question | undefined> {
    const [named, before] = this.#sql.selectMessageAndBefore.all(sessionId, messageId)
    if (named?.id !== messageId) return undefined
    const question = named.role === 'user' ? named : before
    if (question?.role !== 'user' || question.turn !== named.turn) return undefined
    return { messageId: messageIdSchema.parse(question.id), content: String(question.content) }
  }

  async readLastSeq(sessionId: SessionId): Promise<Seq | undefined> {
    const row = this.#sql.selectLastSeq.get(sessionId)
    return row && seqSchema.parse(row.last_seq)
  }

  async readEntries(range: EntryRange): Promise<readonly StoredEntry[]> {
    const { sessionId, cursor, upTo = Number.MAX_SAFE_INTEGER, limit, maxBytes = Number.MAX_SAFE_INTEGER } = range
    return this.#sql.selectEntries.page(maxBytes, sessionId, cursor, upTo, limit).rows.map(entryOfRow)
  }
}

function encodeEnd(end: TurnEnd): EncodedEnd {
  return {
    status: end.outcome.status,
    outcome: JSON.stringify(end.outcome),
    events: end.events.map(encodeEvent),
    content: end.content,
    steps: JSON.stringify(end.steps),
    usage: end.usage && JSON.stringify(end.usage),
  }
}

/** What refuses a claim beside an active turn: never that turn itself. */
function refusalOf(result: Extract<WriteResult, { kind: 'claim' }>) {
  switch (result.status) {
    case 'repeated':
    case 'stale_view':
    case 'message_not_found':
      return result
    default:
      return unexpectedResult(result)
  }
}

function endResultOf(result: WriteResult): EndResult {
  if (result.kind === 'written') return { status: 'ended', next: null }
  if (result.kind === 'queue_moved') return { status: 'ended', next: result.next }
  if (isStale(result)) return { status: 'stale' }
  const isStopped = result.kind === 'not_written' && result.status === 'stop_requested'
  return isStopped ? { status: 'stop_requested' } : unexpectedResult(result)
}

function isStale(result: WriteResult): boolean {
  return result.kind === 'not_written' && result.status === 'stale'
}

function prepareReads(reader: Reader) {
  const prepare = (sql: string): ReadStatement => reader.prepare(sql)
  const ofSession = 'session = (SELECT key FROM session WHERE id = ?1)'
  return {
    sessionExists: prepare('SELECT 1 FROM session WHERE id = ?'),
    selectTurn: prepare(`${SELECT_TURN} WHERE turn.id = ?`),
    selectTurnByKey: prepare(`${SELECT_TURN} WHERE session.id = ? AND turn.idempotency_key = ?`),
    selectMessageAndBefore: prepare(`SELECT id, turn, role, content FROM message
      WHERE session = (SELECT key FROM session WHERE id = ?) AND id <= ? AND aside IS NULL ORDER BY id DESC LIMIT 2`),
    selectQueuedByKey: prepare(`SELECT ${QUEUED_MESSAGE_COLUMNS} FROM queued_message
      WHERE ${ofSession} AND idempotency_key = ?2`),
    selectCancelled: prepare(`SELECT 1 FROM cancelled_send WHERE ${ofSession} AND idempotency_key = ?2`),
    selectQueue: prepare(`${SELECT_QUEUE} WHERE session.id = ?`),
    selectWaiting: prepare(`${SELECT_QUEUE} WHERE queue.session IN (SELECT session FROM queued_message)`),
    selectQueued: prepare(`SELECT ${QUEUED_MESSAGE_COLUMNS} FROM queued_message WHERE ${ofSession} ORDER BY place`),
    selectLastSeq: prepare('SELECT last_seq FROM head JOIN session ON session.key = head.session WHERE session.id = ?'),
    selectEntries: prepare(`SELECT ${ENTRY_COLUMNS} FROM entry
      WHERE session = (SELECT key FROM session WHERE id = ?) AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`),
    selectOrphans: prepare(`SELECT session.id AS session, head.active_turn AS turn, head.epoch
      FROM head JOIN session ON session.key = head.session LEFT JOIN turn ON turn.id = head.active_turn
      WHERE head.active_turn IS NOT NULL AND turn.lease_holder IS NOT ? ORDER BY turn.started_at`),
    selectTurnEntries: prepare(`WITH owner AS (
        SELECT session.key, coalesce(turn.first_seq, 0) AS first_seq
        FROM session LEFT JOIN turn ON turn.id = ?2 WHERE session.id = ?1)
      SELECT ${ENTRY_COLUMNS} FROM owner JOIN entry ON entry.session = owner.key AND seq >= first_seq AND entry.turn = ?2
      UNION ALL
      SELECT seq, ?2, epoch, type, data, at FROM owner JOIN live ON live.session = owner.key AND seq >= first_seq
      ORDER BY seq`),
  }
}
