import { z } from 'zod'
import { epochSchema, messageIdSchema, seqSchema, sessionIdSchema, toolCallIdSchema, turnIdSchema } from './ids.ts'
import { messageImageSchema } from './image.ts'
import { alternativesSchema, messageSchema, reasoningMsSchema, toolStatusSchema } from './message.ts'
import { holderSchema, turnOutcomeSchema, turnPhaseSchema, turnUsageSchema } from './turn.ts'

/**
 * What happens in a session, as it is logged, sent and drawn: one schema for all three.
 *
 * `text.delta` and `reasoning.delta` are provisional (D7): `step.finished` carries the whole text of its step and replaces
 * them, and a reader that joins later may never see them. Everything else stays in the log for good.
 *
 * A `step.started` for a step that has started and not finished begins it anew: what it had written is void (D6).
 */
const stepNumberSchema = z.int().positive()

export const eventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('turn.started'),
    data: z.object({
      user_message_id: messageIdSchema,
      assistant_message_id: messageIdSchema,
      message: z.string(),
      holder: holderSchema,
      images: z.array(messageImageSchema).optional(),
      /** Where this turn is not the first at its place: the questions of all alternatives there, its own the last. */
      alternatives: alternativesSchema.optional(),
    }),
  }),
  z.object({ type: z.literal('turn.phase_changed'), data: z.object({ phase: turnPhaseSchema }) }),
  /**
   * The turn's worker has died and another one goes on with it (D6). What the turn logged after `void_after` and before
   * this entry is void: the step that was unfinished, which begins anew. Null where nothing is void: a text that was
   * begun goes on where it stands.
   */
  z.object({
    type: z.literal('turn.resumed'),
    data: z.object({
      /** Which attempt at the turn begins here: 2 after its first worker's death. */
      attempt: z.int().min(2),
      void_after: seqSchema.nullable(),
    }),
  }),
  z.object({ type: z.literal('step.started'), data: z.object({ step: stepNumberSchema, model: z.string() }) }),
  z.object({ type: z.literal('text.delta'), data: z.object({ step: stepNumberSchema, text: z.string() }) }),
  z.object({ type: z.literal('reasoning.delta'), data: z.object({ step: stepNumberSchema, text: z.string() }) }),
  z.object({
    type: z.literal('tool.called'),
    data: z.object({
      step: stepNumberSchema,
      call_id: toolCallIdSchema,
      tool: z.string(),
      /** The arguments as JSON text, exactly as they will be parsed and run (I7). */
      arguments: z.string(),
    }),
  }),
  z.object({ type: z.literal('tool.started'), data: z.object({ call_id: toolCallIdSchema }) }),
  z.object({
    type: z.literal('tool.finished'),
    /** `unknown`: the process ended between start and finish, nobody can say whether the tool took effect (D6). */
    data: z.object({
      call_id: toolCallIdSchema,
      status: toolStatusSchema,
      result: z.string(),
      duration_ms: z.number().nonnegative().nullable(),
    }),
  }),
  z.object({
    type: z.literal('step.finished'),
    data: z.object({
      step: stepNumberSchema,
      text: z.string(),
      reasoning: z.string(),
      reasoning_ms: reasoningMsSchema.optional(),
      /** What the model said; `cut` where the step was ended from outside and `text` is a prefix. */
      finish_reason: z.enum(['stop', 'tool_calls', 'length', 'cut']),
      usage: turnUsageSchema.nullable(),
    }),
  }),
  z.object({
    type: z.literal('turn.ended'),
    data: z.object({
      outcome: turnOutcomeSchema,
      /** The assistant's message: the texts of all steps, joined by a blank line. */
      content: z.string(),
      usage: turnUsageSchema.nullable(),
    }),
  }),
  /** A branch begins with what was settled in the session it came from; an imported session, with what its file says. */
  z.object({
    type: z.literal('messages.copied'),
    data: z.object({ from_session_id: sessionIdSchema.nullable(), messages: z.array(messageSchema) }),
  }),
  z.object({ type: z.literal('messages.removed'), data: z.object({ message_ids: z.array(messageIdSchema) }) }),
  /** Another alternative is shown: after what was removed for it, its messages stand at the end again. */
  z.object({ type: z.literal('messages.restored'), data: z.object({ messages: z.array(messageSchema) }) }),
])
export type SessionEvent = z.infer<typeof eventSchema>
export type SessionEventType = SessionEvent['type']

const entryPlaceShape = {
  seq: seqSchema,
  /** Null for entries that belong to no turn. */
  turn_id: turnIdSchema.nullable(),
  epoch: epochSchema,
  /** When the database accepted it: milliseconds since 1970, UTC. */
  at: z.int().nonnegative(),
}

/** An event with its place in the log: what an SSE frame's `data:` holds. */
export const entrySchema = z.intersection(z.object(entryPlaceShape), eventSchema)
export type Entry = z.infer<typeof entrySchema>

/** True for the events that `step.finished` replaces. */
export function isProvisional(type: SessionEventType): type is 'text.delta' | 'reasoning.delta' {
  return type === 'text.delta' || type === 'reasoning.delta'
}

/**
 * Frames of a session's stream that are not entries. They carry an SSE `event:` name and no `id:`.
 * `reset`: the reader's cursor is not of this log; forget the view, load the transcript, follow from its cursor.
 * With `owner_changed` the turn has gone on elsewhere, and the stream ends after it.
 * `session_deleted`: the last frame; the stream then ends.
 */
export const streamNoticeSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reset'), code: z.enum(['cursor_ahead', 'owner_changed']), last_seq: seqSchema }),
  z.object({ type: z.literal('session_deleted') }),
])
export type StreamNotice = z.infer<typeof streamNoticeSchema>
