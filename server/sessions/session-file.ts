import { z } from 'zod'
import { MAX_IMAGE_BYTES, MAX_IMAGES_PER_MESSAGE, messageImageSchema } from '../../protocol/image.ts'
import { fitsCodePoints, isStorableText, UNSTORABLE_TEXT } from '../../protocol/requests.ts'
import { MAX_TITLE_CODE_POINTS } from '../../protocol/session.ts'
import { imageOf, type KeptImage } from './session-images.ts'

/*
 * A session as it was exported to JSON, here or by another program that speaks the compatible API, and comes back from
 * wherever it has been. Nothing in it is believed (row 113): ids are given anew, what nobody needs is not read, and one
 * message that does not fit refuses the whole.
 */

const MAX_MESSAGES = 10_000
/** So many bytes of images a file carries, those of the newest messages. Of the others it has the names. */
export const MAX_FILE_IMAGE_BYTES = 24 * 1024 * 1024
const MAX_FILE_IMAGES = 1_000
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
  images: z.array(messageImageSchema).max(MAX_IMAGES_PER_MESSAGE).optional(),
})

/** An image with its bytes in base64. */
export const fileImageSchema = messageImageSchema.extend({
  bytes: z.string().max(4 * Math.ceil(MAX_IMAGE_BYTES / 3)),
})

export const sessionFileSchema = z.object({
  format: z.literal('json'),
  session: z.object({ title: textUpTo(MAX_TITLE_CODE_POINTS) }),
  messages: z.array(fileMessageSchema).max(MAX_MESSAGES),
  /** Those that messages name, each once. Some may be missing, and all are where the file is from before there were any. */
  images: z.array(fileImageSchema).max(MAX_FILE_IMAGES).default([]),
})

/** The bytes of the images of a file; undefined where those of one are not what its name and its kind say. */
export function readFileImages(images: readonly z.infer<typeof fileImageSchema>[]): readonly KeptImage[] | undefined {
  const read = images.map(({ bytes: base64, ...image }) => ({ image, bytes: Buffer.from(base64, 'base64') }))
  return read.every(isAsNamed) ? read : undefined
}

function isAsNamed({ image, bytes }: KeptImage): boolean {
  if (bytes.length > MAX_IMAGE_BYTES) return false
  const found = imageOf(bytes)
  return found?.image_id === image.image_id && found.media_type === image.media_type
}
