import type { SessionId } from '../../protocol/ids.ts'
import type { MessageImage } from '../../protocol/image.ts'
import { words } from '../words.ts'

interface MessageImagesProps {
  readonly sessionId: SessionId
  readonly images: readonly MessageImage[]
}

/** What was sent with a message. Each has its room before it has come. */
export function MessageImages({ sessionId, images }: MessageImagesProps) {
  if (images.length === 0) return null
  return (
    <ul className="mb-2 flex max-w-[88%] flex-wrap justify-end gap-2">
      {images.map(({ image_id }, index) => (
        <li key={image_id} className="size-40 overflow-hidden rounded-medium border border-line bg-sunken">
          <img
            src={`/api/sessions/${sessionId}/images/${image_id}`}
            alt={words.images.sent(index + 1, images.length)}
            className="size-full object-cover"
          />
        </li>
      ))}
    </ul>
  )
}
