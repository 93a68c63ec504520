import type { MessageId, Seq, SessionId, TurnId } from '../../protocol/ids.ts'
import type { MessageImage } from '../../protocol/image.ts'
import type { OnBusy } from '../../protocol/requests.ts'
import type { ActiveTurn, Holder, Turn, TurnOutcome } from '../../protocol/turn.ts'
import type { Idempotency } from './idempotency.ts'
import type { MessageQueue } from './message-queue.ts'
import type { QueueAnswer } from './message-queues.ts'
import type { StaleView } from './stale-view.ts'

/** What the turn engine is asked for, and each answer it can give. */

export interface StartTurn {
  readonly sessionId: SessionId
  /** Null: what the message that is replaced asked. */
  readonly message: string | null
  /** Undefined: those of the message that is replaced, or none. */
  readonly images?: readonly MessageImage[] | undefined
  /** A message whose turn is put aside with all below it, in the transaction that starts this one. */
  readonly replaces?: MessageId | undefined
  readonly holder: Holder
  readonly clientId: string | null
  /**
   * `queue`: wait for the active turn's end. `interrupt`: end it as `cancelled` and start this one, in one transaction (D4).
   */
  readonly onBusy: OnBusy
  /** Makes a repeated send answer with the turn that it has started before, however often and late it comes (I12). */
  readonly idempotency?: Idempotency | undefined
  /** The cursor of the client's view: where history has settled past it, nothing is started. */
  readonly expectedSeq?: Seq | undefined
}

export type StartResult =
  | { readonly status: 'accepted'; readonly turn: Turn; readonly repeated: boolean }
  /** It waits for its turn, which will have this id, at this place of the queue, counted from 1. */
  | {
      readonly status: 'queued'
      readonly turnId: TurnId
      readonly position: number
      readonly queue: MessageQueue
      readonly repeated: boolean
    }
  | { readonly status: 'queue_full' }
  /** The send was cancelled by its key before it came. Nothing was written. */
  | { readonly status: 'send_cancelled' }
  | StaleView
  /** The idempotency key was used in this session for another body. Nothing was written. */
  | { readonly status: 'key_reused' }
  | { readonly status: 'turn_active'; readonly activeTurn: ActiveTurn }
  | { readonly status: 'session_not_found' }
  | { readonly status: 'message_not_found' }
  /** The line for the model is full. Nothing was written. */
  | { readonly status: 'server_busy' }
  | { readonly status: 'shutting_down' }

export type SendNowResult =
  | { readonly status: 'accepted'; readonly turn: Turn }
  | Extract<QueueAnswer, { status: 'not_queued' | 'queue_changed' }>
  | { readonly status: 'session_not_found' | 'server_busy' | 'shutting_down' }

export type CancelSendAnswer =
  | { readonly status: 'cancelled'; readonly turn: Turn | null }
  | { readonly status: 'session_not_found' }

/** What happened to a session's turn, told after its commit. */
export type TurnChange =
  | { readonly type: 'started' | 'changed'; readonly sessionId: SessionId; readonly activeTurn: ActiveTurn }
  | { readonly type: 'ended'; readonly sessionId: SessionId; readonly outcome: TurnOutcome }
