import { z } from 'zod'
import { messageIdSchema, seqSchema, sessionIdSchema, turnIdSchema } from './ids.ts'

/** What an active turn is doing now. A turn without a phase has ended. */
export const turnPhaseSchema = z.enum(['waiting_for_slot', 'running', 'awaiting_approval', 'stopping'])
export type TurnPhase = z.infer<typeof turnPhaseSchema>

/** Why a turn ended `failed`. Each reason has a sentence for people in `web` and an operator's page in `docs/operating.md`. */
export const failureReasonSchema = z.enum([
  'backend_unreachable',
  'backend_error',
  'protocol',
  'slot_wait_timeout',
  'first_byte_timeout',
  'idle_timeout',
  'turn_timeout',
  'limit',
  'tool_protocol',
  'storage',
  'internal',
])
export type FailureReason = z.infer<typeof failureReasonSchema>

/** `restart`: its server process died. `shutdown`: the server was asked to stop. `truncated`: the model's stream broke off. */
export const interruptionReasonSchema = z.enum(['restart', 'shutdown', 'truncated'])
export type InterruptionReason = z.infer<typeof interruptionReasonSchema>

/** The one final outcome of a turn (I3). `message` is a sentence a person can act on. */
export const turnOutcomeSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('completed') }),
  z.object({ status: z.literal('failed'), reason: failureReasonSchema, message: z.string() }),
  z.object({ status: z.literal('cancelled') }),
  z.object({ status: z.literal('interrupted'), reason: interruptionReasonSchema, message: z.string() }),
])
export type TurnOutcome = z.infer<typeof turnOutcomeSchema>

export const holderKindSchema = z.enum(['browser', 'cli', 'api', 'mcp', 'schedule'])
export type HolderKind = z.infer<typeof holderKindSchema>

/** Who a turn belongs to, in words a person understands. */
export const holderSchema = z.object({
  kind: holderKindSchema,
  label: z.string().max(64),
})
export type Holder = z.infer<typeof holderSchema>

/** Tokens of its prompt that the model has read, of those that it has to: what it still had in memory does not count. */
export const promptProgressSchema = z.object({ processed: z.int().nonnegative(), total: z.int().positive() })
export type PromptProgress = z.infer<typeof promptProgressSchema>

/** The running turn as a refusal, the app's stream and the holder card show it. */
export const activeTurnSchema = z.object({
  turn_id: turnIdSchema,
  phase: turnPhaseSchema,
  /** ISO 8601, UTC. */
  started_at: z.string(),
  last_seq: seqSchema,
  holder: holderSchema.extend({
    /** True where the asking client (its `X-Client-Id`) started this turn itself. */
    same_client: z.boolean(),
  }),
  /** Messages that wait in its session for it to end. */
  queue_length: z.int().nonnegative(),
  /** The step the turn is at, from 1; 0 before its first step. */
  step: z.int().nonnegative(),
  /** The tool that runs now. */
  tool: z.string().nullable(),
  /** Turns that stand before this one in the line for the model; null unless the phase is `waiting_for_slot`. */
  turns_ahead: z.int().nonnegative().nullable(),
  /** Only while the model reads its prompt, and its server tells how far it is; else null. Passing: it is in no log. */
  prompt_progress: promptProgressSchema.nullable(),
})
export type ActiveTurn = z.infer<typeof activeTurnSchema>

export const turnUsageSchema = z.object({
  input_tokens: z.int().nonnegative().nullable(),
  output_tokens: z.int().nonnegative().nullable(),
  time_to_first_token_ms: z.number().nonnegative().nullable(),
  tokens_per_second: z.number().nonnegative().nullable(),
})
export type TurnUsage = z.infer<typeof turnUsageSchema>

/** A turn as `POST …/turns`, `GET /api/turns/:id` and `POST …/cancel` answer it. `outcome` is null while it is active. */
export const turnSchema = z.object({
  turn_id: turnIdSchema,
  session_id: sessionIdSchema,
  user_message_id: messageIdSchema,
  assistant_message_id: messageIdSchema,
  /** Null once the turn has ended. */
  phase: turnPhaseSchema.nullable(),
  outcome: turnOutcomeSchema.nullable(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  /** Seq of the turn's first entry, `turn.started`: follow the session from `first_seq - 1` to see all of the turn. */
  first_seq: seqSchema,
})
export type Turn = z.infer<typeof turnSchema>

/** What `POST …/sends/cancel` answers: the turn that the send has started, as it stands; null where there is and will be none. */
export const cancelledSendSchema = z.object({ turn: turnSchema.nullable() })

/** The longest message, in code points (R18). */
export const MAX_MESSAGE_CODE_POINTS = 100_000
