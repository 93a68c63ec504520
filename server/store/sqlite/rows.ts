import { z } from 'zod'
import { eventSchema } from '../../../protocol/entry.ts'
import {
  epochSchema,
  type MessageId,
  messageIdSchema,
  seqSchema,
  sessionIdSchema,
  turnIdSchema,
} from '../../../protocol/ids.ts'
import { type MessageImage, messageImageSchema } from '../../../protocol/image.ts'
import { alternativesSchema, type Message, messageSchema } from '../../../protocol/message.ts'
import { pauseReasonSchema } from '../../../protocol/queue.ts'
import { holderSchema, turnOutcomeSchema } from '../../../protocol/turn.ts'
import type { SessionRecord } from '../../sessions/session-store.ts'
import type { Fence } from '../../turns/fence.ts'
import type { Idempotency } from '../../turns/idempotency.ts'
import type { MessageQueue, QueuedMessage } from '../../turns/message-queue.ts'
import type { StoredEntry } from '../../turns/stored-entry.ts'
import type { TurnRecord } from '../../turns/turn-store.ts'

/** Rows as SQLite hands them out, and what they mean. Each is parsed here, once, at the edge. */

const eventTypes = eventSchema.options.map((option) => option.shape.type.value)

const entryRowSchema = z.object({
  seq: seqSchema,
  turn: turnIdSchema.nullable(),
  epoch: epochSchema,
  type: z.enum(eventTypes),
  data: z.string(),
  at: z.number(),
})

export const ENTRY_COLUMNS = 'seq, turn, epoch, type, data, at'

export function entryOfRow(row: unknown): StoredEntry {
  const { turn, ...rest } = entryRowSchema.parse(row)
  return { ...rest, turnId: turn }
}

const fenceRowSchema = z.object({ session: sessionIdSchema, turn: turnIdSchema, epoch: epochSchema })

export function fenceOfRow(row: unknown): Fence {
  const { session, turn, epoch } = fenceRowSchema.parse(row)
  return { sessionId: session, turnId: turn, epoch }
}

const sessionRowSchema = z.object({
  id: sessionIdSchema,
  title: z.string(),
  title_is_custom: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
  model: z.string(),
  system_prompt: z.string().nullable(),
  private: z.number(),
  agent_type: z.string(),
  device: z.string(),
  mail_provider: z.enum(['google', 'microsoft']).nullable(),
  message_count: z.number(),
  pinned_at: z.number().nullable(),
})

export const SESSION_COLUMNS = Object.keys(sessionRowSchema.shape).join(', ')

export function sessionOfRow(row: unknown): SessionRecord {
  const parsed = sessionRowSchema.parse(row)
  return {
    id: parsed.id,
    title: parsed.title,
    titleIsCustom: parsed.title_is_custom !== 0,
    createdAt: parsed.created_at,
    updatedAt: parsed.updated_at,
    model: parsed.model,
    systemPrompt: parsed.system_prompt,
    messageCount: parsed.message_count,
    pinned: parsed.pinned_at !== null,
    private: parsed.private !== 0,
    agentType: parsed.agent_type,
    device: parsed.device,
    mailProvider: parsed.mail_provider,
  }
}

const turnRowSchema = z.object({
  id: turnIdSchema,
  session_id: sessionIdSchema,
  epoch: epochSchema,
  user_message: messageIdSchema,
  assistant_message: messageIdSchema,
  holder: z.string(),
  client_id: z.string().nullable(),
  idempotency_key: z.string().nullable(),
  fingerprint: z.string().nullable(),
  first_seq: seqSchema,
  started_at: z.number(),
  stop_requested_at: z.number().nullable(),
  ended_at: z.number().nullable(),
  outcome: z.string().nullable(),
})

export const SELECT_TURN = `
  SELECT turn.id, session.id AS session_id, turn.epoch, user_message, assistant_message, holder, client_id, idempotency_key,
    fingerprint, first_seq, started_at, stop_requested_at, ended_at, outcome
  FROM turn JOIN session ON session.key = turn.session`

export function turnOfRow(row: unknown): TurnRecord {
  const parsed = turnRowSchema.parse(row)
  return {
    sessionId: parsed.session_id,
    turnId: parsed.id,
    epoch: parsed.epoch,
    userMessageId: parsed.user_message,
    assistantMessageId: parsed.assistant_message,
    holder: holderSchema.parse(JSON.parse(parsed.holder)),
    clientId: parsed.client_id,
    idempotency: idempotencyOf(parsed.idempotency_key, parsed.fingerprint),
    firstSeq: parsed.first_seq,
    startedAt: parsed.started_at,
    stopRequested: parsed.stop_requested_at !== null,
    endedAt: parsed.ended_at,
    outcome: parsed.outcome === null ? null : turnOutcomeSchema.parse(JSON.parse(parsed.outcome)),
  }
}

