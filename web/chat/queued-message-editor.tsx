import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { QueuedMessage } from '../../protocol/queue.ts'
import type { OpenSession } from '../client/open-sessions.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { words } from '../words.ts'

interface QueuedMessageEditorProps {
  readonly message: QueuedMessage
  readonly session: OpenSession
  readonly onDone: () => void
}

/** Other words for a message that waits. Where it starts while it is edited, the words go to the box: none is lost. */
export function QueuedMessageEditor({ message, session, onDone }: QueuedMessageEditorProps) {
  const { queue } = session
  const turnId = message.turn_id
  const [text, setText] = useState(message.message)
  const inputRef = useRef<HTMLTextAreaElement | null>(null)
  useFocusAtEnd(inputRef)
  useWordsKept({ session, message, text })

  async function save(): Promise<void> {
    if (text.trim() === '' || !(await queue.saveEdit(turnId, text.trimEnd()))) return
    onDone()
  }
  function cancel(): void {
    queue.edit(null)
    onDone()
  }
  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Escape') cancel()
    if (event.key !== 'Enter' || event.shiftKey || matchMedia('(pointer: coarse)').matches) return
    event.preventDefault()
    void save()
  }

  return (
    <div className="flex flex-wrap items-end justify-end gap-1.5 rounded-medium bg-sunken p-2">
      <textarea
        ref={inputRef}
        dir="auto"
        aria-label={words.queue.editLabel}
        value={text}
        rows={1}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        className="field-sizing-content max-h-[25dvh] min-h-9 min-w-0 flex-1 basis-64 resize-none rounded-medium border border-edge/60 bg-raised px-2.5 py-1.5 text-small outline-none focus:border-accent touch:min-h-11"
      />
      <div className="flex gap-1.5">
        <Button tone="plain" onClick={cancel}>
          {words.queue.cancel}
        </Button>
        <Button tone="strong" disabled={text.trim() === ''} onClick={() => void save()}>
          {words.queue.save}
        </Button>
      </div>
    </div>
  )
}

function useFocusAtEnd(inputRef: { readonly current: HTMLTextAreaElement | null }): void {
  useEffect(() => {
    const input = inputRef.current
    input?.focus()
    input?.setSelectionRange(input.value.length, input.value.length)
  }, [inputRef])
}

/** The editor goes when its message does: by then its words must have another place. */
function useWordsKept({ session, message, text }: Omit<QueuedMessageEditorProps, 'onDone'> & { text: string }): void {
  const { app } = useServices()
  const latest = useRef(text)
  latest.current = text
  useEffect(() => {
    const { queue, sessionId } = session
    return () => {
      const waits = app.state
        .get()
        .queues.get(sessionId)
        ?.messages.some((one) => one.turn_id === message.turn_id)
      const isStillEdited = queue.editing.get() === message.turn_id
      if (waits || !isStillEdited) return
      if (latest.current.trim() === message.message) queue.edit(null)
      else queue.keepWords(latest.current.trimEnd())
    }
  }, [app, session, message])
}
