import { Check, Copy, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import { copyText } from './copy-text.ts'

interface CopyButtonProps {
  readonly text: string
  /** What is copied, for those who hear the page. */
  readonly label: string
  /** Only the picture, for where buttons stand in a row. */
  readonly isSmall?: boolean
  readonly words: { readonly copy: string; readonly copied: string; readonly copyFailed: string }
}

type CopyState = 'idle' | 'copied' | 'failed'

const WITH_WORD = 'min-h-7 gap-1.5 rounded-small px-2 touch:min-h-11'
const SMALL = 'size-9 justify-center rounded-medium touch:size-11'

const SHOWN_MS = 1_600

export function CopyButton({ text, label, isSmall = false, words }: CopyButtonProps) {
  const [state, setState] = useState<CopyState>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [state])
  const [Icon, shown] = {
    idle: [Copy, words.copy] as const,
    copied: [Check, words.copied] as const,
    failed: [TriangleAlert, words.copyFailed] as const,
  }[state]
  return (
    <button
      type="button"
      aria-label={state === 'idle' ? label : shown}
      onClick={async () => setState((await copyText(text)) ? 'copied' : 'failed')}
      title={isSmall ? label : undefined}
      className={`inline-flex items-center text-note text-soft transition-colors hover:bg-ink/7 hover:text-ink ${isSmall ? SMALL : WITH_WORD}`}
    >
      <Icon className={isSmall ? 'size-4' : 'size-3.5'} aria-hidden="true" />
      {isSmall ? null : shown}
    </button>
  )
}
