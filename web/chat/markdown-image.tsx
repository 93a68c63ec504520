import { ExternalLink, ImageOff } from 'lucide-react'
import { words } from '../words.ts'
import { readImageSource } from './markdown-safety.ts'

interface MarkdownImageProps {
  readonly src: unknown
  readonly description: string
}

/** Shows an image that the text carries; offers the whole address of one from elsewhere, and never loads it by itself. */
export function MarkdownImage({ src, description }: MarkdownImageProps) {
  const source = readImageSource(src)
  if (source.kind === 'carried') return <img src={source.src} alt={description} className="max-w-full rounded-small" />
  if (source.kind === 'none') return <span>{description}</span>
  return (
    <span className="my-1 flex max-w-full flex-col gap-1 rounded-medium border border-line bg-sunken p-3 text-note">
      <span className="flex items-center gap-2 text-soft">
        <ImageOff className="size-4 shrink-0" aria-hidden="true" />
        {words.image.blocked}
      </span>
      <span>{description === '' ? words.image.unnamed : description}</span>
      <span className="break-all font-mono text-soft">{source.url}</span>
      <a
        href={source.url}
        target="_blank"
        rel="noopener noreferrer"
        className="inline-flex items-center gap-1 self-start"
      >
        {words.image.open}
        <ExternalLink className="size-3.5" aria-hidden="true" />
      </a>
    </span>
  )
}
