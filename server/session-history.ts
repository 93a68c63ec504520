import type { MessageId, SessionId } from '../protocol/ids.ts'
import type { ImageId, MessageImage } from '../protocol/image.ts'
import { buildHistory } from './agent/history.ts'
import type { ModelImage, ModelMessage } from './agent/model.ts'
import type { ImageFiles } from './sessions/session-images.ts'
import type { SessionStore } from './sessions/session-store.ts'

const HISTORY_MESSAGES = 400
/** Far more than any model takes in, so that what is left out is not missed, and 400 messages of many megabytes fill no memory (R15). */
export const HISTORY_BYTES = 16 * 1024 * 1024
/** Of the images of a session the newest are shown, and of those no more than fit. The new message's come first. */
const SHOWN_IMAGES = 8
const SHOWN_IMAGE_BYTES = 24 * 1024 * 1024

export interface HistoryStores {
  readonly sessions: Pick<SessionStore, 'readTranscript' | 'readMessageImages'>
  readonly images: Pick<ImageFiles, 'read'>
}

/** What the model is told of a session, up to and with a new message. Where it is too much, the oldest turns are left out whole. */
export async function readHistory(
  { sessions, images }: HistoryStores,
  turn: {
    readonly sessionId: SessionId
    readonly systemPrompt: string | null
    readonly userMessage: string
    readonly userMessageId: MessageId
    /** Whether the model takes images. */
    readonly takesImages: boolean
  },
): Promise<ModelMessage[]> {
  const { sessionId, systemPrompt, userMessage, takesImages } = turn
  const bounds = { limit: HISTORY_MESSAGES, before: undefined, maxBytes: HISTORY_BYTES }
  const page = await sessions.readTranscript({ sessionId, ...bounds })
  const { messages = [], hasMore: hasOlder = false } = page ?? {}
  const userImages = await sessions.readMessageImages(turn.userMessageId)
  const newestFirst = [...userImages, ...messages.toReversed().flatMap((message) => message.images ?? [])]
  const shownImages = await readImages(takesImages ? newestFirst : [], (image) => images.read(sessionId, image))
  return buildHistory({ messages, hasOlder, systemPrompt, userMessage, userImages, shownImages })
}

async function readImages(
  newestFirst: readonly MessageImage[],
  read: (image: MessageImage) => Promise<Buffer | undefined>,
): Promise<ReadonlyMap<ImageId, ModelImage>> {
  const shown = new Map<ImageId, ModelImage>()
  let left = SHOWN_IMAGE_BYTES
  for (const image of newestFirst) {
    if (shown.size === SHOWN_IMAGES) break
    if (shown.has(image.image_id)) continue
    const bytes = await read(image)
    if (!bytes) continue
    left -= bytes.length
    if (left < 0) break
    shown.set(image.image_id, { mediaType: image.media_type, base64: bytes.toString('base64') })
  }
  return shown
}
