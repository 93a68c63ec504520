import type { SessionId, TurnId } from '../../protocol/ids.ts'
import type { MessageImage } from '../../protocol/image.ts'
import { MAX_QUEUED_CODE_POINTS, MAX_QUEUED_MESSAGES, type PauseReason } from '../../protocol/queue.ts'
import type { Holder, TurnOutcome } from '../../protocol/turn.ts'
import type { Idempotency } from './idempotency.ts'

/**
 * The rules of a session's queue. Pure: the store reads a queue, asks here what becomes of it, and writes that, all in one
 * transaction.
 *
 * The head starts when the session is free, unless the queue is paused. Only what was sent after a stop, while the stopped
 * turn was still ending, starts in spite of a pause: it is new intent, and stands before everything that the stop has held
 * back. The next stop, failure or pause holds it back like the rest.
 */

export interface QueuedMessage {
  /** The id that its turn will have. */
  readonly turnId: TurnId
  readonly message: string
  readonly images: readonly MessageImage[]
  readonly holder: Holder
  readonly clientId: string | null
  readonly idempotency: Idempotency | null
  readonly queuedAt: number
  readonly afterStop: boolean
}

export interface MessageQueue {
  readonly sessionId: SessionId
  readonly revision: number
  readonly paused: { readonly reason: PauseReason; readonly at: number } | null
  readonly messages: readonly QueuedMessage[]
}

/** What a person does to a queue. Each names its target: a message by its turn's id, the whole queue by its revision. */
export type QueueChange =
  | { readonly type: 'edit'; readonly turnId: TurnId; readonly message?: string; readonly before?: TurnId | null }
  | { readonly type: 'remove'; readonly turnId: TurnId }
  | { readonly type: 'clear' | 'pause' | 'resume'; readonly revision: number }

export type QueueDecision =
  | { readonly status: 'decided'; readonly queue: MessageQueue }
  /** It waits here no more, or never did. */
  | { readonly status: 'not_queued'; readonly turnId: TurnId }
  | { readonly status: 'revision_changed' }
  | { readonly status: 'queue_full' }

export function emptyQueue(sessionId: SessionId): MessageQueue {
  return { sessionId, revision: 0, paused: null, messages: [] }
}

/** `afterStop`: the active turn is being stopped. */
export function withMessage(queue: MessageQueue, message: QueuedMessage): QueueDecision {
  const held = queue.messages.findIndex((other) => !other.afterStop)
  const at = message.afterStop && held >= 0 ? held : queue.messages.length
  return bounded(queue, queue.messages.toSpliced(at, 0, message))
}

/** The message that starts as soon as the session is free. */
export function nextOf({ paused, messages }: MessageQueue): QueuedMessage | undefined {
  const [head] = messages
  return head && (paused === null || head.afterStop) ? head : undefined
}

export function withoutMessage(queue: MessageQueue, turnId: TurnId): MessageQueue {
  return changed(queue, { messages: queue.messages.filter((message) => message.turnId !== turnId) })
}

/** Holds back what waits now. A queue that is paused already keeps its first reason. */
export function pauseQueue(
  queue: MessageQueue,
  pause: { readonly reason: PauseReason; readonly at: number },
): MessageQueue {
  const held = queue.messages.map((message) => (message.afterStop ? { ...message, afterStop: false } : message))
  const isHeld = queue.paused !== null && queue.messages.every((message) => !message.afterStop)
  if (isHeld || queue.messages.length === 0) return queue
  return changed(queue, { messages: held, paused: queue.paused ?? pause })
}

/** What the end of a turn does to the queue behind it. A stop has paused it already, when it was asked for. */
export function afterEnd(queue: MessageQueue, status: TurnOutcome['status'], at: number): MessageQueue {
  switch (status) {
    case 'completed':
      return queue
    case 'cancelled': {
      const isHeldBack = queue.paused !== null || queue.messages.every((message) => message.afterStop)
      return isHeldBack ? queue : changed(queue, { paused: { reason: 'stopped', at } })
    }
    case 'failed':
    case 'interrupted':
      return pauseQueue(queue, { reason: status, at })
  }
}

export function decideQueueChange(queue: MessageQueue, change: QueueChange, at: number): QueueDecision {
  switch (change.type) {
    case 'edit':
      return edit(queue, change)
    case 'remove':
      if (!has(queue, change.turnId)) return { status: 'not_queued', turnId: change.turnId }
      return { status: 'decided', queue: withoutMessage(queue, change.turnId) }
    case 'clear':
    case 'pause':
    case 'resume':
      if (queue.revision !== change.revision) return { status: 'revision_changed' }
      return { status: 'decided', queue: changeAll(queue, change.type, at) }
  }
}

function changeAll(queue: MessageQueue, type: 'clear' | 'pause' | 'resume', at: number): MessageQueue {
  if (type === 'pause') return pauseQueue(queue, { reason: 'person', at })
  if (type === 'clear') return queue.messages.length === 0 ? queue : changed(queue, { messages: [] })
  return queue.paused === null ? queue : changed(queue, { paused: null })
}

function edit(queue: MessageQueue, change: Extract<QueueChange, { type: 'edit' }>): QueueDecision {
  const { turnId, message: text, before } = change
  const old = queue.messages.find((message) => message.turnId === turnId)
  if (!old) return { status: 'not_queued', turnId }
  if (before && !has(queue, before)) return { status: 'not_queued', turnId: before }
  const edited = text === undefined ? old : { ...old, message: text }
  if (before === undefined || before === turnId) {
    return bounded(
      queue,
      queue.messages.map((message) => (message === old ? edited : message)),
    )
  }
  const others = queue.messages.filter((message) => message !== old)
  const at = before === null ? others.length : others.findIndex((message) => message.turnId === before)
  return bounded(queue, others.toSpliced(at, 0, edited))
}

function has(queue: MessageQueue, turnId: TurnId): boolean {
  return queue.messages.some((message) => message.turnId === turnId)
}

function bounded(queue: MessageQueue, messages: readonly QueuedMessage[]): QueueDecision {
  const isTooLong = messages.length > MAX_QUEUED_MESSAGES || countCodePoints(messages) > MAX_QUEUED_CODE_POINTS
  return isTooLong ? { status: 'queue_full' } : { status: 'decided', queue: changed(queue, { messages }) }
}

function countCodePoints(messages: readonly QueuedMessage[]): number {
  let count = 0
  for (const { message } of messages) for (const _ of message) count += 1
  return count
}

/** One revision on. Where nothing is left that could be held back, the queue is not paused. */
function changed(queue: MessageQueue, change: Partial<Pick<MessageQueue, 'paused' | 'messages'>>): MessageQueue {
  const next = { ...queue, ...change, revision: queue.revision + 1 }
  return next.messages.every((message) => message.afterStop) ? { ...next, paused: null } : next
}
