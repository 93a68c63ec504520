import type { SessionId } from '../../../protocol/ids.ts'
import type { MessageImage } from '../../../protocol/image.ts'
import type { Message } from '../../../protocol/message.ts'
import { MAX_FILE_IMAGE_BYTES } from '../../sessions/session-file.ts'
import type { ImageFiles } from '../../sessions/session-images.ts'
import type { SessionRecord, SessionStore } from '../../sessions/session-store.ts'
import { describeGaiaMessage } from './gaia-message.ts'
import { describeGaiaSession } from './gaia-session.ts'

const PAGE_SIZE = 1_000

export interface ExportSources {
  readonly sessionStore: SessionStore
  readonly images: Pick<ImageFiles, 'read'>
}

/** A session as a file has it: what `POST /api/sessions/import` takes. */
export async function exportSession({ sessionStore, images: files }: ExportSources, record: SessionRecord) {
  const messages = await readMessages(sessionStore, record.id)
  const named = messages.toReversed().flatMap((message) => message.images ?? [])
  const images = await readImages(named, (image) => files.read(record.id, image))
  return {
    format: 'json' as const,
    session: describeGaiaSession(record),
    messages: messages.map((message) => ({
      ...describeGaiaMessage(message, record.id),
      ...(message.images && { images: message.images }),
    })),
    ...(images.length > 0 && { images }),
  }
}

/** Each once, the newest first, as long as they fit. */
async function readImages(
  newestFirst: readonly MessageImage[],
  read: (image: MessageImage) => Promise<Buffer | undefined>,
) {
  const byId = new Map(newestFirst.map((image) => [image.image_id, image]))
  const carried: (MessageImage & { readonly bytes: string })[] = []
  let left = MAX_FILE_IMAGE_BYTES
  for (const image of byId.values()) {
    const bytes = await read(image)
    if (!bytes || bytes.length > left) continue
    left -= bytes.length
    carried.push({ ...image, bytes: bytes.toString('base64') })
  }
  return carried
}

/** All messages, page by page, with room for other requests between the pages. */
export async function readMessages(store: SessionStore, sessionId: SessionId): Promise<Message[]> {
  const messages: Message[] = []
  for (;;) {
    const page = await store.listMessages(sessionId, { limit: PAGE_SIZE, offset: messages.length })
    messages.push(...page.messages)
    if (page.messages.length < PAGE_SIZE) return messages
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
