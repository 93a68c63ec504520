import { Ellipsis, GitBranch, Pencil, RefreshCw, Trash2 } from 'lucide-react'
import { type Ref, useState } from 'react'
import type { TurnUsage } from '../../protocol/turn.ts'
import type { MessageView } from '../client/session-view.ts'
import { useServices } from '../services.ts'
import { formatClock, formatFullTime } from '../time-format.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { words } from '../words.ts'
import { AlternativesPager } from './alternatives-pager.tsx'
import { ChangeNotice } from './change-notice.tsx'
import { ContextMeter } from './context-meter.tsx'
import { useSessionPlace } from './session-context.ts'

interface MessageFootProps {
  readonly message: MessageView
  /** Of an answer: what it answers. */
  readonly question: MessageView | null
  /** The newest message shows what can be done without being asked. */
  readonly isLast: boolean
  readonly editButtonRef?: Ref<HTMLButtonElement>
}

/** What can be done with a message, and when it was written: always there for a finger and the keyboard, for a mouse when it is near. */
export function MessageFoot({ message, question, isLast, editButtonRef }: MessageFootProps) {
  const shown = isLast
    ? ''
    : 'opacity-0 transition-opacity focus-within:opacity-100 group-hover:opacity-100 touch:opacity-100 has-data-[state=open]:opacity-100'
  const isQuestion = message.role === 'user'
  return (
    <div className={`flex flex-col gap-1 ${isQuestion ? 'items-end' : ''}`}>
      <footer
        className={`flex min-h-9 flex-wrap items-center gap-x-0.5 text-note text-soft touch:min-h-11 ${isQuestion ? '-me-2' : '-ms-2'} ${shown}`}
      >
        {question !== null && <AlternativesPager answer={message} question={question} />}
        {message.content !== '' && (
          <CopyButton text={message.content} label={words.chat.copyMessage} words={words.chat} isSmall />
        )}
        {isQuestion ? <EditButton message={message} ref={editButtonRef} /> : <AskAgainButton message={message} />}
        <MoreMenu message={message} />
        <span className="flex items-center gap-x-2 px-2">
          <time dateTime={new Date(message.createdAt).toISOString()} title={formatFullTime(message.createdAt)}>
            {formatClock(message.createdAt)}
          </time>
          {message.usage !== null && <UsageText usage={message.usage} />}
          {isLast && !isQuestion && <ContextMeter answer={message} />}
        </span>
      </footer>
      <ChangeNotice messageId={message.messageId} />
    </div>
  )
}

function EditButton({ message, ref }: { message: MessageView; ref: Ref<HTMLButtonElement> | undefined }) {
  const { changes } = useSessionPlace().session
  const { messageId, content: text } = message
  const images = message.images.map(({ image_id }) => image_id)
  return (
    <IconButton
      ref={ref ?? null}
      label={words.history.edit}
      onClick={() => changes.beginEdit({ messageId, text, images })}
    >
      <Pencil className="size-4" aria-hidden="true" />
    </IconButton>
  )
}

function AskAgainButton({ message }: { message: MessageView }) {
  const { session, showEnd } = useSessionPlace()
  async function askAgain(): Promise<void> {
    if (await session.changes.askAgain(message.messageId, 'reject')) showEnd()
  }
  return (
    <IconButton label={words.history.askAgain} onClick={() => void askAgain()}>
      <RefreshCw className="size-4" aria-hidden="true" />
    </IconButton>
  )
}

function MoreMenu({ message }: { message: MessageView }) {
  const { app, location } = useServices()
  const { changes, sessionId } = useSessionPlace().session
  const [isRemoving, setIsRemoving] = useState(false)
  async function branch(): Promise<void> {
    const copy = await changes.branchAt(message.messageId)
    if (copy === null) return
    app.addSession(copy)
    if (location.session.get() === sessionId) location.openSession(copy.id)
  }
  return (
    <>
      <Menu
        align={message.role === 'user' ? 'end' : 'start'}
        trigger={
          <IconButton label={words.history.more}>
            <Ellipsis className="size-4" aria-hidden="true" />
          </IconButton>
        }
      >
        <MenuItem
          icon={<GitBranch className="size-4" aria-hidden="true" />}
          hint={words.history.branchHint}
          onSelect={() => void branch()}
        >
          {words.history.branch}
        </MenuItem>
        <MenuItem icon={<Trash2 className="size-4" aria-hidden="true" />} onSelect={() => setIsRemoving(true)}>
          {words.history.remove}
        </MenuItem>
      </Menu>
      {isRemoving && (
        <ConfirmDialog
          isOpen
          title={words.history.removeTitle}
          confirmLabel={words.history.removeConfirm}
          cancelLabel={words.history.removeCancel}
          isBusy={false}
          onConfirm={() => {
            setIsRemoving(false)
            void changes.removeFrom(message.messageId)
          }}
          onClose={() => setIsRemoving(false)}
        >
          <p>{words.history.removeBody}</p>
        </ConfirmDialog>
      )}
    </>
  )
}

function UsageText({ usage }: { usage: TurnUsage }) {
  const { output_tokens: tokens, tokens_per_second: rate } = usage
  const parts = [
    tokens === null ? '' : words.message.tokens(tokens),
    rate === null ? '' : words.message.tokensPerSecond(rate),
  ]
  return <span>{parts.filter((part) => part !== '').join(' · ')}</span>
}
