import { z } from 'zod'
import { messageIdSchema, seqSchema, turnIdSchema } from './ids.ts'
import { imageIdSchema, MAX_IMAGES_PER_MESSAGE } from './image.ts'
import { MAX_MESSAGE_CODE_POINTS } from './turn.ts'

/** True where `text` survives every store unchanged: no NUL, no lone surrogate (R18). */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** At most `limit` code points. Counted only when the UTF-16 length leaves a doubt. */
export function fitsCodePoints(text: string, limit: number): boolean {
  if (text.length <= limit) return true
  if (text.length > 2 * limit) return false
  let count = 0
  for (const _ of text) {
    count += 1
    if (count > limit) return false
  }
  return true
}

export const UNSTORABLE_TEXT = 'must not contain NUL characters or lone surrogates'

/** What a person may send beside images: nothing, or at most {@link MAX_MESSAGE_CODE_POINTS} code points, storable. */
export const imageTextSchema = z
  .string()
  .refine(
    (text) => fitsCodePoints(text, MAX_MESSAGE_CODE_POINTS),
    `must have at most ${MAX_MESSAGE_CODE_POINTS} characters`,
  )
  .refine(isStorableText, UNSTORABLE_TEXT)

/** What a person may send by itself: the same, and something. */
export const messageTextSchema = imageTextSchema.refine((text) => text.trim() !== '', 'must not be empty')

export const onBusySchema = z.enum(['reject', 'queue', 'interrupt'])
export type OnBusy = z.infer<typeof onBusySchema>

/** Body of `POST /api/sessions/:id/turns`. */
export const startTurnBodySchema = z
  .object({
    /**
     * May be missing where `replaces` names a message: what was asked there is asked again. May be missing or empty where
     * `images` names some: a message of images without words.
     */
    message: imageTextSchema.optional(),
    /**
     * A message of this session: the turn it belongs to is put aside with all below it, and this turn takes its place,
     * in one transaction. The earlier one stays as an alternative.
     */
    replaces: messageIdSchema.optional(),
    /**
     * Images that were given to this session before. Without it a message that replaces another keeps that one's.
     */
    images: z.array(imageIdSchema).max(MAX_IMAGES_PER_MESSAGE).optional(),
    /**
     * What to do when the session has an active turn: refuse, let the message wait for its end, or end that turn and start
     * this one in one transaction.
     */
    on_busy: onBusySchema.default('reject'),
    /** The cursor that the client has applied. Settled history past it that the client has not seen is a refusal. */
    expected_seq: seqSchema.optional(),
  })
  .refine(({ message, replaces, images = [] }) => (message ?? replaces ?? images[0]) !== undefined, {
    path: ['message'],
    message: 'must not be missing',
  })
  .refine(({ message, images = [] }) => message?.trim() !== '' || images.length > 0, {
    path: ['message'],
    message: 'must not be empty',
  })
  // What would be put aside when its turn comes is not what the person has seen.
  .refine(({ on_busy, replaces }) => on_busy !== 'queue' || replaces === undefined, {
    path: ['on_busy'],
    message: 'must not be queue where a message is replaced',
  })

/** Body of `POST /api/sessions/:id/alternative`: the question of the alternative to show. */
export const showAlternativeBodySchema = z.object({ message_id: messageIdSchema })

/** Its answer: the messages that are shown again; none where they were shown already. */
export const shownAlternativeSchema = z.object({ message_ids: z.array(messageIdSchema) })

/** Body of `PATCH /api/sessions/:id/queue/:turn`: other words, another place, or both. */
export const editQueuedBodySchema = z
  .object({
    message: messageTextSchema.optional(),
    /** Move it before the queued message with this id, or to the end. */
    before: turnIdSchema.nullable().optional(),
  })
  .refine(({ message, before }) => message !== undefined || before !== undefined, 'must name what to change')

/** What is done to a whole queue names the revision that the client has seen, so that it hits no message it has not. */
export const queueRevisionSchema = z.object({ revision: z.int().nonnegative() })

/** Query of `DELETE /api/sessions/:id/queue`. */
export const clearQueueQuerySchema = z.object({ revision: z.coerce.number().pipe(z.int().nonnegative()) })

/** Body of `POST /api/sessions/:id/branch`. Without `up_to_message_id` all settled messages are copied. */
export const branchBodySchema = z.object({ up_to_message_id: messageIdSchema.optional() })

/** Query of `GET /api/sessions/:id/transcript`. `before` pages backwards. */
export const transcriptQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().pipe(messageIdSchema).optional(),
})

/** Query of `GET /api/sessions/:id/events`. `Last-Event-ID` wins over `after`. */
export const followQuerySchema = z.object({ after: z.coerce.number().pipe(seqSchema).optional().catch(undefined) })
