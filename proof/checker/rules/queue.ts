import type { LogEntry } from '../../evidence/history.ts'
import type { StoredSession } from '../../evidence/stored.ts'
import {
  acceptedAs,
  type CaseFile,
  CLOCK_SLACK_MS,
  fieldsOf,
  type Operation,
  statusOf,
  wasRefused,
} from '../case-file.ts'
import { tellEntry, tellOperation } from '../story.ts'
import type { Violation } from '../violation.ts'

/** I3, I6, I9, I12, D15: a message that was told to wait is one turn, in its order, unless somebody took it back or held it back. */
export function checkQueues(file: CaseFile): Violation[] {
  return file.evidence.stored.sessions.flatMap((session) => {
    const waited = waitedIn(file, session)
    return [
      ...waited.flatMap((one) => [...checkKept(file, session, one), ...checkHeld(file, session, one)]),
      ...checkOnce(session),
      ...checkOrder(file, session, waited),
      ...checkTakenBack(file, session),
      ...checkGoesOn(session),
    ]
  })
}

/** The first answer that told a client to wait, and the start of the turn that it named. */
interface Waited {
  readonly turnId: string
  readonly send: Operation & {
    readonly call: { readonly do: 'send'; readonly message: string; readonly key: string | null }
  }
  readonly started: LogEntry | undefined
}

function waitedIn(file: CaseFile, { id, log }: StoredSession): Waited[] {
  const first = new Map<string, Waited>()
  for (const send of file.callsOf('send')) {
    const turnId = acceptedAs(send, 'queued')?.turnId
    const known = turnId === undefined ? undefined : first.get(turnId)
    if (turnId === undefined || send.call.sessionId !== id || (known && known.send.endIndex < send.endIndex)) continue
    const started = log.find((entry) => entry.type === 'turn.started' && entry.turnId === turnId)
    first.set(turnId, { turnId, send, started })
  }
  return [...first.values()]
}

/** I3, I6: it has become the turn that was named, or waits, or was taken back; and only one of these. */
function checkKept(file: CaseFile, { id, queue }: StoredSession, { turnId, send, started }: Waited): Violation[] {
  const waits = queue.messages.find((message) => message.turnId === turnId)
  const story = [...tellOperation(send), ...(started ? [tellEntry(started)] : [])]
  if (started && waits) return [{ rule: 'I3', says: 'a message waits whose turn has started', story }]
  const message = started ? String(fieldsOf(started).message) : waits?.message
  if (message !== undefined && message !== send.call.message) {
    return [{ rule: 'I3', says: 'a message that waited has become another', story }]
  }
  if (message !== undefined || takersOf(file, { sessionId: id, turnId, key: send.call.key }).length > 0) return []
  return [{ rule: 'I6', says: 'a message that was told to wait is gone', story }]
}

/** Calls that may have taken it back. */
function takersOf(file: CaseFile, target: { sessionId: string; turnId: string; key: string | null }): Operation[] {
  const { sessionId, turnId, key } = target
  return [
    ...file.callsOf('unqueue').filter(({ call }) => call.sessionId === sessionId && call.turnId === turnId),
    ...file.callsOf('cancel-send').filter(({ call }) => call.sessionId === sessionId && call.key === key),
  ].filter((call) => !wasRefused(call))
}

/** I3: no message waits twice, or waits although it is a turn already, under whatever id. */
function checkOnce({ log, queue }: StoredSession): Violation[] {
  return queue.messages.flatMap(({ turnId, message }) => {
    const started = log.find((entry) => entry.type === 'turn.started' && fieldsOf(entry).message === message)
    const twin = queue.messages.find((other) => other.message === message && other.turnId !== turnId)
    if (!started && !twin) return []
    const story = [`waits: ${turnId} ${message}`, ...(started ? [tellEntry(started)] : [`waits: ${twin?.turnId}`])]
    return [{ rule: 'I3', says: 'one message is there twice', story }]
  })
}