function idempotencyOf(key: string | null, fingerprint: string | null): Idempotency | null {
  return key === null || fingerprint === null ? null : { key, fingerprint }
}

const imagesSchema = z.array(messageImageSchema)

const queuedMessageRowSchema = z.object({
  turn: turnIdSchema,
  message: z.string(),
  holder: z.string(),
  client_id: z.string().nullable(),
  idempotency_key: z.string().nullable(),
  fingerprint: z.string().nullable(),
  queued_at: z.number(),
  after_stop: z.number(),
  images: z.string().nullable(),
})

export const QUEUED_MESSAGE_COLUMNS = Object.keys(queuedMessageRowSchema.shape).join(', ')

export function queuedMessageOfRow(row: unknown): QueuedMessage {
  const parsed = queuedMessageRowSchema.parse(row)
  return {
    turnId: parsed.turn,
    message: parsed.message,
    images: imagesOf(parsed.images),
    holder: holderSchema.parse(JSON.parse(parsed.holder)),
    clientId: parsed.client_id,
    idempotency: idempotencyOf(parsed.idempotency_key, parsed.fingerprint),
    queuedAt: parsed.queued_at,
    afterStop: parsed.after_stop !== 0,
  }
}

const queueRowSchema = z.object({
  session_id: sessionIdSchema,
  revision: z.number(),
  pause_reason: pauseReasonSchema.nullable(),
  paused_at: z.number().nullable(),
})

export const SELECT_QUEUE = `SELECT session.id AS session_id, revision, pause_reason, paused_at
  FROM queue JOIN session ON session.key = queue.session`

/** `messages` are the rows of its messages, in their order. */
export function queueOfRow(row: unknown, messages: readonly unknown[]): MessageQueue {
  const { session_id: sessionId, revision, pause_reason: reason, paused_at: at } = queueRowSchema.parse(row)
  const paused = reason === null || at === null ? null : { reason, at }
  return { sessionId, revision, paused, messages: messages.map(queuedMessageOfRow) }
}

const messageRowSchema = z.object({
  id: messageIdSchema,
  turn: turnIdSchema.nullable(),
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  steps: z.string().nullable(),
  outcome: z.string().nullable(),
  usage: z.string().nullable(),
  created_at: z.number(),
})

/** Of a user's message: the questions of all alternatives at its place, as JSON; null for nearly every message. */
const ALTERNATIVES = `CASE WHEN role = 'user' AND (place IS NOT NULL OR EXISTS
    (SELECT 1 FROM message AS other WHERE other.place = message.id))
  THEN (SELECT json_group_array(id ORDER BY id) FROM
    (SELECT other.id FROM message AS other WHERE other.id = coalesce(message.place, message.id) AND other.role = 'user'
     UNION ALL SELECT other.id FROM message AS other WHERE other.place = coalesce(message.place, message.id)))
  END AS alternatives`

/** Of a user's message: its images in their order, as JSON. */
const IMAGES = `CASE WHEN role = 'user' THEN
    (SELECT json_group_array(json_object('image_id', image_id, 'media_type', media_type) ORDER BY image.place)
     FROM message_image AS image WHERE image.message = message.id)
  END AS images`

export const MESSAGE_COLUMNS = `${Object.keys(messageRowSchema.shape).join(', ')}, ${ALTERNATIVES}, ${IMAGES}`

/** The images of one message, in their order. */
export const SELECT_MESSAGE_IMAGES = 'SELECT image_id, media_type FROM message_image WHERE message = ? ORDER BY place'

/** From the JSON of a statement. */
function imagesOf(json: unknown): MessageImage[] {
  return json == null ? [] : imagesSchema.parse(JSON.parse(String(json)))
}

/** From the JSON of a statement. */
export function alternativesAt(ids: unknown): MessageId[] {
  return alternativesSchema.parse(JSON.parse(String(ids)))
}

export function messageOfRow(row: Record<string, unknown>): Message {
  const parsed = messageRowSchema.parse(row)
  const alternatives = row.alternatives == null ? [] : alternativesAt(row.alternatives)
  const images = imagesOf(row.images)
  return messageSchema.parse({
    message_id: parsed.id,
    turn_id: parsed.turn,
    role: parsed.role,
    content: parsed.content,
    steps: parsed.steps === null ? [] : JSON.parse(parsed.steps),
    outcome: parsed.outcome === null ? null : JSON.parse(parsed.outcome),
    usage: parsed.usage === null ? null : JSON.parse(parsed.usage),
    created_at: new Date(parsed.created_at).toISOString(),
    ...(images.length > 0 && { images }),
    ...(alternatives.length > 1 && { alternatives }),
  })
}

/**
 * The one number that a `RETURNING` or `count` answers. Throws where there is no row or no number. By hand, because every
 * append asks for one.
 */
export function numberOf(row: Record<string, unknown> | undefined, column: string): number {
  const value = row?.[column]
  if (typeof value !== 'number') throw new Error(`the database answered no number for ${column}`)
  return value
}
