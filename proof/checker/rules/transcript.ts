import type { LogEntry } from '../../evidence/history.ts'
import type { StoredMessage, StoredSession } from '../../evidence/stored.ts'
import { type CaseFile, fieldsOf } from '../case-file.ts'
import { tellEntry } from '../story.ts'
import type { Violation } from '../violation.ts'

/** I5, I16: read as history a session is a row of whole turns, saying what its log says. */
export function checkTranscripts({ evidence: { stored } }: CaseFile): Violation[] {
  const messages = Map.groupBy(stored.messages, ({ sessionId }) => sessionId)
  return stored.sessions.flatMap((session) => checkTranscript(session, messages.get(session.id) ?? []))
}

interface Expected {
  readonly id: number | null
  readonly role: string
  readonly content: string
  readonly outcome: string | null
  readonly from: LogEntry
}

function checkTranscript({ id, log }: StoredSession, messages: readonly StoredMessage[]): Violation[] {
  const removed = new Set(log.filter(({ type }) => type === 'messages.removed').flatMap(removedIds))
  const expected = log
    .flatMap((entry) => messagesOf(entry, log))
    .filter((one) => one.id === null || !removed.has(one.id))
  for (const [index, wanted] of expected.entries()) {
    const message = messages[index]
    if (message && isSame(message, wanted)) continue
    const says = `message ${index + 1} of ${id} is not what the log says`
    const found = message
      ? `stored: message ${message.id}, ${message.role}: ${message.content.slice(0, 60)}`
      : 'stored: none'
    return [{ rule: 'I5', says, story: [tellEntry(wanted.from), found] }]
  }
  const [extra] = messages.slice(expected.length)
  const orphan = extra && `stored: message ${extra.id}, ${extra.role}: ${extra.content.slice(0, 60)}`
  return [
    ...(orphan ? [{ rule: 'I5', says: `a message of ${id} stands without its turn`, story: [orphan] }] : []),
    ...checkUsage(log),
  ]
}

/** The messages that an entry settles: a turn's question when it starts, its answer when it ends, or what a branch copied. */
function messagesOf(entry: LogEntry, log: readonly LogEntry[]): Expected[] {
  const fields = fieldsOf(entry)
  const outcome = null
  switch (entry.type) {
    case 'turn.started':
      return [
        { id: Number(fields.user_message_id), role: 'user', content: String(fields.message), outcome, from: entry },
      ]
    case 'turn.ended': {
      const started = log.find(({ type, turnId }) => type === 'turn.started' && turnId === entry.turnId)
      const id = started ? Number(fieldsOf(started).assistant_message_id) : null
      const content = contentOf(log.filter(({ turnId }) => turnId === entry.turnId))
      return [{ id, role: 'assistant', content, outcome: JSON.stringify(fields.outcome), from: entry }]
    }
    case 'messages.copied':
      return copied(fields.messages).map((message) => ({ ...message, from: entry }))
    default:
      return []
  }
}

/** The texts of a turn's steps, each as it was finished last, that say anything. */
function contentOf(entries: readonly LogEntry[]): string {
  const texts = new Map<unknown, string>()
  for (const entry of entries) {
    if (entry.type === 'step.finished') texts.set(fieldsOf(entry).step, String(fieldsOf(entry).text))
  }
  return [...texts.values()].filter((text) => text !== '').join('\n\n')
}

function copied(messages: unknown): Omit<Expected, 'from'>[] {
  if (!Array.isArray(messages)) return []
  return messages.map(({ message_id, role, content, outcome }) => ({
    id: typeof message_id === 'number' ? message_id : null,
    role: String(role),
    content: String(content),
    outcome: outcome === null ? null : JSON.stringify(outcome),
  }))
}

function removedIds(entry: LogEntry): number[] {
  const ids = fieldsOf(entry).message_ids
  return Array.isArray(ids) ? ids.map(Number) : []
}

function isSame(message: StoredMessage, wanted: Expected): boolean {
  return (
    (wanted.id === null || message.id === wanted.id) &&
    message.role === wanted.role &&
    message.content === wanted.content &&
    message.outcome === wanted.outcome
  )
}

/** I16: what a turn says that it used is what its steps used. */
function checkUsage(log: readonly LogEntry[]): Violation[] {
  return log
    .filter(({ type }) => type === 'turn.ended')
    .flatMap((end) => {
      const steps = log.filter(({ type, turnId }) => type === 'step.finished' && turnId === end.turnId)
      const used = steps.map(outputTokens).filter((tokens) => tokens !== null)
      const sum = used.length === 0 ? null : used.reduce((a, b) => a + b, 0)
      if (outputTokens(end) === sum) return []
      const says = `a turn says it used ${outputTokens(end)} tokens, its steps ${sum}`
      return [{ rule: 'I16', says, story: [...steps, end].map((entry) => tellEntry(entry)) }]
    })
}

function outputTokens(entry: LogEntry): number | null {
  const { usage } = fieldsOf(entry)
  const tokens = typeof usage === 'object' && usage !== null && 'output_tokens' in usage ? usage.output_tokens : null
  return typeof tokens === 'number' ? tokens : null
}
