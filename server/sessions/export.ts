import type { Message } from '../../protocol/message.ts'
import type { Session } from '../../protocol/session.ts'
import type { TurnOutcome } from '../../protocol/turn.ts'

/** A session as one Markdown text. What people and models wrote stands in it as it is: it is their Markdown. */
export function exportMarkdown(session: Session, messages: readonly Message[]): string {
  const head = [
    `# ${session.title.replace(/\s+/g, ' ')}`,
    `*Created: ${session.created_at}*`,
    `*Model: ${session.model}*`,
    '---',
  ]
  return `${[...head, ...messages.flatMap(sectionsOf)].join('\n\n')}\n`
}

function sectionsOf(message: Message): string[] {
  const speaker = message.role === 'user' ? '**User:**' : '**Assistant:**'
  return [speaker, message.content, imagesNote(message), noteOf(message.outcome), '---'].filter(
    (section) => section !== '',
  )
}

/** A text has no room for them, and must not look as if there had been none. */
function imagesNote({ images = [] }: Message): string {
  if (images.length === 0) return ''
  return images.length === 1
    ? '*(with an image that is not in this file)*'
    : `*(with ${images.length} images that are not in this file)*`
}

/** A partial answer must not read like a whole one. */
function noteOf(outcome: TurnOutcome | null): string {
  switch (outcome?.status) {
    case 'cancelled':
      return '*(stopped before it was finished)*'
    case 'failed':
    case 'interrupted':
      return `*(${outcome.message})*`
    case 'completed':
    case undefined:
      return ''
  }
}
