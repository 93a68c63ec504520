import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { MessageId } from '../../protocol/ids.ts'
import type { MessageView } from '../client/session-view.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { words } from '../words.ts'
import { useSessionPlace } from './session-context.ts'

interface AlternativesPagerProps {
  readonly answer: MessageView
  /** What it answers: this message and not the answer knows its alternatives. */
  readonly question: MessageView
}

/** Pages through the versions of a question and its answer; what followed each comes and goes with it. */
export function AlternativesPager({ answer, question }: AlternativesPagerProps) {
  const { session } = useSessionPlace()
  const { alternatives } = question
  if (alternatives.length < 2) return null
  const place = alternatives.indexOf(question.messageId)
  const label = words.history.version(place + 1, alternatives.length)
  function show(id: MessageId | undefined): void {
    if (id !== undefined) void session.changes.showOther(answer.messageId, id)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div role="group" aria-label={label} data-testid="alternatives" className="flex items-center">
      <PageButton label={words.history.previousVersion} id={alternatives[place - 1]} onShow={show}>
        <ChevronLeft className="size-4 rtl:-scale-x-100" aria-hidden="true" />
      </PageButton>
      <span className="tabular-nums" title={label}>
        {place + 1}/{alternatives.length}
      </span>
      <PageButton label={words.history.nextVersion} id={alternatives[place + 1]} onShow={show}>
        <ChevronRight className="size-4 rtl:-scale-x-100" aria-hidden="true" />
      </PageButton>
    </div>
  )
}

interface PageButtonProps {
  readonly label: string
  readonly id: MessageId | undefined
  readonly onShow: (id: MessageId | undefined) => void
  readonly children: React.ReactNode
}

/** At the last page it stays where it is, so that the focus does, too. */
function PageButton({ label, id, onShow, children }: PageButtonProps) {
  return (
    <IconButton
      label={label}
      aria-disabled={id === undefined}
      className="aria-disabled:opacity-40"
      onClick={() => onShow(id)}
    >
      {children}
    </IconButton>
  )
}
