import type { DatabaseSync, StatementSync } from 'node:sqlite'
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
import type { TurnClaim } from '../../turns/turn-store.ts'
import { AlternativeWrites, type PlacedQuestion } from './alternative-writes.ts'
import { LiveTrimmer } from './live-trimmer.ts'
import { numberOf, SELECT_TURN, turnOfRow } from './rows.ts'
import type { SessionKeys } from './session-keys.ts'
import {
  type ClaimedResult,
  type EncodedEnd,
  type EncodedEvent,
  eventsWithMessages,
  removedEvent,
  STOPPING,
  startedEvent,
  type WriteOp,
  type WriteResult,
} from './write-op.ts'

const STALE: WriteResult = { kind: 'not_written', status: 'stale' }

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
  readonly #trimmer: LiveTrimmer
  readonly #alternatives: AlternativeWrites
  readonly #sql: ReturnType<typeof prepareStatements>

  constructor(database: DatabaseSync, keys: SessionKeys) {
    this.#keys = keys
    this.#trimmer = new LiveTrimmer(database)
    this.#alternatives = new AlternativeWrites(database)
    this.#sql = prepareStatements(database)
  }

  apply(op: TurnOp, at: number): WriteResult {
    switch (op.kind) {
      case 'claim':
        return this.#claim(op.claim, at)
      case 'append':
        return this.#append(op.fence, op.events, at)
      case 'record_stop':
        return this.#recordStop(op, at)
      case 'end':
        return this.#end(op.fence, op.end, at)
      case 'replace':
        return this.#replace(op, at)
      case 'show_alternative':
        return this.#showAlternative(op, at)
      case 'take_over':
        return this.#takeOver(op.fence, op.workerId)
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
    const repeated = this.#findRepeated(claim, session)
    if (repeated) return repeated
    const replaces = claim.replaces === undefined ? null : this.#alternatives.findShown(session, claim.replaces)
    if (replaces === undefined) return { kind: 'claim', status: 'message_not_found' }
    const head = this.#sql.claim.get(claim.turnId, replaces ? 2 : 1, session)
    if (!head) return this.#refuse(session)
    const epoch = epochSchema.parse(head.epoch)
    const firstSeq = seqSchema.parse(head.last_seq)
    const messageIds =
      replaces && this.#putAside(replaces, { session, turn: null, epoch: epoch - 1, firstSeq: firstSeq - 1, at })
    const assistantMessageId = messageIdSchema.parse(this.#sql.allocateMessages.get(2)?.value)
    const userMessageId = messageIdSchema.parse(assistantMessageId - 1)
    const { turnId, workerId, clientId, idempotency } = claim
    const who = [JSON.stringify(claim.holder), clientId, idempotency?.key ?? null, idempotency?.fingerprint ?? null]
    const place = [firstSeq, at, workerId]
    this.#sql.insertTurn.run(turnId, session, epoch, userMessageId, assistantMessageId, ...who, ...place)
    this.#sql.insertMessage.run(userMessageId, session, claim.turnId, 'user', claim.message, null, null, null, at)
    this.#sql.countUserMessage.run(at, titleFromMessage(claim.message), session)
    const alternatives = replaces && this.#alternatives.takePlace(userMessageId, replaces.place)
    const claimed: ClaimedResult = {
      kind: 'claim',
      status: 'claimed',
      turn: turnOfRow(this.#sql.selectTurn.get(claim.turnId)),
      replaced: messageIds && alternatives && { messageIds, alternatives },
    }
    this.insertEntries({ session, turn: claim.turnId, epoch, firstSeq, at }, [startedEvent(claim, claimed)])
    return claimed
  }

  #refuse(session: number): WriteResult {
    const active = this.#sql.selectActiveTurn.get(session)
    return active
      ? { kind: 'claim', status: 'turn_active', turn: turnOfRow(active) }
      : { kind: 'claim', status: 'session_not_found' }
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
    if (!head) return this.#refuse(session)
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

  /** I12: the turn that this very send has started before. */
  #findRepeated({ idempotency }: TurnClaim, session: number): WriteResult | undefined {
    const turn = idempotency && this.#sql.selectTurnByKey.get(session, idempotency.key)
    return turn && { kind: 'claim', status: 'repeated', turn: turnOfRow(turn) }
  }

  #append(fence: Fence, events: readonly EncodedEvent[], at: number): WriteResult {
    const session = this.#keys.find(fence.sessionId)
    if (session === undefined) return STALE
    const head = this.#sql.advance.get(events.length, session, fence.epoch, fence.turnId)
    if (!head) return STALE
    const firstSeq = numberOf(head, 'last_seq') - events.length + 1
    this.insertEntries({ session, turn: fence.turnId, epoch: fence.epoch, firstSeq, at }, events)
    return { kind: 'written', firstSeq: firstSeq as Seq, epoch: fence.epoch }
  }

  #recordStop({ turn }: Extract<WriteOp, { kind: 'record_stop' }>, at: number): WriteResult {
    const session = this.#keys.find(turn.sessionId)
    if (session === undefined) return STALE
    if (this.#sql.recordStop.run(at, turn.turnId, session).changes === 0) return STALE
    const head = this.#sql.advanceTurn.get(session, turn.turnId)
    if (!head) throw new Error(`turn ${turn.turnId} has no end and is not its session's active turn`)
    const firstSeq = seqSchema.parse(head.last_seq)
    const epoch = epochSchema.parse(head.epoch)
    this.insertEntries({ session, turn: turn.turnId, epoch, firstSeq, at }, [STOPPING])
    return { kind: 'written', firstSeq, epoch }
  }

  #end(fence: Fence, end: EncodedEnd, at: number): WriteResult {
    const session = this.#keys.find(fence.sessionId)
    if (session === undefined) return STALE
    const turn = this.#sql.selectTurn.get(fence.turnId)
    if (turn?.stop_requested_at != null && end.status !== 'cancelled') {
      return { kind: 'not_written', status: 'stop_requested' }
    }
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
  #replace(op: Extract<WriteOp, { kind: 'replace' }>, at: number): WriteResult {
    const session = this.#keys.find(op.claim.sessionId)
    const repeated = session === undefined ? undefined : this.#findRepeated(op.claim, session)
    if (repeated) return repeated
    if (session !== undefined && op.claim.replaces && !this.#alternatives.findShown(session, op.claim.replaces)) {
      return { kind: 'claim', status: 'message_not_found' }
    }
    const ended = this.#end(op.fence, op.end, at)
    if (ended.kind !== 'written') return ended
    const claimed = this.#claim(op.claim, at)
    if (claimed.kind !== 'claim' || claimed.status !== 'claimed') {
      throw new Error(`session ${op.fence.sessionId} was released and could not be claimed in the same transaction`)
    }
    return { kind: 'replaced', firstSeq: ended.firstSeq, epoch: ended.epoch, claimed }
  }

  #takeOver(fence: Fence, workerId: string): WriteResult {
    const session = this.#keys.find(fence.sessionId)
    const head = session && this.#sql.takeOver.get(session, fence.epoch, fence.turnId)
    if (!head) return STALE
    const epoch = epochSchema.parse(head.epoch)
    this.#sql.setTurnOwner.run(epoch, workerId, fence.turnId)
    return { kind: 'taken_over', epoch }
  }
}

