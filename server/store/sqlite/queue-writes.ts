import type { SessionId } from '../../../protocol/ids.ts'
import {
  decideQueueChange,
  type MessageQueue,
  nextOf,
  type QueueDecision,
  withMessage,
} from '../../turns/message-queue.ts'
import type { TurnClaim } from '../../turns/turn-store.ts'
import type { QueueTable } from './queue-table.ts'
import type { SessionKeys } from './session-keys.ts'
import type { TurnWrites } from './turn-writes.ts'
import type { WriteOp, WriteResult } from './write-op.ts'

const SESSION_NOT_FOUND: WriteResult = { kind: 'not_found', what: 'session' }

export type QueueOp = Extract<WriteOp, { kind: 'queue_turn' | 'claim_queued' | 'change_queue' | 'cancel_send' }>

/** Applies what is done to the messages that wait, inside the transaction that the writer has opened. */
export class QueueWrites {
  readonly #keys: SessionKeys
  readonly #turns: TurnWrites
  readonly #queues: QueueTable

  constructor(parts: { keys: SessionKeys; turns: TurnWrites; queues: QueueTable }) {
    this.#keys = parts.keys
    this.#turns = parts.turns
    this.#queues = parts.queues
  }

  apply(op: QueueOp, at: number): WriteResult {
    const session = this.#keys.find(sessionOfQueueOp(op))
    if (session === undefined) return SESSION_NOT_FOUND
    switch (op.kind) {
      case 'queue_turn':
        return this.#queue(session, op.claim, at)
      case 'claim_queued':
        return this.#claimQueued(session, op.claim, at)
      case 'change_queue':
        return this.#change(session, op, at)
      case 'cancel_send':
        return this.#cancelSend(session, op, at)
    }
  }

  #queue(session: number, claim: TurnClaim, at: number): WriteResult {
    const refused = this.#turns.refuseBeside(session, claim)
    if (refused) return refused
    const active = this.#turns.findActiveTurn(session)
    if (!active) return { kind: 'not_written', status: 'not_active' }
    const { turnId, message: text, images = [], holder, clientId, idempotency = null } = claim
    const who = { holder, clientId, idempotency }
    const message = { turnId, message: text, images, ...who, queuedAt: at, afterStop: active.stopRequested }
    const before = this.#queues.read(session, claim.sessionId)
    const decision = withMessage(before, message)
    if (decision.status !== 'decided') return refusalOf(decision)
    this.#queues.save(session, before, decision.queue)
    return { kind: 'queued', message, queue: decision.queue }
  }

  #claimQueued(session: number, claim: Extract<QueueOp, { kind: 'claim_queued' }>['claim'], at: number): WriteResult {
    const queue = this.#queues.read(session, claim.sessionId)
    const wanted = 'turnId' in claim ? claim.turnId : null
    const message = wanted === null ? nextOf(queue) : queue.messages.find((waiting) => waiting.turnId === wanted)
    if (!message) return { kind: 'not_queued', turnId: wanted }
    const started = this.#turns.startQueued(message, { ...claim, session }, at)
    return started ?? { kind: 'not_written', status: 'turn_active' }
  }

  #change(session: number, { sessionId, change }: Extract<QueueOp, { kind: 'change_queue' }>, at: number): WriteResult {
    const before = this.#queues.read(session, sessionId)
    const decision = decideQueueChange(before, change, at)
    if (decision.status !== 'decided') return refusalOf(decision)
    this.#queues.save(session, before, decision.queue)
    this.#cancelKeysOfRemoved(session, before, decision.queue)
    return { kind: 'queue', queue: decision.queue }
  }

  /** A repeat of their sends that is still on its way would bring them back. */
  #cancelKeysOfRemoved(session: number, before: MessageQueue, after: MessageQueue): void {
    const left = new Set(after.messages.map((message) => message.turnId))
    for (const { turnId, idempotency } of before.messages) {
      if (idempotency && !left.has(turnId)) this.#queues.noteCancelled(session, idempotency.key)
    }
  }

  #cancelSend(session: number, { sessionId, key }: Extract<QueueOp, { kind: 'cancel_send' }>, at: number): WriteResult {
    const turn = this.#turns.findTurnByKey(session, key)
    if (turn) {
      const stop = this.#turns.recordStop(turn, at)
      if (stop.kind === 'not_written') return { kind: 'send_cancelled', turn, stop: null }
      const stopped = { ...turn, stopRequested: true }
      return { kind: 'send_cancelled', turn: stopped, stop, ...('queue' in stop && { queue: stop.queue }) }
    }
    this.#queues.noteCancelled(session, key)
    const waiting = this.#queues.findByKey(session, key)
    if (!waiting) return { kind: 'send_cancelled', turn: null, stop: null }
    const before = this.#queues.read(session, sessionId)
    const decision = decideQueueChange(before, { type: 'remove', turnId: waiting.turnId }, at)
    if (decision.status !== 'decided') return refusalOf(decision)
    this.#queues.save(session, before, decision.queue)
    return { kind: 'send_cancelled', turn: null, stop: null, queue: decision.queue }
  }
}

function refusalOf(decision: Exclude<QueueDecision, { status: 'decided' }>): WriteResult {
  if (decision.status === 'not_queued') return { kind: 'not_queued', turnId: decision.turnId }
  return { kind: 'queue_refused', status: decision.status }
}

/** The session that `op` is about. */
export function sessionOfQueueOp(op: QueueOp): SessionId {
  switch (op.kind) {
    case 'queue_turn':
    case 'claim_queued':
      return op.claim.sessionId
    case 'change_queue':
    case 'cancel_send':
      return op.sessionId
  }
}
