import { z } from 'zod'
import { fitsCodePoints, isStorableText, UNSTORABLE_TEXT } from '../../protocol/requests.ts'
import { MAX_TITLE_CODE_POINTS } from '../../protocol/session.ts'

/*
 * A session as it was exported to JSON, here or by another program that speaks the compatible API, and comes back from
 * wherever it has been. Nothing in it is believed (row 113): ids are given anew, what nobody needs is not read, and one
 * message that does not fit refuses the whole.
 */

const MAX_MESSAGES = 10_000
const MAX_CONTENT_LENGTH = 2_000_000
/** Years 1970 to 2100: what a clock may have said. */
const LAST_TIME_MS = Date.UTC(2100, 0, 1)

function textUpTo(codePoints: number) {
  return z
    .string()
    .refine((text) => fitsCodePoints(text, codePoints), `must have at most ${codePoints} characters`)
    .refine(isStorableText, UNSTORABLE_TEXT)
}

/** A time with or without its zone; without one it is UTC. */
const timeSchema = z
  .string()
  .max(64)
  .transform((text) => Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`))
  .refine((at) => at >= 0 && at < LAST_TIME_MS, 'must be a time')

const fileMessageSchema = z.object({
  role: z.enum(['user', 'assistant']),
  content: textUpTo(MAX_CONTENT_LENGTH),
  created_at: timeSchema,
})

export const sessionFileSchema = z.object({
  format: z.literal('json'),
  session: z.object({ title: textUpTo(MAX_TITLE_CODE_POINTS) }),
  messages: z.array(fileMessageSchema).max(MAX_MESSAGES),
})
