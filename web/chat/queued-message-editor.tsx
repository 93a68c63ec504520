import { type KeyboardEvent, type RefObject, useLayoutEffect, useRef } from 'react'
import type { QueueControl, QueuedEdit } from '../client/queue-control.ts'
import { Button } from '../ui/button.tsx'
import { isComposing } from '../ui/is-composing.ts'
import { isTouch } from '../ui/is-touch.ts'
import { useFocusAtEnd } from '../ui/use-focus-at-end.ts'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'

interface QueuedMessageEditorProps {
  readonly edit: QueuedEdit
  readonly queue: QueueControl
  readonly onDone: () => void
}

/** Other words for a message that waits. Where it starts while it is edited, the words go to the box: none is lost. */
export function QueuedMessageEditor({ edit: { text }, queue, onDone }: QueuedMessageEditorProps) {
  const inputRef = useRef<HTMLTextAreaElement | null>(null)
  useFocusAtEnd(inputRef, useStore(queue.begun))
  useLeftFocus(inputRef, onDone)

  async function save(): Promise<void> {
    if (await queue.saveEdit()) onDone()
  }
  function cancel(): void {
    queue.cancelEdit()
    onDone()
  }
  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (isComposing(event.nativeEvent)) return
    if (event.key === 'Escape') cancel()
    if (event.key !== 'Enter' || event.shiftKey || isTouch()) return
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
        onChange={(event) => queue.setEditText(event.currentTarget.value)}
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

/** Calls `onLeft` where the input goes away while somebody writes in it. */
function useLeftFocus(inputRef: RefObject<HTMLTextAreaElement | null>, onLeft: () => void): void {
  const latest = useRef(onLeft)
  useLayoutEffect(() => {
    latest.current = onLeft
  })
  useLayoutEffect(() => {
    const input = inputRef.current
    return () => {
      if (document.activeElement === input) latest.current()
    }
  }, [inputRef])
}