/** D15: who waited first starts first; only a stop lets what comes after it go ahead, or somebody who sends it now. */
function checkOrder(file: CaseFile, { id }: StoredSession, waited: readonly Waited[]): Violation[] {
  const stops = stopsOf(file, id)
  const hurried = new Set(file.callsOf('send-now').map(({ call }) => call.turnId))
  return waited.flatMap((late) => {
    if (!late.started || hurried.has(late.turnId)) return []
    if (stops.some(({ invokedIndex }) => invokedIndex < late.send.endIndex)) return []
    const seq = late.started.seq
    const early = waited.find(
      ({ send, started }) => started && started.seq > seq && send.endIndex < late.send.invokedIndex,
    )
    if (!early?.started) return []
    const story = [
      ...tellOperation(early.send),
      ...tellOperation(late.send),
      ...[late.started, early.started].map((entry) => tellEntry(entry)),
    ]
    return [{ rule: 'D15', says: 'a message has overtaken one that waited before it', story }]
  })
}

function stopsOf(file: CaseFile, sessionId: string): Operation[] {
  return [...file.callsOf('cancel'), ...file.callsOf('cancel-send')].filter(
    (stop) => stop.call.sessionId === sessionId && !wasRefused(stop),
  )
}

/** D15: what waits behind a stop or behind a turn that came to nothing starts only when somebody wants it. */
function checkHeld(file: CaseFile, { id, log }: StoredSession, { turnId, send, started }: Waited): Violation[] {
  if (!started || !send.end) return []
  const waitsSince = send.end.at + CLOCK_SLACK_MS
  const hold = log.findLast((entry) => entry.seq < started.seq && entry.at > waitsSince && isHold(entry))
  if (!hold) return []
  const wanted = [
    ...file.callsOf('change-queue').filter(({ call }) => call.sessionId === id && call.change === 'resume'),
    ...file.callsOf('send-now').filter(({ call }) => call.turnId === turnId),
  ].some(
    (call) =>
      !wasRefused(call) &&
      call.invokedAt <= started.at + CLOCK_SLACK_MS &&
      (call.end?.at ?? Number.POSITIVE_INFINITY) >= hold.at - CLOCK_SLACK_MS,
  )
  if (wanted) return []
  const story = [...tellOperation(send), tellEntry(hold), tellEntry(started)]
  return [{ rule: 'D15', says: 'a message that was held back has started by itself', story }]
}

function isHold(entry: LogEntry): boolean {
  if (entry.type === 'turn.phase_changed') return fieldsOf(entry).phase === 'stopping'
  return entry.type === 'turn.ended' && ['failed', 'interrupted'].includes(statusOf(fieldsOf(entry).outcome))
}

/** I6, I12: what was taken out of the queue never starts, and neither does a send that was cancelled before it had. */
function checkTakenBack(file: CaseFile, { id, log, queue }: StoredSession): Violation[] {
  const removed = file.callsOf('unqueue').flatMap((removal) => {
    const { sessionId, turnId } = removal.call
    const started = log.find((entry) => entry.type === 'turn.started' && entry.turnId === turnId)
    const waits = queue.messages.some((message) => message.turnId === turnId)
    if (sessionId !== id || !acceptedAs(removal, 'unqueue') || !(started || waits)) return []
    const story = [...tellOperation(removal), ...(started ? [tellEntry(started)] : [`waits: ${turnId}`])]
    return [{ rule: 'I6', says: 'a message that was taken out of the queue is there', story }]
  })
  const cancelled = file.callsOf('cancel-send').flatMap((cancel) => {
    const answer = acceptedAs(cancel, 'cancel-send')
    const { sessionId, key } = cancel.call
    const turn = file.evidence.stored.turns.find((row) => row.sessionId === id && row.key === key)
    const waits = queue.messages.find((message) => message.key === key)
    if (sessionId !== id || answer?.turnId !== null || !(turn || waits)) return []
    const story = [...tellOperation(cancel), `stored: ${turn ? `turn ${turn.id}` : `waits: ${waits?.turnId}`}`]
    return [{ rule: 'I12', says: 'a send that was cancelled by its key is there', story }]
  })
  return [...removed, ...cancelled]
}

/** I9: at rest nothing waits that nobody holds back. */
function checkGoesOn({ id, activeTurn, queue }: StoredSession): Violation[] {
  const [head] = queue.messages
  if (!head || activeTurn !== null || (queue.isPaused && !head.afterStop)) return []
  return [{ rule: 'I9', says: `a message waits in ${id} and nothing is in its way`, story: [`waits: ${head.turnId}`] }]
}
