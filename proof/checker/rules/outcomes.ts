import type { LogEntry } from '../../evidence/history.ts'
import { acceptedAs, type CaseFile, fieldsOf, statusOf } from '../case-file.ts'
import { tellEntry, tellOperation } from '../story.ts'
import type { Violation } from '../violation.ts'

/** I3, I11, I15: every turn that was accepted ends once, and as it was said to, and for a reason. */
export function checkOutcomes(file: CaseFile): Violation[] {
  const turns = turnsOf(file)
  return [
    ...checkAccepted(file, turns),
    ...checkUnclear(file, turns),
    ...[...turns.values()].flatMap((turn) => [...checkEnds(file, turn), ...checkCause(file, turn)]),
    ...checkStops(file, turns),
    ...checkUnasked(file, turns),
  ]
}

/** A turn as its session's log tells it. */
interface LoggedTurn {
  readonly turnId: string
  readonly sessionId: string
  readonly message: string
  readonly started: LogEntry
  readonly ends: readonly LogEntry[]
  readonly entries: readonly LogEntry[]
}

function turnsOf({ evidence }: CaseFile): Map<string, LoggedTurn> {
  const turns = new Map<string, LoggedTurn>()
  for (const { id, log } of evidence.stored.sessions) {
    for (const [turnId, entries] of Map.groupBy(log, (entry) => entry.turnId)) {
      const started = entries.find(({ type }) => type === 'turn.started')
      if (turnId === null || !started) continue
      const message = String(fieldsOf(started).message)
      const ends = entries.filter(({ type }) => type === 'turn.ended')
      turns.set(turnId, { turnId, sessionId: id, message, started, ends, entries })
    }
  }
  return turns
}

/** I3, I6: an accepted send is a turn of its session that says what was sent. */
function checkAccepted(file: CaseFile, turns: ReadonlyMap<string, LoggedTurn>): Violation[] {
  return file.callsOf('send').flatMap((send) => {
    const accepted = acceptedAs(send, 'send')
    if (!accepted || !file.stored(send.call.sessionId)) return []
    const turn = turns.get(accepted.turnId)
    if (!turn) return [{ rule: 'I6', says: 'an accepted send has no turn', story: tellOperation(send) }]
    if (turn.message === send.call.message && turn.sessionId === send.call.sessionId) return []
    const says = 'an accepted send is answered with the turn of another message'
    return [{ rule: 'I3', says, story: [...tellOperation(send), tellEntry(turn.started)] }]
  })
}

/** I3: a send without a clear answer has started one turn or none, and two turns never come of one message. */
function checkUnclear(file: CaseFile, turns: ReadonlyMap<string, LoggedTurn>): Violation[] {
  const byMessage = Map.groupBy(turns.values(), ({ message }) => message)
  return [...byMessage.values()].flatMap((same) => {
    const [first, second] = same
    if (!first || !second) return []
    const sends = file.callsOf('send').filter(({ call }) => call.message === first.message)
    const says = `one message has started ${same.length} turns`
    const story = [...sends.flatMap(tellOperation), tellEntry(first.started), tellEntry(second.started)]
    return [{ rule: sends.some(({ call }) => call.key !== null) ? 'I12' : 'I3', says, story }]
  })
}

/** I4: nothing starts a turn but a send. */
function checkUnasked(file: CaseFile, turns: ReadonlyMap<string, LoggedTurn>): Violation[] {
  const asked = new Set(file.callsOf('send').map(({ call }) => call.message))
  return [...turns.values()].flatMap(({ message, started }) => {
    if (asked.has(message)) return []
    return [{ rule: 'I4', says: 'a turn was started that nobody has asked for', story: [tellEntry(started)] }]
  })
}

/** I3: one end, and the turn's row says the same. */
function checkEnds({ evidence }: CaseFile, { turnId, started, ends }: LoggedTurn): Violation[] {
  const story = [tellEntry(started), ...ends.map((end) => tellEntry(end))]
  if (ends.length !== 1) return [{ rule: 'I3', says: `a turn has ${ends.length} ends`, story }]
  const row = evidence.stored.turns.find(({ id }) => id === turnId)
  const [end] = ends
  if (row && end && row.outcome === JSON.stringify(fieldsOf(end).outcome)) return []
  return [{ rule: 'I3', says: `the row of a turn gives its outcome as ${row?.outcome}, its log another`, story }]
}

