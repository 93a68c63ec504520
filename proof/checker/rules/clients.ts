import { acceptedAs, type CaseFile, type Operation } from '../case-file.ts'
import { tellEvent, tellOperation } from '../story.ts'
import type { Violation } from '../violation.ts'

/** I9, I12, I13, I14: what each client may rely on. */
export function checkClients(file: CaseFile): Violation[] {
  return [
    ...checkLastSends(file),
    ...checkRefusals(file),
    ...checkKeys(file),
    ...checkReads(file),
    ...checkLeftOver(file),
  ]
}

/** I9: after the last fault every session completes a turn. */
function checkLastSends(file: CaseFile): Violation[] {
  const completed = new Set(
    file.evidence.stored.turns.filter(({ outcome }) => outcome === '{"status":"completed"}').map(({ id }) => id),
  )
  const lastSends = Map.groupBy(
    file.callsOf('send').filter(({ call }) => call.isLast),
    ({ call }) => call.sessionId,
  )
  return file.evidence.stored.sessions.flatMap(({ id }) => {
    const sends = lastSends.get(id) ?? []
    if (sends.some((send) => completed.has(acceptedAs(send, 'send')?.turnId ?? ''))) return []
    return [
      { rule: 'I9', says: `${id} does not complete a turn after the last fault`, story: sends.flatMap(tellOperation) },
    ]
  })
}

/** I9: a refusal names a turn that is still active as far as anybody could know: nobody was shown its end before. */
function checkRefusals(file: CaseFile): Violation[] {
  const ends = new Map<string, { index: number; told: string }>()
  for (const { event, entry, index } of file.streams.flatMap(({ shown }) => shown)) {
    const known = ends.get(entry.turnId ?? '')
    if (entry.type === 'turn.ended' && entry.turnId && (!known || index < known.index)) {
      ends.set(entry.turnId, { index, told: tellEvent(event) })
    }
  }
  return file.callsOf('send').flatMap((send) => {
    const named = send.end?.kind === 'fail' ? send.end.activeTurnId : null
    const end = named === null ? undefined : ends.get(named)
    if (!end || end.index > send.invokedIndex) return []
    const says = 'a send was refused for a turn that had been seen to end'
    return [{ rule: 'I9', says, story: [end.told, ...tellOperation(send)] }]
  })
}

/** I12: one key of a session is one turn, and accepted for one message only. */
function checkKeys(file: CaseFile): Violation[] {
  const keyed = file.callsOf('send').filter(({ call }) => call.key !== null)
  const byKey = Map.groupBy(keyed, ({ call }) => `${call.sessionId} ${call.key}`)
  return [...byKey.values()].flatMap((sends) => {
    const accepted = sends.filter((send) => acceptedAs(send, 'send'))
    const [first] = accepted
    const other = accepted.find(
      (send) => acceptedAs(send, 'send')?.turnId !== (first && acceptedAs(first, 'send')?.turnId),
    )
    if (first && other) {
      const says = 'one idempotency key has started two turns'
      return [{ rule: 'I12', says, story: [...tellOperation(first), ...tellOperation(other)] }]
    }
    const changed = accepted.find(({ call }) => call.message !== first?.call.message)
    if (!first || !changed) return []
    const says = 'one idempotency key was accepted for two messages'
    return [{ rule: 'I12', says, story: [...tellOperation(first), ...tellOperation(changed)] }]
  })
}

/** I13: a client's reads never go back, and see what the client was told before. */
function checkReads(file: CaseFile): Violation[] {
  const byClient = Map.groupBy(file.callsOf('read'), ({ client, call }) => `${client} ${call.sessionId}`)
  const sends = file.callsOf('send')
  return [...byClient.values()].flatMap((reads) => {
    const answered = reads.filter((read) => acceptedAs(read, 'read'))
    return answered.flatMap((read) => [
      ...checkGoesOn(read, answered),
      ...sends
        .filter(({ client, call }) => client === read.client && call.sessionId === read.call.sessionId)
        .flatMap((send) => checkSeesOwn(read, send)),
    ])
  })
}

function checkGoesOn(read: Operation, reads: readonly Operation[]): Violation[] {
  const cursor = acceptedAs(read, 'read')?.cursor ?? 0
  const earlier = reads.find(
    (other) => other.endIndex < read.invokedIndex && (acceptedAs(other, 'read')?.cursor ?? 0) > cursor,
  )
  if (!earlier) return []
  return [{ rule: 'I13', says: 'a read went back', story: [...tellOperation(earlier), ...tellOperation(read)] }]
}

function checkSeesOwn(read: Operation, send: Operation): Violation[] {
  const own = acceptedAs(send, 'send')
  const seen = acceptedAs(read, 'read')
  if (!own || !seen || send.endIndex > read.invokedIndex) return []
  if (seen.activeTurnId === own.turnId || seen.cursor >= own.firstSeq) return []
  return [
    {
      rule: 'I13',
      says: 'a client does not read what it wrote',
      story: [...tellOperation(send), ...tellOperation(read)],
    },
  ]
}

/** I14: what was in use at the beginning is in use at the end, and no more. */
function checkLeftOver({ evidence: { leftOver } }: CaseFile): Violation[] {
  return Object.entries(leftOver)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => ({ rule: 'I14', says: `left over: ${count} ${name}`, story: [] }))
}
