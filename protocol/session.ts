import { z } from 'zod'
import { sessionIdSchema } from './ids.ts'

/** The longest title, in code points. */
export const MAX_TITLE_CODE_POINTS = 512

/** A session as `/api/sessions` answers it: the field names are those of GAIA's clients. */
export const sessionSchema = z.object({
  id: sessionIdSchema,
  title: z.string(),
  title_is_custom: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
  model: z.string(),
  system_prompt: z.string().nullable(),
  message_count: z.int().nonnegative(),
  document_ids: z.array(z.string()),
  private: z.boolean(),
  /** Stands above the others in lists. */
  pinned: z.boolean(),
  agent_type: z.string(),
  device: z.string(),
  mail_provider: z.enum(['google', 'microsoft']).nullable(),
})
export type Session = z.infer<typeof sessionSchema>

/** How much has been said here: all sessions, and the messages in them. Whoever deletes everything names what they have seen. */
export const allSessionsSchema = z.object({ sessions: z.int().nonnegative(), messages: z.int().nonnegative() })
export type AllSessions = z.infer<typeof allSessionsSchema>