/** I15, F52: an outcome has a cause: what a person asked, what the model did, or a fault. Nothing else changes it. */
function checkCause(file: CaseFile, turn: LoggedTurn): Violation[] {
  const [end] = turn.ends
  if (!end) return []
  const outcome = fieldsOf(end).outcome
  const sends = file.callsOf('send').filter(({ call }) => call.message === turn.message)
  const begun = sends[0]?.invokedIndex ?? 0
  const replies = file.evidence.modelReplies.filter(({ message }) => message === turn.message)
  const story = [...sends.slice(0, 1).flatMap(tellOperation), tellEntry(end)]
  const broken = replies.some(({ ending }) => ending === 'broken')
  // A server that was taken for dead may ask on beside the one that resumes its turn: then no order tells whose reply counts.
  const isResumed = turn.entries.some(({ type }) => type === 'turn.resumed')
  const wasHeard = isResumed ? replies.some(({ ending }) => ending === 'finished') : replies.at(-1)?.ending !== 'broken'
  switch (causeOf(outcome)) {
    case 'completed':
      if (wasHeard) return []
      return [{ rule: 'F52', says: "a turn whose model's stream broke off is completed", story }]
    case 'cancelled':
      return wasToEnd(file, turn) ? [] : [{ rule: 'I15', says: 'a turn was cancelled by nobody', story }]
    case 'restart':
      if (file.hasFaultAfter(begun, 'kill')) return []
      return [{ rule: 'I15', says: 'a turn was interrupted by a restart that never was', story }]
    case 'shutdown':
      if (file.hasFaultAfter(begun, 'terminate')) return []
      return [{ rule: 'I15', says: 'a turn was interrupted by a stop of the server that never was', story }]
    case 'truncated':
      return broken ? [] : [{ rule: 'I15', says: 'a turn is truncated, and its model spoke to the end', story }]
    case 'failed':
      if (replies.some(({ ending }) => ending !== 'finished')) return []
      if (file.hasFaultAfter(begun, 'disk', 'time', 'kill')) return []
      return [{ rule: 'I15', says: 'a turn failed without a fault', story }]
    default:
      return [{ rule: 'I3', says: `a turn ended ${JSON.stringify(outcome)}, which is no outcome`, story }]
  }
}

function causeOf(outcome: unknown): string {
  const status = statusOf(outcome)
  if (status !== 'interrupted') return status
  return typeof outcome === 'object' && outcome !== null && 'reason' in outcome ? String(outcome.reason) : status
}

/** Somebody stopped this turn, or sent over it. */
function wasToEnd(file: CaseFile, { turnId, sessionId }: LoggedTurn): boolean {
  return (
    file.callsOf('cancel').some(({ call }) => call.turnId === turnId) ||
    file.callsOf('cancel-send').some(({ call }) => call.sessionId === sessionId) ||
    file.callsOf('send-now').some(({ call }) => call.sessionId === sessionId) ||
    file.callsOf('send').some(({ call }) => call.sessionId === sessionId && call.onBusy === 'interrupt')
  )
}

/** I11: after a stop was acknowledged the turn ends cancelled, unless it had ended before; and no tool starts any more. */
function checkStops(file: CaseFile, turns: ReadonlyMap<string, LoggedTurn>): Violation[] {
  const ran = new Set(file.evidence.toolRuns.map(({ mark }) => mark))
  const late = [...turns.values()].flatMap((turn) => toolsAfterStop(turn, ran))
  const wrong = [...file.callsOf('cancel'), ...file.callsOf('cancel-send')].flatMap((stop) => {
    const answer = acceptedAs(stop, 'cancel') ?? acceptedAs(stop, 'cancel-send')
    const turn = turns.get(
      (stop.call.do === 'cancel' ? stop.call.turnId : acceptedAs(stop, 'cancel-send')?.turnId) ?? '',
    )
    const end = turn?.ends[0]
    if (!answer || !turn || !end) return []
    const promised = answer.outcome ?? 'cancelled'
    const status = statusOf(fieldsOf(end).outcome)
    if (status === promised) return []
    const says = `a stop was acknowledged with "${promised}" and the turn ended ${status}`
    return [{ rule: 'I11', says, story: [...tellOperation(stop), tellEntry(end)] }]
  })
  return [...late, ...wrong]
}

/**
 * A tool runs after its start is committed, so one that ran although its start stands after the stop has started after it.
 * The entry alone is no start: where a write was refused, the turn's end carries what the write would have said.
 */
function toolsAfterStop({ entries }: LoggedTurn, ran: ReadonlySet<string>): Violation[] {
  const stop = entries.find((entry) => entry.type === 'turn.phase_changed' && fieldsOf(entry).phase === 'stopping')
  if (!stop) return []
  const late = entries.filter((entry) => entry.type === 'tool.started' && entry.seq > stop.seq)
  return late.flatMap((tool) => {
    const mark = markOf(entries, fieldsOf(tool).call_id)
    if (mark === undefined || !ran.has(mark)) return []
    const story = [tellEntry(stop), tellEntry(tool), `ledger: a run of ${mark}`]
    return [{ rule: 'I11', says: 'a tool started after the stop', story }]
  })
}

function markOf(entries: readonly LogEntry[], callId: unknown): string | undefined {
  const called = entries.find((entry) => entry.type === 'tool.called' && fieldsOf(entry).call_id === callId)
  return called && /"mark":"([^"]+)"/.exec(String(fieldsOf(called).arguments))?.[1]
}
