import { Ellipsis, FileBraces, FileText, Lock, Pencil, Pin, PinOff, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Session } from '../../protocol/session.ts'
import type { ApiResult } from '../client/api-result.ts'
import { useServices } from '../services.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { saveFile } from '../ui/save-file.ts'
import { words } from '../words.ts'
import { fileNameOf } from './file-name.ts'

interface SessionMenuProps {
  readonly session: Session
  readonly onRename: () => void
  readonly onDelete: (session: Session) => void
  /** How a choice went that says so nowhere else. */
  readonly onDone: (isDone: boolean) => void
}

/** What can be done with a session of the list. */
export function SessionMenu({ session, onRename, onDelete, onDone }: SessionMenuProps) {
  const { app } = useServices()
  const [isRenameChosen, setIsRenameChosen] = useState(false)
  const PinIcon = session.pinned ? PinOff : Pin
  async function change(answer: Promise<ApiResult<Session>>): Promise<void> {
    onDone((await answer).status === 'ok')
  }
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
        onSelect={() => void change(app.setSessionPinned(session.id, !session.pinned))}
      >
        {session.pinned ? words.pins.unpin : words.pins.pin}
      </MenuItem>
      <MenuItem
        icon={<Lock className="size-4" aria-hidden="true" />}
        {...(!session.private && { hint: words.privacy.meaning })}
        onSelect={() => void change(app.setSessionPrivate(session.id, !session.private))}
      >
        {session.private ? words.privacy.unmark : words.privacy.markIt}
      </MenuItem>
      <ExportItems session={session} onDone={onDone} />
      <MenuItem icon={<Trash2 className="size-4" aria-hidden="true" />} onSelect={() => onDelete(session)}>
        {words.sessions.delete}
      </MenuItem>
    </Menu>
  )
}

function ExportItems({ session, onDone }: Pick<SessionMenuProps, 'session' | 'onDone'>) {
  const { app } = useServices()
  async function save(format: 'markdown' | 'json'): Promise<void> {
    const text = await app.exportSession(session.id, format)
    onDone(text !== null)
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
