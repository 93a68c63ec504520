import { createHash } from 'node:crypto'
import type { SessionId } from '../../protocol/ids.ts'
import { type ImageId, imageIdSchema, type MessageImage } from '../../protocol/image.ts'
import { readImageFacts } from './image-type.ts'

/** Keeps the bytes of images, by their session and their content (D18). What is kept is on disk when the promise resolves. */
export interface ImageFiles {
  /** A second call for the same image changes nothing. */
  keep(sessionId: SessionId, image: MessageImage, bytes: Buffer): Promise<void>
  /** The image's type, where it is kept for this session. */
  find(sessionId: SessionId, imageId: ImageId): Promise<MessageImage | undefined>
  /** Undefined where it is not kept, or can no longer be read. */
  read(sessionId: SessionId, image: MessageImage): Promise<Buffer | undefined>
  count(sessionId: SessionId): Promise<number>
  delete(sessionId: SessionId, image: MessageImage): Promise<void>
  copyAll(from: SessionId, to: SessionId): Promise<void>
  deleteAll(sessionId: SessionId): Promise<void>
}

export interface KeptImage {
  readonly image: MessageImage
  readonly bytes: Buffer
}

/** Of one session: what nobody sends is not to fill the disk (S23). */
const MAX_KEPT_IMAGES = 1_000

/** What an image is its bytes decide, and its id is their hash. Undefined where they are of no kind that is taken. */
export function imageOf(bytes: Buffer): MessageImage | undefined {
  const facts = readImageFacts(bytes)
  if (!facts) return undefined
  return { image_id: imageIdSchema.parse(createHash('sha256').update(bytes).digest('hex')), media_type: facts.type }
}

/** Takes in an image. The session must exist. */
export async function addImage(
  files: ImageFiles,
  sessionId: SessionId,
  { image, bytes }: KeptImage,
): Promise<'added' | 'too_many'> {
  if (!(await files.find(sessionId, image.image_id)) && (await files.count(sessionId)) >= MAX_KEPT_IMAGES) {
    return 'too_many'
  }
  await files.keep(sessionId, image, bytes)
  return 'added'
}

/** The images with these ids, in their order, each once; undefined where one is not kept for this session. */
export async function findImages(
  files: ImageFiles,
  sessionId: SessionId,
  ids: readonly ImageId[],
): Promise<readonly MessageImage[] | undefined> {
  const found = await Promise.all([...new Set(ids)].map((id) => files.find(sessionId, id)))
  return found.every((image) => image !== undefined) ? found : undefined
}
