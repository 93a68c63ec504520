import { ArrowRight, MessageSquare, MessagesSquare, Plus } from 'lucide-react'
import type { MarkedText } from '../../protocol/search.ts'
import { parseTime } from '../client/session-view.ts'
import { formatDay } from '../time-format.ts'
import { words } from '../words.ts'
import { plainExcerpt } from './plain-excerpt.ts'
import type { SearchOption } from './search-options.ts'

interface SearchOptionRowProps {
  readonly id: string
  readonly option: SearchOption
  readonly isChosen: boolean
  readonly onChoose: (option: SearchOption) => void
}

const ICONS = { command: ArrowRight, session: MessagesSquare, message: MessageSquare, more: Plus } as const

/** One line of the results. It is chosen by a click; the keys are the box's. */
export function SearchOptionRow({ id, option, isChosen, onChoose }: SearchOptionRowProps) {
  const Icon = ICONS[option.type]
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the box above has the focus and the keys
    <div
      id={id}
      role="option"
      aria-selected={isChosen}
      tabIndex={-1}
      data-testid={`search-${option.type}`}
      onClick={() => onChoose(option)}
      className={`flex min-h-9 cursor-pointer items-start gap-2.5 rounded-small px-3 py-1.5 text-small touch:min-h-11 ${isChosen ? 'bg-ink/8' : 'hover:bg-ink/5'}`}
    >
      <Icon
        className={`mt-1 size-4 shrink-0 text-soft ${option.type === 'command' ? 'rtl:-scale-x-100' : ''}`}
        aria-hidden="true"
      />
      <OptionText option={option} />
    </div>
  )
}

function OptionText({ option }: { option: SearchOption }) {
  switch (option.type) {
    case 'command':
      return (
        <span className="flex min-w-0 flex-1 flex-wrap justify-between gap-x-3">
          {option.command.label}
          <kbd className="text-note text-soft">{option.command.keys}</kbd>
        </span>
      )
    case 'session':
      return (
        <span dir="auto" className="min-w-0 flex-1 truncate text-start">
          <Marked text={option.title} />
        </span>
      )
    case 'more':
      return <span>{words.search.more}</span>
    case 'message': {
      const { hit } = option
      const who = hit.role === 'user' ? words.search.you : words.search.answer
      const day = formatDay(parseTime(hit.created_at))
      return (
        <span className="flex min-w-0 flex-1 flex-col">
          <span dir="auto" className="wrap-anywhere line-clamp-3">
            <Marked text={plainExcerpt(hit.excerpt)} />
          </span>
          <span className="truncate text-note text-soft">
            {[who, hit.session_title || words.sessions.untitled, day].join(' · ')}
          </span>
        </span>
      )
    }
  }
}

/** Drawn piece by piece as text: what people and models wrote is never markup here. */
function Marked({ text }: { text: MarkedText }) {
  let at = 0
  return text.map((piece) => {
    const key = at
    at += piece.text.length
    return piece.hit ? (
      <mark key={key} className="rounded-[2px] bg-accent/24 text-inherit">
        {piece.text}
      </mark>
    ) : (
      <span key={key}>{piece.text}</span>
    )
  })
}
