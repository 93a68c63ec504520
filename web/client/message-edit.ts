import { z } from 'zod'
import { type MessageId, messageIdSchema, type SessionId } from '../../protocol/ids.ts'
import { imageIdSchema } from '../../protocol/image.ts'
import type { Drafts } from './drafts.ts'
import { moveToBox } from './kept-edit.ts'
import { isSaidAfter, placeOf, type SessionView } from './session-view.ts'
import type { Store } from './store.ts'

export const messageEditSchema = z
  .object({
    messageId: messageIdSchema,
    /** As it was said. */
    message: z.string(),
    /** As it is to be said. */
    text: z.string(),
    /** What the message has beside its text: without any of these it needs words. */
    images: z.array(imageIdSchema).readonly(),
  })
  .readonly()
export type MessageEdit = z.infer<typeof messageEditSchema>

/** An edit that has just begun: its words are those of the message. */
export type BegunEdit = Omit<MessageEdit, 'message'>

/** Whether there is something to send. */
export function hasContent({ text, images }: MessageEdit): boolean {
  return text.trim() !== '' || images.length > 0
}

export interface MessageEditingOptions {
  readonly sessionId: SessionId
  /** Where the edit is, or will be. */
  readonly edit: Store<MessageEdit | null>
  readonly drafts: Drafts
  /** What the screen shows; null until it is loaded. */
  readonly view: () => SessionView | null
}

/** One edit of a question from its beginning to its end: however it ends, its words are sent, given up or in the box. */
export interface MessageEditing {
  /** Goes on with the edit of the same message. Of another one, the words so far go to the draft. */
  readonly begin: (edit: BegunEdit) => void
  /** Sends the edit by `send`, which says whether it was accepted. What was typed since goes to the draft. */
  readonly send: (sent: MessageEdit, send: () => Promise<boolean>) => Promise<boolean>
  /** To be called whenever the view may have changed, or the edit: that of a message that is gone leaves its words to the draft. */
  readonly look: () => void
}

export function createMessageEditing({ sessionId, edit, drafts, view }: MessageEditingOptions): MessageEditing {
  /** The message that is edited, once it was seen: where it then stands no more, it is gone. */
  let seen: MessageId | null = null
  /** What is on its way takes the place of this message, which is then not gone but changed. */
  let replaced: MessageId | null = null

  function leave(left: MessageEdit): void {
    moveToBox(drafts, sessionId, left)
    edit.set(null)
  }

  function begin(next: BegunEdit): void {
    const current = edit.get()
    if (current?.messageId === next.messageId) return
    if (current !== null) leave(current)
    edit.set({ ...next, message: next.text })
  }

  async function send(sent: MessageEdit, sendIt: () => Promise<boolean>): Promise<boolean> {
    const { messageId, text } = sent
    replaced = messageId
    const isAccepted = await sendIt()
    replaced = null
    const now = edit.get()
    if (isAccepted && now?.messageId === messageId) leave({ ...now, message: text })
    else look()
    return isAccepted
  }

  function look(): void {
    const edited = edit.get()
    const shown = view()
    if (edited === null || shown === null || edited.messageId === replaced) return
    const { messageId, text } = edited
    const place = placeOf(shown, messageId)
    if (place === 'shown') seen = messageId
    const isGone = place === 'gone' || (place === 'after' && seen === messageId)
    if (!isGone) return
    if (isSaidAfter(shown, messageId, text))
      edit.set(null) // it was sent, and the answer lost
    else leave(edited)
  }

  return { begin, send, look }
}
