import { Ellipsis, FileBraces, FileText, Lock, Pencil, Pin, PinOff, Trash2 } from 'lucide-react'
import { type MouseEvent, memo, useState } from 'react'
import type { Session } from '../../protocol/session.ts'
import { pathOfSession } from '../client/location.ts'
import { useServices } from '../services.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { saveFile } from '../ui/save-file.ts'
import { ShellMark } from '../ui/shell-mark.tsx'
import { words } from '../words.ts'
import { fileNameOf } from './file-name.ts'
import { RenameForm } from './rename-form.tsx'

interface SessionRowProps {
  readonly session: Session
  readonly isOpen: boolean
  readonly isRunning: boolean
  /** It has an answer that nobody at this browser has looked at. */
  readonly isUnread: boolean
  readonly onOpened: () => void
  readonly onDelete: (session: Session) => void
}

export const SessionRow = memo(function SessionRow(props: SessionRowProps) {
  const { session, isOpen } = props
  const [isRenaming, setIsRenaming] = useState(false)
  return (
    <div
      data-testid="session-row"
      className={`group relative flex items-center rounded-medium ${isOpen ? 'bg-ink/8' : 'hover:bg-ink/5'}`}
    >
      {isRenaming ? (
        <RenameForm session={session} onDone={() => setIsRenaming(false)} />
      ) : (
        <>
          <SessionLink {...props} />
          <RowMenu session={session} onRename={() => setIsRenaming(true)} onDelete={props.onDelete} />
        </>
      )}
    </div>
  )
})

function SessionLink({ session, isOpen, isRunning, isUnread, onOpened }: SessionRowProps) {
  const { location } = useServices()
  function open(event: MouseEvent): void {
    // A click that asks the browser for another tab or window gets one.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    location.openSession(session.id)
    onOpened()
  }
  return (
    <a
      href={pathOfSession(session.id)}
      data-session-link={session.id}
      onClick={open}
      aria-current={isOpen ? 'page' : undefined}
      className="flex min-h-10 min-w-0 flex-1 items-center gap-2 rounded-medium ps-3 pe-1 text-small touch:min-h-12"
    >
      {session.private && <PrivateMark />}
      <span dir="auto" className={`truncate ${isOpen || isUnread ? 'font-medium' : ''}`}>
        {session.title || words.sessions.untitled}
      </span>
      {isUnread && !isRunning && (
        <span data-testid="session-unread" className="size-2 shrink-0 rounded-full bg-accent">
          <span className="sr-only">{words.unread}</span>
        </span>
      )}
      {isRunning && (
        <span data-testid="session-running" className="shrink-0">
          <ShellMark className="size-4 animate-breathe text-accent" />
          <span className="sr-only">{words.sessions.running}</span>
        </span>
      )}
    </a>
  )
}

function PrivateMark() {
  return (
    <span title={words.privacy.meaning} className="shrink-0">
      <Lock className="size-3.5 text-soft" aria-hidden="true" />
      <span className="sr-only">{words.privacy.mark}</span>
    </span>
  )
}

interface RowMenuProps {
  readonly session: Session
  readonly onRename: () => void
  readonly onDelete: (session: Session) => void
}

function RowMenu({ session, onRename, onDelete }: RowMenuProps) {
  const { app } = useServices()
  const [isRenameChosen, setIsRenameChosen] = useState(false)
  const PinIcon = session.pinned ? PinOff : Pin
  return (
    <Menu
      trigger={
        <IconButton
          label={words.sessions.actionsFor(session.title || words.sessions.untitled)}
          className="opacity-0 focus-visible:opacity-100 group-focus-within:opacity-100 group-hover:opacity-100 data-[state=open]:opacity-100 touch:opacity-100"
        >
          <Ellipsis className="size-4" aria-hidden="true" />
        </IconButton>
      }
      // The title's box takes the focus; the menu must not give it back to a button that is gone.
      onCloseAutoFocus={(event) => {
        if (!isRenameChosen) return
        event.preventDefault()
        onRename()
      }}
    >
      <MenuItem icon={<Pencil className="size-4" aria-hidden="true" />} onSelect={() => setIsRenameChosen(true)}>
        {words.sessions.rename}
      </MenuItem>
      <MenuItem
        icon={<PinIcon className="size-4" aria-hidden="true" />}
        onSelect={() => void app.setSessionPinned(session.id, !session.pinned)}
      >
        {session.pinned ? words.pins.unpin : words.pins.pin}
      </MenuItem>
      <MenuItem
        icon={<Lock className="size-4" aria-hidden="true" />}
        {...(!session.private && { hint: words.privacy.meaning })}
        onSelect={() => void app.setSessionPrivate(session.id, !session.private)}
      >
        {session.private ? words.privacy.unmark : words.privacy.markIt}
      </MenuItem>
      <ExportItems session={session} />
      <MenuItem icon={<Trash2 className="size-4" aria-hidden="true" />} onSelect={() => onDelete(session)}>
        {words.sessions.delete}
      </MenuItem>
    </Menu>
  )
}

function ExportItems({ session }: { session: Session }) {
  const { app } = useServices()
  async function save(format: 'markdown' | 'json'): Promise<void> {
    const text = await app.exportSession(session.id, format)
    if (text === null) return
    if (format === 'json') saveFile(fileNameOf(session.title, 'json'), text, 'application/json')
    else saveFile(fileNameOf(session.title, 'md'), text, 'text/markdown')
  }
  return (
    <>
      <MenuItem icon={<FileText className="size-4" aria-hidden="true" />} onSelect={() => void save('markdown')}>
        {words.sessionFile.exportMarkdown}
      </MenuItem>
      <MenuItem icon={<FileBraces className="size-4" aria-hidden="true" />} onSelect={() => void save('json')}>
        {words.sessionFile.exportJson}
      </MenuItem>
    </>
  )
}
