import type { DatabaseSync } from 'node:sqlite'
import { isProvisional } from '../../../protocol/entry.ts'
import {
  epochSchema,
  type MessageId,
  messageIdSchema,
  type Seq,
  type SessionId,
  seqSchema,
} from '../../../protocol/ids.ts'
import { titleFromMessage } from '../../sessions/session-title.ts'
import type { Fence } from '../../turns/fence.ts'
import type { Idempotency } from '../../turns/idempotency.ts'
import { afterEnd, nextOf, pauseQueue, type QueuedMessage, withoutMessage } from '../../turns/message-queue.ts'
import type { EarlierSend, TurnClaim, TurnRecord } from '../../turns/turn-store.ts'
import { AlternativeWrites, type PlacedQuestion } from './alternative-writes.ts'
import { ImageWrites } from './image-writes.ts'
import { LiveTrimmer } from './live-trimmer.ts'
import { LogHeads } from './log-heads.ts'
import type { QueueTable } from './queue-table.ts'
import { numberOf, turnOfRow } from './rows.ts'
import type { SessionKeys } from './session-keys.ts'
import { prepareTurnStatements, type TurnStatements } from './turn-statements.ts'
import {
  type ClaimedResult,
  type EncodedEnd,
  type EncodedEvent,
  eventsWithMessages,
  type QueueMovedResult,
  removedEvent,
  STOPPING,
  type StartedResult,
  startedEvent,
  type WriteOp,
  type WriteResult,
  type WrittenResult,
} from './write-op.ts'

const STALE = { kind: 'not_written', status: 'stale' } as const satisfies WriteResult
const STOP_REQUESTED = { kind: 'not_written', status: 'stop_requested' } as const satisfies WriteResult

type NewTurn = Pick<TurnClaim, 'turnId' | 'workerId' | 'message' | 'images' | 'holder' | 'clientId' | 'expectedSeq'> & {
  readonly idempotency?: Idempotency | null | undefined
  readonly replaces: PlacedQuestion | null
}

interface TurnOwner {
  readonly session: number
  readonly sessionId: SessionId
  readonly workerId: string
}

interface EntryPlace {
  readonly session: number
  readonly turn: string | null
  readonly epoch: number
  readonly firstSeq: number
  readonly at: number
}

/** Applies the turn engine's writes, inside the transaction that the writer thread has opened. */
export class TurnWrites {
  readonly #keys: SessionKeys
  readonly #queues: QueueTable
  readonly #trimmer: LiveTrimmer
  readonly #alternatives: AlternativeWrites
  readonly #images: ImageWrites
  readonly #heads: LogHeads
  readonly #sql: TurnStatements

  constructor(database: DatabaseSync, parts: { keys: SessionKeys; queues: QueueTable }) {
    this.#keys = parts.keys
    this.#queues = parts.queues
    this.#trimmer = new LiveTrimmer(database)
    this.#alternatives = new AlternativeWrites(database)
    this.#images = new ImageWrites(database)
    this.#heads = new LogHeads(database)
    this.#sql = prepareTurnStatements(database)
  }

  apply(op: TurnOp, at: number): WriteResult {
    switch (op.kind) {
      case 'claim':
        return this.#claim(op.claim, at)
      case 'append':
        return this.#append(op.fence, op.events, at)
      case 'record_stop':
        return this.recordStop(op.turn, at)
      case 'end':
        return this.#endAndGoOn(op, at)
      case 'replace':
        return this.#replace(op, at)
      case 'show_alternative':
        return this.#showAlternative(op, at)
      case 'take_over':
        return this.#takeOver(op, at)
      case 'end_orphan':
        return this.#endOrphan(op.fence, op.end, at)
    }
  }

  /** Before the commit: deltas that nobody needs any more go with it. */
  trimLive(): void {
    this.#trimmer.trim()
  }

  /** The transaction was rolled back: what is known of `live` must be read again. */
  forget(): void {
    this.#trimmer.reload()
  }

  forgetSession(session: number): void {
    this.#trimmer.removeSession(session)
  }

  insertEntries(place: EntryPlace, events: readonly EncodedEvent[]): void {
    let seq = place.firstSeq
    for (const { type, data } of events) {
      if (isProvisional(type)) {
        const id = this.#trimmer.nextId(place.session)
        this.#sql.insertLive.run(id, place.session, seq, place.epoch, type, data, place.at)
      } else {
        if (type === 'step.finished') this.#trimmer.finishStep(place.session)
        this.#sql.insertEntry.run(place.session, seq, place.turn, place.epoch, type, data, place.at)
      }
      seq += 1
    }
  }

