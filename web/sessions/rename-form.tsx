import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { MAX_TITLE_CODE_POINTS, type Session } from '../../protocol/session.ts'
import { useServices } from '../services.ts'
import { isComposing } from '../ui/is-composing.ts'
import { words } from '../words.ts'

interface RenameFormProps {
  readonly session: Session
  readonly onDone: () => void
}

/** The title as a box to write in. Enter and leaving it keep the new title, Escape the old one. */
export function RenameForm({ session, onDone }: RenameFormProps) {
  const { app } = useServices()
  const [title, setTitle] = useState(session.title)
  const [hasFailed, setHasFailed] = useState(false)
  const inputRef = useRef<HTMLInputElement | null>(null)
  const isOver = useRef(false)
  useEffect(() => inputRef.current?.select(), [])

  async function save(): Promise<void> {
    if (isOver.current) return
    const wanted = title.trim()
    if (wanted === '' || wanted === session.title) return close()
    const result = await app.renameSession(session.id, wanted)
    if (result.status === 'ok') close()
    else setHasFailed(true)
  }
  function close(): void {
    isOver.current = true
    onDone()
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (isComposing(event.nativeEvent)) return
    if (event.key === 'Enter') void save()
    if (event.key === 'Escape') close()
  }

  return (
    <div className="flex min-w-0 flex-1 flex-col gap-1 p-1">
      <input
        ref={inputRef}
        dir="auto"
        aria-label={words.sessions.renameLabel}
        aria-invalid={hasFailed}
        value={title}
        maxLength={MAX_TITLE_CODE_POINTS}
        onChange={(event) => setTitle(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={() => void save()}
        className="min-h-8 w-full rounded-small border border-accent bg-raised px-2 text-small touch:min-h-11"
      />
      {hasFailed && (
        <p role="status" className="px-2 text-alarm text-note">
          {words.sessions.renameFailed}
        </p>
      )}
    </div>
  )
}
