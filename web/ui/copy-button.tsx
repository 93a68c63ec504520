import { Check, Copy, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import { copyText } from './copy-text.ts'

interface CopyButtonProps {
  readonly text: string
  /** What is copied, for those who hear the page. */
  readonly label: string
  readonly words: { readonly copy: string; readonly copied: string; readonly copyFailed: string }
}

type CopyState = 'idle' | 'copied' | 'failed'

const SHOWN_MS = 1_600

export function CopyButton({ text, label, words }: CopyButtonProps) {
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
      className="inline-flex min-h-7 items-center gap-1.5 rounded-small px-2 text-note text-soft transition-colors hover:bg-ink/7 hover:text-ink touch:min-h-11"
    >
      <Icon className="size-3.5" aria-hidden="true" />
      {shown}
    </button>
  )
}
