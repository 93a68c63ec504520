import { z } from 'zod'
import { statsSchema } from './gaia-schemas.ts'

/** The events of GAIA's chat streams that Conch sends, as its clients read them. */

const toolSchema = z.object({ tool: z.string(), detail: z.string() })

export const gaiaEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('status'),
    status: z.enum(['working', 'info', 'complete']),
    message: z.string(),
    channel: z.literal('debug').optional(),
    steps: z.int().optional(),
    elapsed: z.number().optional(),
  }),
  z.object({
    type: z.literal('step'),
    step: z.int(),
    total: z.int(),
    status: z.literal('started'),
    channel: z.literal('debug'),
  }),
  z.object({ type: z.literal('thinking'), content: z.string() }),
  toolSchema.extend({ type: z.literal('tool_start') }),
  toolSchema.extend({ type: z.literal('tool_args'), args: z.record(z.string(), z.unknown()) }),
  z.object({
    type: z.literal('tool_result'),
    title: z.string(),
    summary: z.string(),
    success: z.boolean(),
    latency_ms: z.number().optional(),
  }),
  z.object({ type: z.literal('tool_end'), success: z.boolean() }),
  z.object({ type: z.literal('chunk'), content: z.string() }),
  z.object({
    type: z.literal('answer'),
    content: z.string(),
    elapsed: z.number(),
    steps: z.int(),
    tools_used: z.int(),
  }),
  z.object({ type: z.literal('error'), content: z.string() }),
  z.object({
    type: z.literal('done'),
    message_id: z.int(),
    content: z.string(),
    stats: statsSchema.optional(),
  }),
])
export type GaiaEvent = z.infer<typeof gaiaEventSchema>

/** One SSE frame. JSON leaves no line break in it, so that nothing in a text can end the frame (I2). */
export function gaiaFrame(event: GaiaEvent): string {
  return `data: ${JSON.stringify(event)}\n\n`
}
