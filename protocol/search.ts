import { z } from 'zod'
import { messageIdSchema, sessionIdSchema } from './ids.ts'
import { fitsCodePoints, isStorableText, UNSTORABLE_TEXT } from './requests.ts'

/** The longest text that is searched for, in code points. */
export const MAX_QUERY_CODE_POINTS = 256

/** Query of `GET /api/search`. */
export const searchQuerySchema = z.object({
  /** Words. Nothing in it is syntax. */
  q: z
    .string()
    .refine(
      (text) => fitsCodePoints(text, MAX_QUERY_CODE_POINTS),
      `must have at most ${MAX_QUERY_CODE_POINTS} characters`,
    )
    .refine(isStorableText, UNSTORABLE_TEXT),
  limit: z.coerce.number().int().min(1).max(50).default(20),
  /** Only messages before this id. */
  before: z.coerce.number().pipe(messageIdSchema).optional(),
})

/** A text in pieces, of which some are what was searched for. */
export const markedTextSchema = z.array(z.object({ text: z.string(), hit: z.boolean() }))
export type MarkedText = z.infer<typeof markedTextSchema>

const sessionHitSchema = z.object({ session_id: sessionIdSchema, title: markedTextSchema })

const messageHitSchema = z.object({
  message_id: messageIdSchema,
  session_id: sessionIdSchema,
  session_title: z.string(),
  role: z.enum(['user', 'assistant']),
  created_at: z.string(),
  excerpt: markedTextSchema,
})
export type MessageHit = z.infer<typeof messageHitSchema>

/** Its answer, newest first. What is private is never in it. */
export const searchPageSchema = z.object({
  /** Sessions whose title has the words; with the first page only. */
  sessions: z.array(sessionHitSchema),
  messages: z.array(messageHitSchema),
  has_more: z.boolean(),
  /** False while older messages are still being read into the index. */
  is_complete: z.boolean(),
})
export type SearchPage = z.infer<typeof searchPageSchema>
