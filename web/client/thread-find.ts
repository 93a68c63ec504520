import type { MessageId } from '../../protocol/ids.ts'
import type { MessageView, SessionView } from './session-view.ts'

/** The messages that contain `query`, whatever its case, oldest first. None for an empty query. */
export function findMessages({ settled, live }: SessionView, query: string): readonly MessageId[] {
  const wanted = query.toLocaleLowerCase()
  if (wanted.trim() === '') return []
  const all = live === null ? settled : [...settled, live.user, live.assistant]
  return all.filter((message) => textOf(message).includes(wanted)).map((message) => message.messageId)
}

/** A settled message never changes, so its text is made small once. */
const smallTexts = new WeakMap<MessageView, string>()

function textOf(message: MessageView): string {
  const known = smallTexts.get(message)
  if (known !== undefined) return known
  const written = message.content === '' ? message.steps.map((step) => step.text).join('\n\n') : message.content
  const small = written.toLocaleLowerCase()
  smallTexts.set(message, small)
  return small
}
