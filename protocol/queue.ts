import { z } from 'zod'
import { sessionIdSchema, turnIdSchema } from './ids.ts'
import { messageImageSchema } from './image.ts'
import { holderSchema } from './turn.ts'

/** How many messages of a session may wait, and how much text all of them together (R15). */
export const MAX_QUEUED_MESSAGES = 32
export const MAX_QUEUED_CODE_POINTS = 200_000

/**
 * Why a queue does not go on by itself: the turn before it was stopped, failed or was interrupted, or a person has paused
 * it. Nobody's follow-up is sent after an answer that is not there.
 */
export const pauseReasonSchema = z.enum(['stopped', 'failed', 'interrupted', 'person'])
export type PauseReason = z.infer<typeof pauseReasonSchema>

/** A message that waits for its session's turn to end. */
export const queuedMessageSchema = z.object({
  /** The id that its turn will have. By it the message is edited, moved, removed and sent. */
  turn_id: turnIdSchema,
  message: z.string(),
  images: z.array(messageImageSchema).optional(),
  holder: holderSchema.extend({
    /** True where the asking client (its `X-Client-Id`) has queued it itself. */
    same_client: z.boolean(),
  }),
  /** ISO 8601, UTC. */
  queued_at: z.string(),
  /** Sent after the active turn was stopped: it starts as soon as that turn has ended, whether the queue is paused or not. */
  after_stop: z.boolean(),
})
export type QueuedMessage = z.infer<typeof queuedMessageSchema>

/** The messages that wait in a session, the next one first. One message is one turn. */
export const queueSchema = z.object({
  session_id: sessionIdSchema,
  /** Grows with every change: of two queues of one session the one with the greater revision is the newer. */
  revision: z.int().nonnegative(),
  /** Null while the queue goes on by itself. An empty queue is never paused. */
  paused: z.object({ reason: pauseReasonSchema, at: z.string() }).nullable(),
  messages: z.array(queuedMessageSchema),
})
export type Queue = z.infer<typeof queueSchema>

/** What a send is answered that was queued: the id its turn will have, its place from 1, and the queue it stands in. */
export const queuedSchema = z.object({ turn_id: turnIdSchema, position: z.int().positive(), queue: queueSchema })
export type Queued = z.infer<typeof queuedSchema>
