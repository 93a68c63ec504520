import type { LogEntry } from '../../evidence/history.ts'
import { type CaseFile, fieldsOf, type Stream } from '../case-file.ts'
import { tellEntry, tellEvent, tellOperation } from '../story.ts'
import type { Violation } from '../violation.ts'

/** I2, F9, I10: what readers were shown, against what is stored and against each other. */
export function checkStreams(file: CaseFile): Violation[] {
  return [
    ...checkSameBytes(file),
    ...file.streams.flatMap((stream) => [
      ...checkUnbroken(file, stream),
      ...checkReachesEnd(file, stream),
      ...checkClosed(file, stream),
    ]),
    ...checkStepTexts(file),
  ]
}

/** I2: nothing was shown that is not stored, and one seq means one entry, whoever looks at it and whenever. */
function checkSameBytes(file: CaseFile): Violation[] {
  const violations: Violation[] = []
  const known = new Map<string, { entry: LogEntry; told: string }>()
  for (const { id, log } of file.evidence.stored.sessions) {
    for (const entry of log) known.set(`${id} ${entry.seq}`, { entry, told: tellEntry(entry) })
  }
  for (const { connect, shown } of file.streams) {
    const stored = file.stored(connect.sessionId)
    for (const { entry, event } of shown) {
      const place = `${connect.sessionId} ${entry.seq}`
      const other = known.get(place)
      if (other && !isSame(other.entry, entry)) {
        const says = `seq ${entry.seq} of ${connect.sessionId} is not the same everywhere`
        violations.push({ rule: 'I2', says, story: [tellEvent(connect), tellEvent(event), other.told] })
      } else if (!other && stored && !file.isReplaced(connect.sessionId, entry)) {
        const says = `seq ${entry.seq} of ${connect.sessionId} was shown and is not stored`
        violations.push({ rule: 'I2', says, story: [tellEvent(connect), tellEvent(event)] })
      }
      known.set(place, { entry, told: tellEvent(event) })
    }
  }
  return violations
}

/**
 * I2: what a connection was shown is an unbroken stretch of the log: seqs only grow, and what was left out are deltas
 * that the full text of their step had replaced by then.
 */
function checkUnbroken(file: CaseFile, stream: Stream): Violation[] {
  const { connect, shown, notices } = stream
  const log = file.stored(connect.sessionId)?.log
  if (!log || notices.some(({ notice }) => notice === 'reset')) return checkGrowing(stream)
  const growing = checkGrowing(stream)
  if (growing.length > 0) return growing
  let next = log.findIndex(({ seq }) => seq > connect.cursor)
  for (const { entry, event } of shown) {
    for (let other = log[next]; other && other.seq <= entry.seq; other = log[++next]) {
      if (other.seq === entry.seq || file.isReplaced(connect.sessionId, other, event.at)) continue
      const says = `a reader of ${connect.sessionId} was not shown seq ${other.seq}`
      return [{ rule: 'I2', says, story: [tellEvent(connect), tellEntry(other), tellEvent(event)] }]
    }
  }
  return []
}

function checkGrowing({ connect, shown, notices }: Stream): Violation[] {
  const resetAt = notices.find(({ notice }) => notice === 'reset')?.at ?? Number.POSITIVE_INFINITY
  let last = connect.cursor
  let before = tellEvent(connect)
  for (const { entry, event } of shown) {
    if (entry.seq <= last && event.at < resetAt) {
      const says = `a reader of ${connect.sessionId} was shown seq ${entry.seq} after ${last}`
      return [{ rule: 'I2', says, story: [before, tellEvent(event)] }]
    }
    last = entry.seq
    before = tellEvent(event)
  }
  return []
}

/** I2: a reader that is still there when everything is at rest has been shown everything. */
function checkReachesEnd(file: CaseFile, stream: Stream): Violation[] {
  const { connect, connectIndex, shown, closeIndex } = stream
  const stored = file.stored(connect.sessionId)
  if (!stored || connectIndex > file.restIndex || closeIndex < file.restIndex) return []
  const last = shown.at(-1)?.entry.seq ?? connect.cursor
  if (last >= stored.lastSeq) return []
  const missing = stored.log.find(({ seq }) => seq > last)
  const says = `a reader of ${connect.sessionId} was left at seq ${last} of ${stored.lastSeq}`
  return [{ rule: 'I2', says, story: [tellEvent(connect), ...(missing ? [tellEntry(missing)] : [])] }]
}

/**
 * F9: the server closes a stream when it dies, when it stops, or when the session is gone, and for no other reason. It had not
 * died where it answers a call that was made later.
 */
function checkClosed(file: CaseFile, stream: Stream): Violation[] {
  const { connect, connectIndex, close, closeIndex, notices } = stream
  if (close?.by !== 'server') return []
  const ends = file.faults.filter(({ event }) => event.fault === 'kill' || event.fault === 'terminate')
  const hadCause =
    ends.some(({ index }) => index > connectIndex && index < closeIndex) ||
    notices.some(({ notice }) => notice === 'session_deleted') ||
    file.deletesOf(connect.sessionId).some(({ invokedIndex }) => invokedIndex < closeIndex)
  if (hadCause) return []
  const nextEnd = ends.find(({ index }) => index > closeIndex)?.index ?? Number.POSITIVE_INFINITY
  const alive = file.operations.find(
    ({ end, endIndex, invokedIndex }) =>
      invokedIndex > closeIndex && endIndex < nextEnd && (end?.kind === 'ok' || end?.kind === 'fail'),
  )
  if (!alive) return []
  const story = [tellEvent(connect), tellEvent(close), ...tellOperation(alive)]
  return [{ rule: 'F9', says: 'the server closed a stream without a cause', story }]
}

/** I2: where every delta of a finished step is known, they spell its full text. */
function checkStepTexts(file: CaseFile): Violation[] {
  return file.evidence.stored.sessions.flatMap(({ id, log }) => {
    const all = new Map(log.map((entry) => [entry.seq, entry]))
    for (const { connect, shown } of file.streams) {
      if (connect.sessionId === id) for (const { entry } of shown) all.set(entry.seq, entry)
    }
    return log.filter((entry) => entry.type === 'step.finished').flatMap((finished) => checkStepText(id, finished, all))
  })
}

function checkStepText(id: string, finished: LogEntry, all: ReadonlyMap<number, LogEntry>): Violation[] {
  const { step, text } = fieldsOf(finished)
  let spelled = ''
  for (let seq = finished.seq - 1; seq > 0; seq -= 1) {
    const entry = all.get(seq)
    if (!entry) return [] // trimmed before anybody saw it
    if (entry.turnId !== finished.turnId || entry.type === 'step.started') break
    if (entry.type === 'text.delta' && fieldsOf(entry).step === step) spelled = String(fieldsOf(entry).text) + spelled
  }
  if (spelled === text) return []
  const says = `the deltas of a step of ${id} spell "${spelled.slice(0, 60)}", its full text is another`
  return [{ rule: 'I2', says, story: [tellEntry(finished)] }]
}

function isSame(a: LogEntry, b: LogEntry): boolean {
  return a.turnId === b.turnId && a.epoch === b.epoch && a.at === b.at && a.type === b.type && a.data === b.data
}