  /** I1: the condition and the change are one statement, so no second claim can come between them. */
  #claim(claim: TurnClaim, at: number): WriteResult {
    const session = this.#keys.find(claim.sessionId)
    if (session === undefined) return { kind: 'claim', status: 'session_not_found' }
    const earlier = this.findSend(session, claim.idempotency)
    if (earlier) return { kind: 'claim', status: 'repeated', earlier }
    const replaces = claim.replaces === undefined ? null : this.#alternatives.findShown(session, claim.replaces)
    if (replaces === undefined) return { kind: 'claim', status: 'message_not_found' }
    return this.#start(session, { ...claim, replaces }, at) ?? this.#refuse(session, claim)
  }

  /** I12: what this very send has come to before. */
  findSend(session: number, idempotency: Idempotency | null | undefined): EarlierSend | undefined {
    if (!idempotency) return undefined
    const { key } = idempotency
    const turn = this.findTurnByKey(session, key)
    if (turn) return { status: 'started', turn }
    const message = this.#queues.findByKey(session, key)
    if (message) return { status: 'queued', message }
    return this.#queues.isCancelled(session, key) ? { status: 'cancelled' } : undefined
  }

  findTurnByKey(session: number, key: string): TurnRecord | undefined {
    const row = this.#sql.selectTurnByKey.get(session, key)
    return row && turnOfRow(row)
  }

  findActiveTurn(session: number): TurnRecord | undefined {
    const row = this.#sql.selectActiveTurn.get(session)
    return row && turnOfRow(row)
  }

  /** Starts the turn of a message that waits, which from then on waits no more. Undefined where the session is not free. */
  startQueued(message: QueuedMessage, owner: TurnOwner, at: number): StartedResult | undefined {
    const { session, sessionId, workerId } = owner
    const started = this.#start(session, { ...message, workerId, replaces: null }, at)
    if (!started) return undefined
    const before = this.#queues.read(session, sessionId)
    const queue = withoutMessage(before, message.turnId)
    this.#queues.save(session, before, queue)
    return { kind: 'started', started, queue }
  }

  #start(session: number, claim: NewTurn, at: number): ClaimedResult | undefined {
    const { turnId, message, holder, clientId, idempotency, replaces } = claim
    const seen = claim.expectedSeq ?? Number.MAX_SAFE_INTEGER
    const head = this.#sql.claim.get(turnId, replaces ? 2 : 1, session, seen)
    if (!head) return undefined
    const epoch = epochSchema.parse(head.epoch)
    const firstSeq = seqSchema.parse(head.last_seq)
    const messageIds =
      replaces && this.#putAside(replaces, { session, turn: null, epoch: epoch - 1, firstSeq: firstSeq - 1, at })
    const assistantMessageId = messageIdSchema.parse(this.#sql.allocateMessages.get(2)?.value)
    const userMessageId = messageIdSchema.parse(assistantMessageId - 1)
    const who = [JSON.stringify(holder), clientId, idempotency?.key ?? null, idempotency?.fingerprint ?? null]
    const place = [firstSeq, at, claim.workerId]
    this.#sql.insertTurn.run(turnId, session, epoch, userMessageId, assistantMessageId, ...who, ...place)
    this.#sql.insertMessage.run(userMessageId, session, turnId, 'user', message, null, null, null, at)
    const images = claim.images ?? (replaces ? this.#images.of(replaces.messageId) : [])
    this.#images.add(userMessageId, images)
    this.#sql.countUserMessage.run(at, titleFromMessage(message), session)
    const alternatives = replaces && this.#alternatives.takePlace(userMessageId, replaces.place)
    const claimed: ClaimedResult = {
      kind: 'claim',
      status: 'claimed',
      turn: turnOfRow(this.#sql.selectTurn.get(turnId)),
      message,
      images,
      replaced: messageIds && alternatives && { messageIds, alternatives },
    }
    this.insertEntries({ session, turn: turnId, epoch, firstSeq, at }, [startedEvent(claimed)])
    return claimed
  }

  #refuse(session: number, { expectedSeq }: Pick<TurnClaim, 'expectedSeq'>): WriteResult {
    const active = this.findActiveTurn(session)
    if (active) return { kind: 'claim', status: 'turn_active', turn: active }
    const head = expectedSeq === undefined ? undefined : this.#sql.selectLastSeq.get(session)
    if (!head) return { kind: 'claim', status: 'session_not_found' }
    return { kind: 'claim', status: 'stale_view', settledSeq: seqSchema.parse(head.last_seq) }
  }

  /** Under the epoch that was, because it still belongs to what has been said so far. */
  #putAside(question: PlacedQuestion, place: EntryPlace): MessageId[] {
    const messageIds = this.#alternatives.putAside(place.session, question)
    this.insertEntries(place, [removedEvent(messageIds)])
    this.#sql.touchSession.run(place.at, -messageIds.length, place.session)
    return messageIds
  }

  #showAlternative({ sessionId, messageId }: Extract<TurnOp, { kind: 'show_alternative' }>, at: number): WriteResult {
    const session = this.#keys.find(sessionId)
    if (session === undefined) return { kind: 'not_found', what: 'session' }
    const found = this.#alternatives.find(session, messageId)
    if (found.status === 'not_found') return { kind: 'not_found', what: 'message' }
    if (found.status === 'shown') return { kind: 'shown', messageIds: [], written: null }
    const messages = this.#alternatives.readAside(found.wanted)
    const restored = eventsWithMessages(messages, (group) => ({
      type: 'messages.restored',
      data: { messages: group },
    }))
    const head = this.#sql.advanceIdle.get(restored.length + 1, session)
    if (!head) return this.#refuse(session, {})
    const epoch = epochSchema.parse(head.epoch)
    const firstSeq = seqSchema.parse(numberOf(head, 'last_seq') - restored.length)
    const removed = this.#alternatives.putAside(session, found.shown)
    this.#alternatives.restore(found.wanted)
    const events = [removedEvent(removed), ...restored]
    this.insertEntries({ session, turn: null, epoch, firstSeq, at }, events)
    this.#sql.touchSession.run(at, messages.length - removed.length, session)
    const messageIds = messages.map((message) => message.message_id)
    return { kind: 'shown', messageIds, written: { firstSeq, epoch, events } }
  }

  #append(fence: Fence, events: readonly EncodedEvent[], at: number): WriteResult {
    const session = this.#keys.find(fence.sessionId)
    if (session === undefined) return STALE
    const lastSeq = this.#heads.moveOn(session, fence, events.length)
    if (lastSeq === undefined) return STALE
    const firstSeq = lastSeq - events.length + 1
    this.insertEntries({ session, turn: fence.turnId, epoch: fence.epoch, firstSeq, at }, events)
    return { kind: 'written', firstSeq: firstSeq as Seq, epoch: fence.epoch }
  }

  /** A stop holds back what waits behind the turn, too, and is known to be wanted as soon as it is asked for. */
  recordStop(turn: Fence, at: number): WrittenResult | QueueMovedResult | typeof STALE {
    const session = this.#keys.find(turn.sessionId)
    if (session === undefined) return STALE
    if (this.#sql.recordStop.run(at, turn.turnId, session, turn.epoch).changes === 0) return STALE
    const head = this.#sql.advanceTurn.get(session, turn.turnId)
    if (!head) throw new Error(`turn ${turn.turnId} has no end and is not its session's active turn`)
    const firstSeq = seqSchema.parse(head.last_seq)
    const epoch = epochSchema.parse(head.epoch)
    this.insertEntries({ session, turn: turn.turnId, epoch, firstSeq, at }, [STOPPING])
    const before = this.#queues.read(session, turn.sessionId)
    const queue = pauseQueue(before, { reason: 'stopped', at })
    this.#queues.save(session, before, queue)
    if (queue === before) return { kind: 'written', firstSeq, epoch }
    return { kind: 'queue_moved', firstSeq, epoch, next: null, queue }
  }

  /** The end of a turn, and in the same transaction what it means for the queue behind it. */
  #endAndGoOn({ fence, end, goOnAs }: Omit<Extract<WriteOp, { kind: 'end' }>, 'kind'>, at: number): WriteResult {
    const { sessionId } = fence
    const ended = this.#end(fence, end, at)
    const session = this.#keys.find(sessionId)
    if (ended.kind !== 'written' || session === undefined) return ended
    const before = this.#queues.read(session, sessionId)
    const queue = afterEnd(before, end.status, at)
    this.#queues.save(session, before, queue)
    const next = goOnAs === null ? undefined : nextOf(queue)
    if (next && goOnAs !== null) {
      const started = this.startQueued(next, { session, sessionId, workerId: goOnAs }, at)
      if (!started)
        throw new Error(`session ${sessionId} was released and could not be claimed in the same transaction`)
      return { ...ended, kind: 'queue_moved', next: started.started, queue: started.queue }
    }
    return queue === before ? ended : { ...ended, kind: 'queue_moved', next: null, queue }
  }

  #end(fence: Fence, end: EncodedEnd, at: number): WrittenResult | Extract<WriteResult, { kind: 'not_written' }> {
    const session = this.#keys.find(fence.sessionId)
    if (session === undefined) return STALE
    const turn = this.#sql.selectTurn.get(fence.turnId)
    if (isStopped(turn) && end.status !== 'cancelled') return STOP_REQUESTED
    const head = this.#sql.release.get(end.events.length, session, fence.epoch, fence.turnId)
    if (!head) return STALE
    const firstSeq = numberOf(head, 'last_seq') - end.events.length + 1
    this.insertEntries({ session, turn: fence.turnId, epoch: fence.epoch, firstSeq, at }, end.events)
    this.#trimmer.finishStep(session)
    const { content, steps, outcome, usage } = end
    const messageId = numberOf(turn, 'assistant_message')
    this.#sql.insertMessage.run(messageId, session, fence.turnId, 'assistant', content, steps, outcome, usage, at)
    this.#sql.endTurn.run(at, outcome, fence.turnId)
    this.#sql.touchSession.run(at, 1, session)
    return { kind: 'written', firstSeq: firstSeq as Seq, epoch: fence.epoch }
  }

  /** D4: the old turn's end and the new turn's claim stand or fall together. */
  #replace({ fence, end, claim }: Extract<WriteOp, { kind: 'replace' }>, at: number): WriteResult {
    const { sessionId, turnId, workerId } = claim
    const session = this.#keys.find(sessionId)
    if (session === undefined) return STALE
    if ('message' in claim) {
      const refused = this.refuseBeside(session, claim)
      if (refused) return refused
      const replaces = claim.replaces === undefined ? null : this.#alternatives.findShown(session, claim.replaces)
      if (replaces === undefined) return { kind: 'claim', status: 'message_not_found' }
      return this.#endThen({ fence, end }, at, () => {
        const started = this.#start(session, { ...claim, replaces, expectedSeq: undefined }, at)
        return started && { started }
      })
    }
    const message = this.#queues.read(session, sessionId).messages.find((waiting) => waiting.turnId === turnId)
    if (!message) return { kind: 'not_queued', turnId }
    return this.#endThen({ fence, end }, at, () => this.startQueued(message, { session, sessionId, workerId }, at))
  }

  #endThen(
    { fence, end }: { readonly fence: Fence; readonly end: EncodedEnd },
    at: number,
    start: () => Pick<StartedResult, 'started'> | StartedResult | undefined,
  ): WriteResult {
    const ended = this.#end(fence, end, at)
    if (ended.kind !== 'written') return ended
    const next = start()
    if (!next)
      throw new Error(`session ${fence.sessionId} was released and could not be claimed in the same transaction`)
    return { ...ended, kind: 'replaced', claimed: next.started, ...('queue' in next && { queue: next.queue }) }
  }

  /** Why a send beside the active turn cannot be taken. History before that turn has settled, and stays as it is meanwhile. */
  refuseBeside(session: number, { idempotency, expectedSeq }: TurnClaim): WriteResult | undefined {
    const earlier = this.findSend(session, idempotency)
    if (earlier) return { kind: 'claim', status: 'repeated', earlier }
    const active = expectedSeq === undefined ? undefined : this.findActiveTurn(session)
    if (!active || expectedSeq === undefined || expectedSeq >= active.firstSeq - 1) return undefined
    return { kind: 'claim', status: 'stale_view', settledSeq: seqSchema.parse(active.firstSeq - 1) }
  }

  #takeOver({ fence, workerId, events }: Extract<WriteOp, { kind: 'take_over' }>, at: number): WriteResult {
    const session = this.#keys.find(fence.sessionId)
    const head = session && this.#sql.takeOver.get(events.length, session, fence.epoch, fence.turnId)
    if (!session || !head) return STALE
    const epoch = epochSchema.parse(head.epoch)
    const firstSeq = numberOf(head, 'last_seq') - events.length + 1
    const turn = this.#sql.setTurnOwner.get(epoch, workerId, fence.turnId)
    this.insertEntries({ session, turn: fence.turnId, epoch, firstSeq, at }, events)
    return { kind: 'taken_over', firstSeq: firstSeq as Seq, epoch, stopRequested: isStopped(turn) }
  }

  #endOrphan(fence: Fence, end: EncodedEnd, at: number): WriteResult {
    const session = this.#keys.find(fence.sessionId)
    if (isStopped(this.#sql.selectTurn.get(fence.turnId)) && end.status !== 'cancelled') return STOP_REQUESTED
    const head = session && this.#sql.raiseEpoch.get(session, fence.epoch, fence.turnId)
    if (!head) return STALE
    const epoch = epochSchema.parse(head.epoch)
    this.#sql.setTurnOwner.get(epoch, null, fence.turnId)
    return this.#endAndGoOn({ fence: { ...fence, epoch }, end, goOnAs: null }, at)
  }
}

export type TurnOp = Extract<
  WriteOp,
  { kind: 'claim' | 'append' | 'record_stop' | 'end' | 'replace' | 'show_alternative' | 'take_over' | 'end_orphan' }
>

function isStopped(turn: Readonly<Record<string, unknown>> | undefined): boolean {
  return turn?.stop_requested_at != null
}

/** The session that `op` is about. */
export function sessionOfTurnOp(op: TurnOp): SessionId {
  switch (op.kind) {
    case 'claim':
      return op.claim.sessionId
    case 'record_stop':
      return op.turn.sessionId
    case 'show_alternative':
      return op.sessionId
    default:
      return op.fence.sessionId
  }
}
