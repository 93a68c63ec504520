import type { SessionEvent, SessionEventType } from '../../../protocol/entry.ts'
import type { Epoch, MessageId, Seq, SessionId, TurnId } from '../../../protocol/ids.ts'
import type { MessageImage } from '../../../protocol/image.ts'
import type { Message } from '../../../protocol/message.ts'
import type { AllSessions } from '../../../protocol/session.ts'
import type { TurnOutcome } from '../../../protocol/turn.ts'
import type { MessageRemoval, NewMessage, SessionFields, SessionRecord } from '../../sessions/session-store.ts'
import type { Fence } from '../../turns/fence.ts'
import type { MessageQueue, QueueChange, QueuedMessage } from '../../turns/message-queue.ts'
import type { ClaimResult, DueClaim, QueuedClaim, TurnClaim, TurnRecord } from '../../turns/turn-store.ts'

/** What goes to the writer thread: plain data, one op per call of the store. */
export type WriteOp =
  | { readonly kind: 'claim'; readonly claim: TurnClaim }
  | { readonly kind: 'append'; readonly fence: Fence; readonly events: readonly EncodedEvent[] }
  | { readonly kind: 'record_stop'; readonly turn: Fence }
  | { readonly kind: 'end'; readonly fence: Fence; readonly end: EncodedEnd; readonly goOnAs: string | null }
  | {
      readonly kind: 'replace'
      readonly fence: Fence
      readonly end: EncodedEnd
      readonly claim: TurnClaim | QueuedClaim
    }
  | { readonly kind: 'queue_turn'; readonly claim: TurnClaim }
  | { readonly kind: 'claim_queued'; readonly claim: DueClaim | QueuedClaim }
  | { readonly kind: 'change_queue'; readonly sessionId: SessionId; readonly change: QueueChange }
  | { readonly kind: 'cancel_send'; readonly sessionId: SessionId; readonly key: string }
  | { readonly kind: 'show_alternative'; readonly sessionId: SessionId; readonly messageId: MessageId }
  | {
      readonly kind: 'take_over'
      readonly fence: Fence
      readonly workerId: string
      readonly events: readonly EncodedEvent[]
    }
  | { readonly kind: 'end_orphan'; readonly fence: Fence; readonly end: EncodedEnd }
  | {
      readonly kind: 'create_session'
      readonly id: SessionId
      readonly fields: SessionFields
      readonly messages: readonly NewMessage[]
    }
  | {
      readonly kind: 'update_session'
      readonly id: SessionId
      readonly changes: Partial<SessionFields>
      /** The settings that the writer has seen; null where it does not care. */
      readonly seen: SessionFields | null
    }
  | { readonly kind: 'delete_session'; readonly id: SessionId }
  | { readonly kind: 'delete_all_sessions'; readonly seen: AllSessions }
  | { readonly kind: 'pin_session'; readonly id: SessionId; readonly isPinned: boolean }
  | { readonly kind: 'branch_session'; readonly branch: SessionBranch }
  | { readonly kind: 'remove_messages'; readonly removal: MessageRemoval }
  | { readonly kind: 'write_settings'; readonly changes: readonly (readonly [name: string, value: string])[] }
  /** Reads a portion of what is missing in the index of words into it. */
  | { readonly kind: 'fill_words' }
  /** Writes a row as it is: whether that succeeds is the answer. */
  | { readonly kind: 'probe' }

export interface SessionBranch {
  readonly id: SessionId
  readonly from: SessionId
  readonly upTo: MessageId | undefined
  readonly title: string
}

/** An event as it is stored: its data is JSON text from here to the reader's screen. */
export interface EncodedEvent {
  readonly type: SessionEventType
  readonly data: string
}

export interface EncodedEnd {
  readonly status: TurnOutcome['status']
  readonly outcome: string
  readonly events: readonly EncodedEvent[]
  readonly content: string
  readonly steps: string
  readonly usage: string | null
}

/** `queue` is the session's queue where the write has changed it. */
export type WriteResult =
  | ClaimedResult
  | ({ readonly kind: 'claim' } & Exclude<ClaimResult, { status: 'claimed' }>)
  | WrittenResult
  | QueueMovedResult
  | ReplacedResult
  | StartedResult
  | { readonly kind: 'queued'; readonly message: QueuedMessage; readonly queue: MessageQueue }
  | { readonly kind: 'queue'; readonly queue: MessageQueue }
  | SendCancelledResult
  | { readonly kind: 'not_written'; readonly status: 'stale' | 'stop_requested' | 'turn_active' | 'not_active' }
  | { readonly kind: 'not_queued'; readonly turnId: TurnId | null }
  | { readonly kind: 'queue_refused'; readonly status: 'queue_full' | 'revision_changed' }
  | { readonly kind: 'shown'; readonly messageIds: readonly MessageId[]; readonly written: WrittenEvents | null }
  | { readonly kind: 'not_found'; readonly what: 'session' | 'message' }
  | { readonly kind: 'taken_over'; readonly firstSeq: Seq; readonly epoch: Epoch; readonly stopRequested: boolean }
  | { readonly kind: 'session'; readonly session: SessionRecord; readonly copied: CopiedMessages | null }
  | { readonly kind: 'session_changed' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'all_deleted'; readonly ids: readonly SessionId[] }
  | { readonly kind: 'settings_written' }
  | { readonly kind: 'words_filled'; readonly isComplete: boolean }
  | { readonly kind: 'probed' }
  | { readonly kind: 'removed'; readonly messageIds: readonly MessageId[]; readonly seq: Seq; readonly epoch: Epoch }

