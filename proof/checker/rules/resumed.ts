import type { LogEntry } from '../../evidence/history.ts'
import { type CaseFile, fieldsOf } from '../case-file.ts'
import { tellEntry } from '../story.ts'
import type { Violation } from '../violation.ts'

/** How often a turn is tried, all in all. */
const MOST_ATTEMPTS = 3

/** D6: a turn that was cut off goes on, each time under a higher epoch, and is given up after the third attempt and not before. */
export function checkResumed({ evidence }: CaseFile): Violation[] {
  return evidence.stored.sessions.flatMap(({ log }) =>
    [...Map.groupBy(log, ({ turnId }) => turnId)].flatMap(([turnId, entries]) =>
      turnId === null ? [] : checkAttempts(entries),
    ),
  )
}

function checkAttempts(entries: readonly LogEntry[]): Violation[] {
  const resumed = entries.filter(({ type }) => type === 'turn.resumed')
  const end = entries.find(({ type }) => type === 'turn.ended')
  const story = [...resumed, ...(end ? [end] : [])].map((entry) => tellEntry(entry))
  const attempts = resumed.map((entry) => fieldsOf(entry).attempt)
  if (attempts.some((attempt, index) => attempt !== index + 2) || attempts.length >= MOST_ATTEMPTS) {
    return [{ rule: 'D6', says: `a turn was resumed as attempts ${attempts.join(', ')}`, story }]
  }
  const epochs = entries
    .filter(({ type }) => type === 'turn.started' || type === 'turn.resumed')
    .map(({ epoch }) => epoch)
  if (epochs.some((epoch, index) => index > 0 && epoch <= (epochs[index - 1] ?? 0))) {
    return [{ rule: 'I8', says: 'a turn was resumed under the epoch that it had', story }]
  }
  const isGivenUp = end?.data.includes('"reason":"restart"') ?? false
  if (!isGivenUp || attempts.length === MOST_ATTEMPTS - 1) return []
  return [{ rule: 'D6', says: `a turn was given up after ${attempts.length + 1} attempts`, story }]
}
