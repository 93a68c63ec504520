import { z } from 'zod'
import { entrySchema } from './entry.ts'
import { seqSchema } from './ids.ts'
import { queueSchema } from './queue.ts'
import { activeTurnSchema } from './turn.ts'

/** Stable names of what can go wrong; a client branches on these, never on `detail` (RFC 9457). */
export const problemCodeSchema = z.enum([
  'turn_active',
  'stale_view',
  'send_cancelled',
  'queue_changed',
  'queue_full',
  'server_busy',
  'sessions_changed',
  'session_not_found',
  'turn_not_found',
  'message_not_found',
  'image_not_found',
  'images_not_taken',
  'too_many_images',
  'queued_message_not_found',
  'stream_not_found',
  'not_found',
  'method_not_allowed',
  'invalid_request',
  'idempotency_mismatch',
  'unsupported_media_type',
  'payload_too_large',
  'unauthorized',
  'forbidden',
  'too_many_streams',
  'too_many_channels',
  'too_many_sessions',
  'storage_unavailable',
  'shutting_down',
  'internal',
])
export type ProblemCode = z.infer<typeof problemCodeSchema>

export const fieldErrorSchema = z.object({ path: z.string(), message: z.string() })

/** The body of every error of the native API, sent as `application/problem+json`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: problemCodeSchema,
  request_id: z.string().optional(),
  errors: z.array(fieldErrorSchema).optional(),
})
export type Problem = z.infer<typeof problemSchema>

export const busyActionSchema = z.enum(['watch', 'queue', 'stop', 'branch'])
export type BusyAction = z.infer<typeof busyActionSchema>

/** The 409 of a busy session: who speaks, and what the sender can do about it. */
export const turnActiveProblemSchema = problemSchema.extend({
  status: z.literal(409),
  code: z.literal('turn_active'),
  active_turn: activeTurnSchema,
  actions: z.array(busyActionSchema),
})
export type TurnActiveProblem = z.infer<typeof turnActiveProblemSchema>

/**
 * The 409 of a send whose `expected_seq` stands before something that has settled since. `missed` are the lasting entries
 * after it, oldest first; `reload` is true where there are more than that: load the transcript instead.
 */
export const staleViewProblemSchema = problemSchema.extend({
  status: z.literal(409),
  code: z.literal('stale_view'),
  last_seq: seqSchema,
  missed: z.array(entrySchema),
  reload: z.boolean(),
})
export type StaleViewProblem = z.infer<typeof staleViewProblemSchema>

/** The 404 or 409 of a change that names a queued message, or a revision, which the queue does not have any more. */
export const queueProblemSchema = problemSchema.extend({
  code: z.enum(['queue_changed', 'queued_message_not_found']),
  queue: queueSchema,
})
export type QueueProblem = z.infer<typeof queueProblemSchema>

export const TURN_ACTIVE_DETAIL =
  'A chat request is already in progress for this session. Please wait for it to finish.'
export const SERVER_BUSY_DETAIL =
  'The server is busy processing other chat requests. Please try again in a few moments.'
