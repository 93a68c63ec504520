import { z } from 'zod'

/** How many images a message may have, and how large each may be (S20). */
export const MAX_IMAGES_PER_MESSAGE = 4
export const MAX_IMAGE_BYTES = 5 * 1024 * 1024

/** What models take and browsers draw without running anything. */
export const imageTypeSchema = z.enum(['image/png', 'image/jpeg', 'image/webp', 'image/gif'])
export type ImageType = z.infer<typeof imageTypeSchema>

/** SHA-256 of the bytes, in hexadecimal: the same picture has the same id, and another one has another. */
export const imageIdSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be the id of an image')
  .brand('ImageId')
export type ImageId = z.infer<typeof imageIdSchema>

/** An image as a message names it. Its bytes are at `/api/sessions/:id/images/:image`. */
export const messageImageSchema = z.object({ image_id: imageIdSchema, media_type: imageTypeSchema })
export type MessageImage = z.infer<typeof messageImageSchema>
