import { z } from 'zod'
import { seqSchema, sessionIdSchema } from './ids.ts'
import { messageSchema } from './message.ts'
import { activeTurnSchema } from './turn.ts'

/**
 * The newest settled messages, oldest first, and the cursor from which to follow: just before the active turn's first
 * entry where there is one, else the end of the log. Transcript plus entries after `cursor` is always the whole picture.
 */
export const transcriptSchema = z.object({
  session_id: sessionIdSchema,
  messages: z.array(messageSchema),
  has_more: z.boolean(),
  cursor: seqSchema,
  active_turn: activeTurnSchema.nullable(),
})
export type Transcript = z.infer<typeof transcriptSchema>
