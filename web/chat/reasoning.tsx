import { ChevronRight } from 'lucide-react'
import { memo, useState } from 'react'
import { words } from '../words.ts'

interface ReasoningProps {
  readonly text: string
  /** How long it took; null where nobody knows. */
  readonly durationMs: number | null
  /** The model is still at it. */
  readonly isWriting: boolean
}

/** What the model wrote for itself: folded away, there for who wants it. */
export const Reasoning = memo(function Reasoning({ text, durationMs, isWriting }: ReasoningProps) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <details
      data-testid="reasoning"
      className="group text-small text-soft"
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary className="inline-flex min-h-8 cursor-pointer list-none items-center gap-1.5 rounded-small touch:min-h-11">
        <ChevronRight
          className="size-4 transition-transform group-open:rotate-90 rtl:-scale-x-100 rtl:group-open:-rotate-90"
          aria-hidden="true"
        />
        <span className={isWriting ? 'animate-breathe' : ''}>
          {isWriting ? words.message.reasoningNow : labelOf(durationMs)}
        </span>
      </summary>
      {isOpen && (
        <div dir="auto" className="whitespace-pre-wrap border-line border-s-2 py-1 ps-4 [overflow-wrap:anywhere]">
          {text}
        </div>
      )}
    </details>
  )
})

function labelOf(durationMs: number | null): string {
  if (durationMs === null) return words.message.reasoning
  return durationMs < 1_000 ? words.message.thoughtBriefly : words.message.thoughtFor(words.duration(durationMs / 1000))
}
