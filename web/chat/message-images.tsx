import { ImageOff } from 'lucide-react'
import { useState } from 'react'
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
          <SentImage
            source={`/api/sessions/${sessionId}/images/${image_id}`}
            label={words.images.sent(index + 1, images.length)}
          />
        </li>
      ))}
    </ul>
  )
}

/** The file that a session came from may have named an image without its bytes. */
function SentImage({ source, label }: { readonly source: string; readonly label: string }) {
  const [isLost, setLost] = useState(false)
  if (!isLost) return <img src={source} alt={label} onError={() => setLost(true)} className="size-full object-cover" />
  return (
    <p className="flex size-full flex-col items-center justify-center gap-2 p-3 text-center text-note text-soft">
      <ImageOff className="size-4 shrink-0" aria-hidden="true" />
      {words.images.lost(label)}
    </p>
  )
}
