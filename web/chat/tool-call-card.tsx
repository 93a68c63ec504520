import { ChevronRight, CircleAlert, CircleCheck, CircleDashed, CircleHelp, LoaderCircle } from 'lucide-react'
import { memo, useState } from 'react'
import type { ToolCallState, ToolCallView } from '../client/session-view.ts'
import { SCROLLED_BY_KEYBOARD } from '../ui/scrolled-by-keyboard.ts'
import { words } from '../words.ts'

const ICONS: Readonly<Record<ToolCallState, { icon: typeof CircleCheck; className: string }>> = {
  requested: { icon: CircleDashed, className: 'text-soft' },
  started: { icon: LoaderCircle, className: 'animate-spin text-accent' },
  ok: { icon: CircleCheck, className: 'text-soft' },
  error: { icon: CircleAlert, className: 'text-alarm' },
  unknown: { icon: CircleHelp, className: 'text-alarm' },
}

/** One tool call: a line that tells how it stands, and behind it what was asked and what came back. */
export const ToolCallCard = memo(function ToolCallCard({ call }: { call: ToolCallView }) {
  const [isOpen, setIsOpen] = useState(false)
  const { icon: Icon, className } = ICONS[call.state]
  const duration = call.durationMs === null ? '' : ` · ${words.duration(call.durationMs / 1000)}`
  return (
    <div
      data-testid="tool-call"
      data-state={call.state}
      className="rounded-medium border border-line bg-raised text-small"
    >
      <details className="group" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary className="flex min-h-10 cursor-pointer list-none items-center gap-2.5 rounded-medium px-3 py-1.5 touch:min-h-11">
          <Icon className={`size-4 shrink-0 ${className}`} aria-hidden="true" />
          <span className="min-w-0 truncate font-mono text-note">{call.tool}</span>
          <span className="ms-auto shrink-0 text-note text-soft">
            {words.tool.states[call.state]}
            {duration}
          </span>
          <ChevronRight
            className="size-4 shrink-0 text-soft transition-transform group-open:rotate-90 rtl:-scale-x-100 rtl:group-open:-rotate-90"
            aria-hidden="true"
          />
        </summary>
        {isOpen && <ToolCallDetails call={call} />}
      </details>
      {call.state === 'unknown' && <p className="px-3 pb-2.5 text-note text-soft">{words.tool.unknownNote}</p>}
    </div>
  )
})

function ToolCallDetails({ call }: { call: ToolCallView }) {
  const isFinished = call.state !== 'requested' && call.state !== 'started'
  return (
    <div className="flex flex-col gap-3 border-line border-t p-3">
      <TextPart label={words.tool.arguments} text={indentJson(call.arguments)} />
      {isFinished && (
        <TextPart label={words.tool.result} text={call.result === '' ? words.tool.noResult : call.result} />
      )}
    </div>
  )
}

function TextPart({ label, text }: { label: string; text: string }) {
  return (
    <div className="flex flex-col gap-1">
      <span className="text-note text-soft">{label}</span>
      <pre
        dir="ltr"
        className="max-h-72 overflow-auto whitespace-pre-wrap rounded-small bg-sunken p-2.5 font-mono text-note [overflow-wrap:anywhere]"
        {...SCROLLED_BY_KEYBOARD}
      >
        {text}
      </pre>
    </div>
  )
}

/** Arguments are JSON text; what is not is shown as it is. */
function indentJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
