import type { SessionId, TurnId } from '../../protocol/ids.ts'
import type { Queue } from '../../protocol/queue.ts'
import type { MessageQueue, QueueChange } from './message-queue.ts'
import type { TurnRef, TurnStore } from './turn-store.ts'

export type QueueAnswer =
  | { readonly status: 'changed'; readonly queue: MessageQueue }
  /** What the change named has started, or the queue is another one by now. Nothing was written. */
  | { readonly status: 'queue_changed'; readonly queue: MessageQueue }
  | { readonly status: 'not_queued'; readonly queue: MessageQueue }
  | { readonly status: 'queue_full' }
  | { readonly status: 'session_not_found' }

/**
 * The queues in which something waits, in memory: a refusal says how long its session's queue is, and it is not to read the
 * database for that. What is here is committed.
 */
export class MessageQueues {
  readonly #store: TurnStore
  readonly #waiting = new Map<SessionId, MessageQueue>()

  constructor(parts: { readonly store: TurnStore; readonly onChange: (queue: MessageQueue) => void }) {
    this.#store = parts.store
    parts.store.onQueueChanged((queue) => {
      this.#keep(queue)
      parts.onChange(queue)
    })
  }

  /** Reads what the last server has left behind. */
  async load(): Promise<void> {
    for (const queue of await this.#store.readQueues()) this.#keep(queue)
  }

  get(sessionId: SessionId): MessageQueue | undefined {
    return this.#waiting.get(sessionId)
  }

  lengthOf(sessionId: SessionId): number {
    return this.#waiting.get(sessionId)?.messages.length ?? 0
  }

  has({ sessionId, turnId }: TurnRef): boolean {
    return this.#waiting.get(sessionId)?.messages.some((message) => message.turnId === turnId) ?? false
  }

  all(): MessageQueue[] {
    return [...this.#waiting.values()]
  }

  drop(sessionId: SessionId): void {
    this.#waiting.delete(sessionId)
  }

  /** The queue as it is stored, an empty one too. Undefined for an unknown session. */
  async read(sessionId: SessionId): Promise<MessageQueue | undefined> {
    return (await this.#store.sessionExists(sessionId)) ? await this.#store.readQueue(sessionId) : undefined
  }

  /** Throws `StorageError`. */
  async change(sessionId: SessionId, change: QueueChange): Promise<QueueAnswer> {
    const result = await this.#store.changeQueue(sessionId, change)
    switch (result.status) {
      case 'decided':
        return { status: 'changed', queue: result.queue }
      case 'not_queued':
        return await this.answerMissing({ sessionId, turnId: result.turnId })
      case 'revision_changed':
        return { status: 'queue_changed', queue: await this.#store.readQueue(sessionId) }
      case 'queue_full':
      case 'session_not_found':
        return { status: result.status }
    }
  }

  /** A message that has started is told apart from one that never waited here. */
  async answerMissing({
    sessionId,
    turnId,
  }: TurnRef): Promise<Extract<QueueAnswer, { status: 'not_queued' | 'queue_changed' }>> {
    const turn = await this.#store.readTurn(turnId)
    const queue = await this.#store.readQueue(sessionId)
    return { status: turn?.sessionId === sessionId ? 'queue_changed' : 'not_queued', queue }
  }

  #keep(queue: MessageQueue): void {
    if (queue.messages.length === 0) this.#waiting.delete(queue.sessionId)
    else this.#waiting.set(queue.sessionId, queue)
  }
}

/** The queue as the wire has it, told to the client named `askedBy`. */
export function describeQueue({ sessionId, revision, paused, messages }: MessageQueue, askedBy: string | null): Queue {
  return {
    session_id: sessionId,
    revision,
    paused: paused && { reason: paused.reason, at: new Date(paused.at).toISOString() },
    messages: messages.map(({ turnId, message, images, holder, clientId, queuedAt, afterStop }) => ({
      turn_id: turnId,
      message,
      ...(images.length > 0 && { images: [...images] }),
      holder: { ...holder, same_client: askedBy !== null && askedBy === clientId },
      queued_at: new Date(queuedAt).toISOString(),
      after_stop: afterStop,
    })),
  }
}

/** From 1; 0 where it does not wait. */
export function positionIn({ messages }: MessageQueue, turnId: TurnId): number {
  return messages.findIndex((message) => message.turnId === turnId) + 1
}
