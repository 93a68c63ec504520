import { ImagePlus, X } from 'lucide-react'
import { useRef } from 'react'
import { imageTypeSchema, MAX_IMAGES_PER_MESSAGE } from '../../protocol/image.ts'
import type { Attachment, Attachments } from '../client/attachments.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'

const ACCEPTED = imageTypeSchema.options.join(',')

/** Chooses images for the next message. */
export function AttachButton({ attachments }: { attachments: Attachments }) {
  const inputRef = useRef<HTMLInputElement | null>(null)
  return (
    <>
      <input
        ref={inputRef}
        type="file"
        accept={ACCEPTED}
        multiple
        hidden
        aria-label={words.images.choose}
        onChange={({ currentTarget }) => {
          attachments.add([...(currentTarget.files ?? [])])
          currentTarget.value = '' // so that the same file can be chosen again
        }}
      />
      <IconButton label={words.images.attach} onClick={() => inputRef.current?.click()}>
        <ImagePlus className="size-4" aria-hidden="true" />
      </IconButton>
    </>
  )
}

/** The images that go with the next message, each with a way to leave it out. */
export function ImageTray({ attachments }: { attachments: Attachments }) {
  const all = useStore(attachments.state)
  const isKept = useStore(attachments.isKept)
  const hasLeftOut = useStore(attachments.hasLeftOut)
  if (all.length === 0) return null
  return (
    <>
      <ul aria-label={words.images.trayLabel} data-testid="image-tray" className="flex flex-wrap gap-2 px-2 pt-1 pb-2">
        {all.map((attachment) => (
          <li key={attachment.key} className="flex flex-col gap-1">
            <Thumbnail attachment={attachment} onRemove={() => attachments.remove(attachment.key)} />
          </li>
        ))}
      </ul>
      {hasLeftOut && <TrayNote text={words.images.tooMany(MAX_IMAGES_PER_MESSAGE)} />}
      {!isKept && <TrayNote text={words.images.notKept} />}
    </>
  )
}

function TrayNote({ text }: { text: string }) {
  return (
    <p role="status" className="px-2 pb-2 text-note text-soft">
      {text}
    </p>
  )
}

function Thumbnail({ attachment, onRemove }: { attachment: Attachment; onRemove: () => void }) {
  const { file, previewUrl, problem, isOnItsWay, isLeaving } = attachment
  return (
    <>
      <div className="relative size-20 overflow-hidden rounded-medium border border-line bg-sunken">
        {problem === null && (
          <img
            src={previewUrl}
            alt={words.images.chosen(file.name)}
            className={`size-full object-cover ${isOnItsWay || isLeaving ? 'opacity-50' : ''}`}
          />
        )}
        <IconButton
          label={words.images.remove(file.name)}
          disabled={isLeaving}
          onClick={onRemove}
          className="absolute end-0 top-0"
        >
          <span className="m-1 ms-auto self-start rounded-small bg-raised/90 p-0.5">
            <X className="size-4" aria-hidden="true" />
          </span>
        </IconButton>
      </div>
      {problem !== null && (
        <p role="alert" className="max-w-20 text-alarm text-note">
          {words.images.problems[problem]}
        </p>
      )}
    </>
  )
}
