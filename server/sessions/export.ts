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
  return [speaker, message.content, imagesOf(message), noteOf(message.outcome), '---'].filter(
    (section) => section !== '',
  )
}

/** A text has no room for their bytes: it names each as the picture that it is, by its hash. */
function imagesOf({ images = [] }: Message): string {
  const alt = (place: number) => (images.length === 1 ? 'Image' : `Image ${place} of ${images.length}`)
  return images
    .map(({ image_id }, index) => `![${alt(index + 1)}, which is not in this file](${image_id})`)
    .join('\n\n')
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