export interface WrittenResult {
  readonly kind: 'written'
  readonly firstSeq: Seq
  readonly epoch: Epoch
}

/** Entries, and what they meant for the queue behind the turn; `next` is what they have started in the same transaction. */
export interface QueueMovedResult {
  readonly kind: 'queue_moved'
  readonly firstSeq: Seq
  readonly epoch: Epoch
  readonly next: ClaimedResult | null
  readonly queue: MessageQueue
}

export interface ReplacedResult {
  readonly kind: 'replaced'
  readonly firstSeq: Seq
  readonly epoch: Epoch
  readonly claimed: ClaimedResult
  readonly queue?: MessageQueue
}

export interface StartedResult {
  readonly kind: 'started'
  readonly started: ClaimedResult
  readonly queue: MessageQueue
}

export interface SendCancelledResult {
  readonly kind: 'send_cancelled'
  readonly turn: TurnRecord | null
  /** Where the stop of that turn was written. */
  readonly stop: WrittenResult | QueueMovedResult | null
  readonly queue?: MessageQueue
}

export interface CopiedMessages {
  readonly firstSeq: Seq
  readonly events: readonly EncodedEvent[]
}

export interface WrittenEvents extends CopiedMessages {
  readonly epoch: Epoch
}

export interface ClaimedResult {
  readonly kind: 'claim'
  readonly status: 'claimed'
  readonly turn: TurnRecord
  readonly message: string
  readonly images: readonly MessageImage[]
  readonly replaced: ReplacedTurn | null
}

/** What a claim has put aside: the messages that are not shown any more, and who stands at that place now. */
export interface ReplacedTurn {
  readonly messageIds: readonly MessageId[]
  readonly alternatives: readonly MessageId[]
}

/** To the writer thread and back. `at` is the commit's time in milliseconds since 1970. */
export interface WriteBatch {
  readonly at: number
  readonly ops: readonly WriteOp[]
}

export interface WriteFailure {
  readonly message: string
  /** SQLite's extended result code, where it was SQLite that failed. */
  readonly errcode: number | null
}

export type BatchReply = readonly (
  | { readonly ok: true; readonly result: WriteResult }
  | { readonly ok: false; readonly failure: WriteFailure }
)[]

export function encodeEvent(event: SessionEvent): EncodedEvent {
  return { type: event.type, data: JSON.stringify(event.data) }
}

/** The entry that a claim writes. Built alike by the writer, which stores it, and by its caller, who hands it to followers. */
export function startedEvent({ turn, message, images, replaced }: NewTurn): EncodedEvent {
  return encodeEvent({
    type: 'turn.started',
    data: {
      user_message_id: turn.userMessageId,
      assistant_message_id: turn.assistantMessageId,
      message,
      holder: turn.holder,
      ...(images.length > 0 && { images: [...images] }),
      ...(replaced && { alternatives: [...replaced.alternatives] }),
    },
  })
}

type NewTurn = Pick<ClaimedResult, 'message' | 'images' | 'replaced'> & {
  readonly turn: Pick<TurnRecord, 'userMessageId' | 'assistantMessageId' | 'holder'>
}

/** The entry that a recorded stop writes. */
export const STOPPING: EncodedEvent = encodeEvent({ type: 'turn.phase_changed', data: { phase: 'stopping' } })

export function removedEvent(messageIds: readonly MessageId[]): EncodedEvent {
  return encodeEvent({ type: 'messages.removed', data: { message_ids: [...messageIds] } })
}

/** In UTF-16 units of JSON, each of at most 3 bytes. */
const MAX_GROUP_LENGTH = 80 * 1024

/** Entries that carry whole messages: as many in each as keep it under 256 KB, and a longer one by itself (R15). */
export function eventsWithMessages(
  messages: readonly Message[],
  eventWith: (messages: Message[]) => SessionEvent,
): EncodedEvent[] {
  const events: EncodedEvent[] = []
  let group: Message[] = []
  let length = 0
  const close = () => {
    if (group.length > 0) events.push(encodeEvent(eventWith(group)))
    group = []
    length = 0
  }
  for (const message of messages) {
    const messageLength = JSON.stringify(message).length
    if (length + messageLength > MAX_GROUP_LENGTH) close()
    group.push(message)
    length += messageLength
  }
  close()
  return events
}