export type TurnOp = Extract<
  WriteOp,
  { kind: 'claim' | 'append' | 'record_stop' | 'end' | 'replace' | 'show_alternative' | 'take_over' }
>

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

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql)
  return {
    claim: prepare(`UPDATE head SET epoch = epoch + 1, active_turn = ?, last_seq = last_seq + ?
      WHERE session = ? AND active_turn IS NULL RETURNING epoch, last_seq`),
    advance: prepare(`UPDATE head SET last_seq = last_seq + ?
      WHERE session = ? AND epoch = ? AND active_turn = ? RETURNING last_seq`),
    advanceTurn: prepare(`UPDATE head SET last_seq = last_seq + 1
      WHERE session = ? AND active_turn = ? RETURNING last_seq, epoch`),
    advanceIdle: prepare(`UPDATE head SET last_seq = last_seq + ?
      WHERE session = ? AND active_turn IS NULL RETURNING last_seq, epoch`),
    release: prepare(`UPDATE head SET last_seq = last_seq + ?, active_turn = NULL
      WHERE session = ? AND epoch = ? AND active_turn = ? RETURNING last_seq`),
    takeOver: prepare(`UPDATE head SET epoch = epoch + 1
      WHERE session = ? AND epoch = ? AND active_turn = ? RETURNING epoch`),
    setTurnOwner: prepare('UPDATE turn SET epoch = ?, lease_holder = ? WHERE id = ?'),
    recordStop: prepare(
      `UPDATE turn SET stop_requested_at = ?
      WHERE id = ? AND session = ? AND ended_at IS NULL AND stop_requested_at IS NULL`,
    ),
    endTurn: prepare('UPDATE turn SET ended_at = ?, outcome = ?, lease_holder = NULL WHERE id = ?'),
    insertTurn: prepare(`INSERT INTO turn
      (id, session, epoch, user_message, assistant_message, holder, client_id, idempotency_key, fingerprint,
        first_seq, started_at, lease_holder)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    selectTurn: prepare(`${SELECT_TURN} WHERE turn.id = ?`),
    selectTurnByKey: prepare(`${SELECT_TURN} WHERE turn.session = ? AND turn.idempotency_key = ?`),
    selectActiveTurn: prepare(`${SELECT_TURN} WHERE turn.session = ? AND ended_at IS NULL`),
    allocateMessages: prepare(`UPDATE counter SET value = value + ? WHERE name = 'message' RETURNING value`),
    insertMessage: prepare(`INSERT INTO message (id, session, turn, role, content, steps, outcome, usage, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    insertEntry: prepare('INSERT INTO entry (session, seq, turn, epoch, type, data, at) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    insertLive: prepare('INSERT INTO live (id, session, seq, epoch, type, data, at) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    // a session that nobody has named is called by what is said first
    countUserMessage: prepare(`UPDATE session SET updated_at = ?, message_count = message_count + 1,
      title = CASE WHEN message_count = 0 AND title_is_custom = 0 THEN ? ELSE title END WHERE key = ?`),
    touchSession: prepare('UPDATE session SET updated_at = ?, message_count = message_count + ? WHERE key = ?'),
  }
}
