import { type KeyboardEvent, useEffect, useRef } from 'react'
import { hasContent, type MessageEdit } from '../client/message-edit.ts'
import { Button } from '../ui/button.tsx'
import { isComposing } from '../ui/is-composing.ts'
import { isTouch } from '../ui/is-touch.ts'
import { useFocusAtEnd } from '../ui/use-focus-at-end.ts'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { ChangeNotice } from './change-notice.tsx'
import { useSessionPlace } from './session-context.ts'

/** A question that is being changed. Enter sends it in place of the old one, Escape leaves it as it was. */
export function MessageEditor({ edit }: { edit: MessageEdit }) {
  const { session, showEnd } = useSessionPlace()
  const { changes } = session
  const isSending = useStore(changes.state).status === 'working'
  const editorRef = useRef<HTMLDivElement | null>(null)
  const inputRef = useRef<HTMLTextAreaElement | null>(null)
  useFocusAtEnd(inputRef)
  useEffect(() => keepInSight(editorRef.current, inputRef.current), [])
  async function send(): Promise<void> {
    if (await changes.sendEdit('reject')) showEnd()
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (isComposing(event.nativeEvent)) return
    if (event.key === 'Escape') changes.cancelEdit()
    if (event.key !== 'Enter' || event.shiftKey || isTouch()) return
    event.preventDefault()
    void send()
  }
  return (
    <div
      ref={editorRef}
      data-testid="message-editor"
      className="flex scroll-my-2 flex-col gap-2 rounded-large border border-accent bg-raised p-3 shadow-card"
    >
      <textarea
        ref={inputRef}
        dir="auto"
        aria-label={words.history.editLabel}
        aria-describedby="edit-hint"
        value={edit.text}
        rows={2}
        onChange={(event) => changes.setEditText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        className="field-sizing-content max-h-[60cqh] min-h-16 w-full scroll-my-2 resize-none bg-transparent px-1 text-body outline-none"
      />
      <div className="flex flex-wrap items-center justify-end gap-2">
        <p id="edit-hint" className="min-w-40 flex-1 px-1 text-note text-soft">
          {words.history.editHint}
        </p>
        <Button onClick={changes.cancelEdit}>{words.history.editCancel}</Button>
        <Button tone="strong" disabled={isSending || !hasContent(edit)} onClick={() => void send()}>
          {isSending ? words.composer.sending : words.history.editSend}
        </Button>
      </div>
      <ChangeNotice messageId={edit.messageId} />
    </div>
  )
}

/** Rows above take their real heights as they are drawn: after this many frames the editor stands where it stays. */
const SETTLING_FRAMES = 12

/**
 * Shows the whole editor, or where there is no room for that its box, whenever it or the room that the keyboard of a phone
 * leaves takes another height. Ends when the returned function is called.
 */
function keepInSight(editor: HTMLElement | null, input: HTMLElement | null): () => void {
  let framesLeft = 0
  let frame = 0
  function show(): void {
    if (!editor?.contains(document.activeElement)) return // something else is read or written meanwhile
    editor.scrollIntoView({ block: 'nearest' })
    input?.scrollIntoView({ block: 'nearest' })
    framesLeft -= 1
    if (framesLeft > 0) frame = requestAnimationFrame(show)
  }
  const sizes = new ResizeObserver(() => {
    cancelAnimationFrame(frame)
    framesLeft = SETTLING_FRAMES
    show()
  })
  const log = editor?.closest('[role=log]')
  if (editor != null) sizes.observe(editor)
  if (log != null) sizes.observe(log)
  return () => {
    sizes.disconnect()
    cancelAnimationFrame(frame)
  }
}
