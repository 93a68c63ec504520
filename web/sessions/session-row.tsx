import { Lock } from 'lucide-react'
import { type MouseEvent, memo, type Ref, useState } from 'react'
import type { Session } from '../../protocol/session.ts'
import { pathOfSession } from '../client/location.ts'
import { useServices } from '../services.ts'
import { ShellMark } from '../ui/shell-mark.tsx'
import { useFocusAfter } from '../ui/use-focus-after.ts'
import { words } from '../words.ts'
import { RenameForm } from './rename-form.tsx'
import { SessionMenu } from './session-menu.tsx'

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
  const linkRef = useFocusAfter<HTMLAnchorElement>(isRenaming)
  const [hasFailed, setHasFailed] = useState(false)
  return (
    <div
      data-testid="session-row"
      className={`group relative flex flex-wrap items-center rounded-medium ${isOpen ? 'bg-ink/8' : 'hover:bg-ink/5'}`}
    >
      {isRenaming ? (
        <RenameForm session={session} onDone={() => setIsRenaming(false)} />
      ) : (
        <>
          <SessionLink {...props} linkRef={linkRef} />
          <SessionMenu
            session={session}
            onRename={() => setIsRenaming(true)}
            onDelete={props.onDelete}
            onDone={(isDone) => setHasFailed(!isDone)}
          />
          {hasFailed && (
            <p role="status" className="basis-full px-3 pb-2 text-alarm text-note">
              {words.history.failed}
            </p>
          )}
        </>
      )}
    </div>
  )
})

interface SessionLinkProps extends SessionRowProps {
  readonly linkRef: Ref<HTMLAnchorElement>
}

function SessionLink({ session, isOpen, isRunning, isUnread, onOpened, linkRef }: SessionLinkProps) {
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
      ref={linkRef}
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
