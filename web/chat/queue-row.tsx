import { ArrowDown, ArrowUp, Ellipsis, Pencil, SendHorizontal, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import type { TurnId } from '../../protocol/ids.ts'
import type { QueuedMessage } from '../../protocol/queue.ts'
import type { OpenSession } from '../client/open-sessions.ts'
import { useServices } from '../services.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { useMediaQuery } from '../ui/use-media-query.ts'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { QueuedMessageEditor } from './queued-message-editor.tsx'

interface QueueRowProps {
  readonly message: QueuedMessage
  /** The message above this one, before which it would stand if it moved up. */
  readonly before: TurnId | null
  /** The message before which it would stand if it moved down: the one after the next. */
  readonly afterNext: TurnId | null
  readonly isLast: boolean
  readonly session: OpenSession
  readonly onEdited: () => void
}

/** From here on each action has a button of its own; below they are in a menu. */
const WIDE = '(min-width: 40rem)'

export function QueueRow(props: QueueRowProps) {
  const { message, session, onEdited } = props
  const edit = useStore(session.queue.edit)
  if (edit?.turnId === message.turn_id) {
    return (
      <li>
        <QueuedMessageEditor edit={edit} queue={session.queue} onDone={onEdited} />
      </li>
    )
  }
  return (
    <li data-testid="queued-message" className="flex items-center gap-1 rounded-medium py-1.5 ps-2.5 hover:bg-ink/4">
      <p dir="auto" className="line-clamp-2 min-w-0 flex-1 whitespace-pre-wrap text-small [overflow-wrap:anywhere]">
        {message.message || words.images.withoutWords}
        <Origin message={message} />
      </p>
      <RowActions {...props} />
    </li>
  )
}

function Origin({ message }: { message: QueuedMessage }) {
  const { identity } = useServices()
  const { same_client: isOwn, label, kind } = message.holder
  const fallback = kind === 'browser' ? words.queue.otherTab : words.queue.program
  const who = label === '' || label === identity.label ? fallback : label
  const notes = [message.after_stop ? words.queue.next : '', isOwn ? '' : words.queue.from(who)].filter(Boolean)
  if (notes.length === 0) return null
  return <span className="text-note text-soft">{` · ${notes.join(' · ')}`}</span>
}

interface Action {
  readonly label: string
  readonly icon: ReactNode
  readonly isPossible: boolean
  readonly act: () => void
}

function actionsOf({ message, before, afterNext, isLast, session: { queue } }: QueueRowProps): readonly Action[] {
  const turnId = message.turn_id
  const icon = 'size-4'
  return [
    {
      label: words.queue.sendNow,
      icon: <SendHorizontal className={icon} aria-hidden="true" />,
      isPossible: true,
      act: () => void queue.sendNow(turnId),
    },
    {
      label: words.queue.edit,
      icon: <Pencil className={icon} aria-hidden="true" />,
      isPossible: true,
      act: () => queue.beginEdit(message),
    },
    {
      label: words.queue.up,
      icon: <ArrowUp className={icon} aria-hidden="true" />,
      isPossible: before !== null,
      act: () => void queue.change({ do: 'move', turnId, before }),
    },
    {
      label: words.queue.down,
      icon: <ArrowDown className={icon} aria-hidden="true" />,
      isPossible: !isLast,
      act: () => void queue.change({ do: 'move', turnId, before: afterNext }),
    },
    {
      label: words.queue.remove,
      icon: <Trash2 className={icon} aria-hidden="true" />,
      isPossible: true,
      act: () => void queue.change({ do: 'remove', turnId }),
    },
  ]
}

function RowActions(props: QueueRowProps) {
  const isWide = useMediaQuery(WIDE)
  const actions = actionsOf(props)
  if (!isWide) return <RowMenu actions={actions.filter(({ isPossible }) => isPossible)} />
  return (
    <div className="-my-1.5 flex shrink-0">
      {actions.map(({ label, icon, isPossible, act }) => (
        // one that can do nothing now stays where it is, so that the focus does, too
        <IconButton
          key={label}
          label={label}
          aria-disabled={!isPossible}
          className="aria-disabled:opacity-40"
          onClick={() => isPossible && act()}
        >
          {icon}
        </IconButton>
      ))}
    </div>
  )
}

function RowMenu({ actions }: { actions: readonly Action[] }) {
  return (
    <Menu
      trigger={
        <IconButton label={words.queue.actions}>
          <Ellipsis className="size-4" aria-hidden="true" />
        </IconButton>
      }
    >
      {actions.map(({ label, icon, act }) => (
        <MenuItem key={label} icon={icon} onSelect={act}>
          {label}
        </MenuItem>
      ))}
    </Menu>
  )
}
