import { z } from 'zod'
import { messageIdSchema, toolCallIdSchema, turnIdSchema } from './ids.ts'
import { messageImageSchema } from './image.ts'
import { turnOutcomeSchema, turnUsageSchema } from './turn.ts'

/** How a tool call ended. `unknown`: nobody can say whether it took effect (D6). */
export const toolStatusSchema = z.enum(['ok', 'error', 'unknown'])
export type ToolStatus = z.infer<typeof toolStatusSchema>

export const toolCallSchema = z.object({
  call_id: toolCallIdSchema,
  tool: z.string(),
  arguments: z.string(),
  status: toolStatusSchema,
  result: z.string(),
  duration_ms: z.number().nonnegative().nullable(),
})
export type ToolCall = z.infer<typeof toolCallSchema>

/** From the first piece of reasoning to what came after it. Absent where there was none, or where nobody knows. */
export const reasoningMsSchema = z.int().nonnegative()

export const stepSchema = z.object({
  step: z.int().positive(),
  text: z.string(),
  reasoning: z.string(),
  reasoning_ms: reasoningMsSchema.optional(),
  tool_calls: z.array(toolCallSchema),
})
export type Step = z.infer<typeof stepSchema>

/**
 * The turns that stand at one place of a conversation, named by the ids of their questions, oldest first. One of them is
 * shown; the others are put aside, with all that followed them.
 */
export const alternativesSchema = z.array(messageIdSchema)

/** One message of a settled turn. `outcome`, `usage` and `steps` belong to the assistant's. */
export const messageSchema = z.object({
  message_id: messageIdSchema,
  turn_id: turnIdSchema.nullable(),
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  steps: z.array(stepSchema),
  outcome: turnOutcomeSchema.nullable(),
  usage: turnUsageSchema.nullable(),
  created_at: z.string(),
  /** Of a user's message that has any. */
  images: z.array(messageImageSchema).optional(),
  /** Of a user's message whose turn has alternatives. */
  alternatives: alternativesSchema.optional(),
})
export type Message = z.infer<typeof messageSchema>
