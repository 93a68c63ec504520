import { acceptedAs, type CaseFile, type Operation, wasRefused } from '../case-file.ts'
import { tellEvent, tellOperation } from '../story.ts'
import type { Violation } from '../violation.ts'

/** I4, I6, I10, I20: what was refused has left nothing, what was accepted is there, what was deleted is gone. */
export function checkTraces(file: CaseFile): Violation[] {
  return [
    ...checkRefused(file),
    ...checkCreated(file),
    ...checkTitles(file),
    ...checkDeleted(file),
    ...checkAtRest(file),
  ]
}

/** I4: the mark of a refused send is nowhere: in no table, on no screen, in no prompt. */
function checkRefused(file: CaseFile): Violation[] {
  const { stored, modelReplies } = file.evidence
  const byMessage = Map.groupBy(file.callsOf('send'), ({ call }) => call.message)
  return [...byMessage.values()].flatMap((sends) => {
    const [first] = sends
    if (!first || !sends.every(wasRefused)) return []
    const mark = plainMark(first.call.message)
    const found = (where: string, more: readonly string[] = []): Violation[] => [
      { rule: 'I4', says: `a refused send is found ${where}`, story: [...tellOperation(first), ...more] },
    ]
    if (stored.text.includes(mark)) return found('in the database')
    if (modelReplies.some(({ prompt }) => prompt.includes(mark))) return found('in a prompt')
    const shown = file.streams.flatMap((stream) => stream.shown).find(({ entry }) => entry.data.includes(mark))
    return shown ? found('on a screen', [tellEvent(shown.event)]) : []
  })
}

/** The part of a message that no quoting changes, which is where its mark stands: rows quote JSON inside JSON. */
function plainMark(message: string): string {
  return /^[^"\\[\]]*/.exec(message)?.[0] ?? message
}

/** I6: a session that was answered is there, unless somebody has deleted it. */
function checkCreated(file: CaseFile): Violation[] {
  return [...file.callsOf('create'), ...file.callsOf('branch')].flatMap((creation) => {
    const answer = acceptedAs(creation, 'create') ?? acceptedAs(creation, 'branch')
    if (!answer || file.stored(answer.sessionId) || file.deletesOf(answer.sessionId).length > 0) return []
    return [{ rule: 'I6', says: 'an acknowledged session is not there', story: tellOperation(creation) }]
  })
}

/** I6: a session bears the last acknowledged title, or one whose rename was never clearly answered or came at the same time. */
function checkTitles(file: CaseFile): Violation[] {
  const bySession = Map.groupBy(file.callsOf('rename'), ({ call }) => call.sessionId)
  return [...bySession].flatMap(([sessionId, renames]) => {
    const session = file.stored(sessionId)
    const accepted = renames.filter((rename) => acceptedAs(rename, 'rename'))
    const last = accepted.reduce<Operation | undefined>(later, undefined)
    if (!session || !last) return []
    const possible = renames.filter((rename) => !wasRefused(rename) && rename.endIndex >= last.invokedIndex)
    if (possible.some(({ call }) => call.title === session.title)) return []
    const says = `${sessionId} is called "${session.title}"`
    return [{ rule: 'I6', says, story: possible.flatMap(tellOperation) }]
  })
}

function later(a: Operation | undefined, b: Operation): Operation {
  return a && a.invokedIndex > b.invokedIndex ? a : b
}

/** I10: after an acknowledged delete nothing of the session is there, and nobody gets to follow it. */
function checkDeleted(file: CaseFile): Violation[] {
  const { stored } = file.evidence
  const ownerless = stored.ownerless.slice(0, 1)
  const rows = ownerless.map((row) => ({ rule: 'I10', says: 'a row belongs to a session that is gone', story: [row] }))
  const undone = file.callsOf('delete').flatMap((deletion) => {
    if (!acceptedAs(deletion, 'delete')) return []
    const { sessionId } = deletion.call
    const story = tellOperation(deletion)
    if (file.stored(sessionId)) return [{ rule: 'I10', says: 'a deleted session is there', story }]
    const sends = file.callsOf('send').filter(({ call }) => call.sessionId === sessionId)
    const found = sends.find(({ call }) => stored.text.includes(plainMark(call.message)) && !isCopied(file, sessionId))
    if (found) {
      const says = 'something of a deleted session is still stored'
      return [{ rule: 'I10', says, story: [...tellOperation(found), ...story] }]
    }
    const late = file.streams.find(
      ({ connect, connectIndex, shown }) =>
        connect.sessionId === sessionId && connectIndex > deletion.endIndex && shown.length > 0,
    )
    const [first] = late?.shown ?? []
    if (!late || !first) return []
    return [
      {
        rule: 'I10',
        says: 'a deleted session is shown',
        story: [...story, tellEvent(late.connect), tellEvent(first.event)],
      },
    ]
  })
  return [...rows, ...undone]
}

/** A branch keeps what it copied when its source is deleted. */
function isCopied(file: CaseFile, sessionId: string): boolean {
  return file.callsOf('branch').some(({ call }) => call.sessionId === sessionId)
}

/** I20: once at rest, nothing moves. */
function checkAtRest({ evidence: { stored, storedLater } }: CaseFile): Violation[] {
  if (stored.text === storedLater.text) return []
  const before = new Set(stored.text.split('\n'))
  const after = new Set(storedLater.text.split('\n'))
  const gone = [...before].filter((line) => !after.has(line)).map((line) => `before: ${line}`)
  const come = [...after].filter((line) => !before.has(line)).map((line) => `later:  ${line}`)
  return [
    { rule: 'I20', says: 'the database moves although everything is at rest', story: [...gone, ...come].slice(0, 6) },
  ]
}
