import type { TurnId } from '../../protocol/ids.ts'
import type { Turn } from '../../protocol/turn.ts'
import { positionIn } from './message-queues.ts'
import type { StartResult, StartTurn } from './turn-command.ts'
import type { EarlierSend, TurnRecord, TurnStore } from './turn-store.ts'

/** What a sender is told of a send that needs no claim any more: it came before, or it waits. */
export class SendAnswers {
  readonly #store: TurnStore
  readonly #describeTurn: (record: TurnRecord) => Turn

  constructor(parts: { store: TurnStore; describeTurn: (record: TurnRecord) => Turn }) {
    this.#store = parts.store
    this.#describeTurn = parts.describeTurn
  }

  /** For a send whose key came before, also of what has begun between two looks; undefined for a first one. */
  async find(command: StartTurn): Promise<StartResult | undefined> {
    const { sessionId, idempotency } = command
    for (;;) {
      const earlier = idempotency && (await this.#store.readSend(sessionId, idempotency.key))
      if (!earlier) return undefined
      const answer = await this.repeat(earlier, command)
      if (answer) return answer
    }
  }

  /** Undefined where what was queued waits no more: the caller looks again. */
  async repeat(earlier: EarlierSend, command: StartTurn): Promise<StartResult | undefined> {
    if (earlier.status === 'cancelled') return { status: 'send_cancelled' }
    const { idempotency } = earlier.status === 'started' ? earlier.turn : earlier.message
    if (idempotency?.fingerprint !== command.idempotency?.fingerprint) return { status: 'key_reused' }
    if (earlier.status === 'queued') return await this.queued(command, earlier.message.turnId, true)
    return { status: 'accepted', turn: this.#describeTurn(earlier.turn), repeated: true }
  }

  /** Undefined where it waits no more: a repeat looks again, and what was queued just now is answered as it was. */
  async queued({ sessionId }: StartTurn, turnId: TurnId, repeated: boolean): Promise<StartResult | undefined> {
    const queue = await this.#store.readQueue(sessionId)
    const position = positionIn(queue, turnId)
    if (position === 0 && repeated) return undefined
    return { status: 'queued', turnId, position: Math.max(1, position), queue, repeated }
  }
}
