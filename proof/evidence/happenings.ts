import type { Evidence } from './evidence.ts'
import type { Call, HistoryEvent, LogEntry } from './history.ts'

/**
 * What a run got to see. A campaign that never saw one of the things it exists for has tested less than it says, so each
 * tier names those that it must see.
 */
export type Happening =
  | `send refused with ${number}`
  | `turn ${string}`
  | 'send accepted'
  | 'send repeated by its key'
  | 'send without an answer that had committed'
  | 'send without an answer that had not'
  | 'send queued'
  | 'send cancelled by its key'
  | 'queue paused or resumed'
  | 'message taken out of the queue'
  | 'message sent now'
  | 'message waited until its turn came'
  | 'message held back by a pause'
  | 'question put aside for another'
  | 'stop came first'
  | 'stop came too late'
  | 'turn waited for its slot'
  | 'turn taken over'
  | 'turn resumed'
  | 'turn resumed for the last time'
  | 'turn completed after it was resumed'
  | 'tool ran'
  | 'tool left unknown'
  | 'tool left unknown that had run'
  | 'reader cut by a crash'
  | 'reader went on from its cursor'
  | 'reader told to begin anew'
  | 'reader told of a delete'
  | 'recovery killed and run again'
  | 'disk refused a write'

/** How often each happened. */
export function happeningsIn(evidence: Evidence): Map<Happening, number> {
  const seen = new Map<Happening, number>()
  const note = (happening: Happening) => seen.set(happening, (seen.get(happening) ?? 0) + 1)
  for (const happening of [...inCalls(evidence), ...inStreams(evidence.history), ...inLogs(evidence)]) note(happening)
  return seen
}

/** Adds the counts of one run to those of others. */
export function addHappenings(total: Map<Happening, number>, more: ReadonlyMap<Happening, number>): void {
  for (const [happening, times] of more) total.set(happening, (total.get(happening) ?? 0) + times)
}

function* inCalls({ history, stored }: Evidence): Generator<Happening> {
  const calls = new Map<number, Call>()
  for (const event of history) {
    if (event.kind === 'invoke') calls.set(event.op, event.call)
    if (event.kind === 'ok') yield* ofAnswer(event.answer)
    if (event.kind !== 'fail' && event.kind !== 'info') continue
    const call = calls.get(event.op)
    if (call?.do !== 'send') continue
    if (event.kind === 'fail') yield `send refused with ${event.status}`
    else if (stored.text.includes(call.message)) yield 'send without an answer that had committed'
    else yield 'send without an answer that had not'
  }
}

function* ofAnswer(answer: Extract<HistoryEvent, { kind: 'ok' }>['answer']): Generator<Happening> {
  if (answer.to === 'send') yield answer.repeated ? 'send repeated by its key' : 'send accepted'
  if (answer.to === 'queued') yield 'send queued'
  if (answer.to === 'cancel-send') yield 'send cancelled by its key'
  if (answer.to === 'change-queue') yield 'queue paused or resumed'
  if (answer.to === 'unqueue') yield 'message taken out of the queue'
  if (answer.to === 'send-now') yield 'message sent now'
  if (answer.to !== 'cancel') return
  yield answer.outcome === null || answer.outcome === 'cancelled' ? 'stop came first' : 'stop came too late'
}

function* inStreams(history: readonly HistoryEvent[]): Generator<Happening> {
  let starting = false
  for (const event of history) {
    if (event.kind === 'connect' && event.cursor > 0) yield 'reader went on from its cursor'
    if (event.kind === 'close' && event.by === 'server') yield 'reader cut by a crash'
    if (event.kind === 'notice')
      yield event.notice === 'reset' ? 'reader told to begin anew' : 'reader told of a delete'
    if (event.kind === 'fault' && event.fault === 'disk') yield 'disk refused a write'
    if (event.kind === 'fault' && event.fault === 'kill' && starting) yield 'recovery killed and run again'
    starting = event.kind === 'fault' ? event.fault === 'start' : starting && event.kind !== 'ok'
  }
}

function* inLogs({ stored, toolRuns, history }: Evidence): Generator<Happening> {
  const ran = new Set(toolRuns.map(({ mark }) => mark))
  const queued = new Set(
    history.map((event) => event.kind === 'ok' && event.answer.to === 'queued' && event.answer.turnId),
  )
  for (const { log, queue } of stored.sessions) {
    if (queue.isPaused) yield 'message held back by a pause'
    for (const entry of log) yield* ofEntry(entry)
    for (const [turnId, entries] of Map.groupBy(log, (entry) => entry.turnId)) {
      if (turnId !== null && queued.has(turnId)) yield 'message waited until its turn came'
      yield* ofResumed(entries)
      const epochs = new Set(entries.map(({ epoch }) => epoch))
      if (entries[0]?.turnId && epochs.size > 1) yield 'turn taken over'
      yield* ofTools(entries, ran)
    }
  }
}

function* ofResumed(entries: readonly LogEntry[]): Generator<Happening> {
  const resumed = entries.filter(({ type }) => type === 'turn.resumed')
  if (resumed.length === 0) return
  yield 'turn resumed'
  if (resumed.some(({ data }) => data.includes('"attempt":3'))) yield 'turn resumed for the last time'
  const isCompleted = entries.some(({ type, data }) => type === 'turn.ended' && data.includes('"status":"completed"'))
  if (isCompleted) yield 'turn completed after it was resumed'
}

function* ofEntry({ type, data }: LogEntry): Generator<Happening> {
  if (type === 'messages.removed') yield 'question put aside for another'
  if (type === 'turn.phase_changed' && data.includes('waiting_for_slot')) yield 'turn waited for its slot'
  if (type === 'tool.finished' && data.includes('"status":"unknown"')) yield 'tool left unknown'
  if (type === 'tool.finished' && data.includes('"status":"ok"')) yield 'tool ran'
  if (type !== 'turn.ended') return
  const [, status, , reason] = /"status":"(\w+)"(,"reason":"(\w+)")?/.exec(data) ?? []
  yield `turn ${status}${reason ? ` (${reason})` : ''}`
}

function* ofTools(entries: readonly LogEntry[], ran: ReadonlySet<string>): Generator<Happening> {
  for (const { data } of entries.filter(({ type }) => type === 'tool.called')) {
    const mark = /mark\\":\\"([^"\\]+)/.exec(data)?.[1]
    const id = /"call_id":"([^"]+)"/.exec(data)?.[1]
    const end = entries.find(
      (entry) => entry.type === 'tool.finished' && id && entry.data.includes(`"call_id":"${id}"`),
    )
    if (mark && ran.has(mark) && end?.data.includes('"status":"unknown"')) yield 'tool left unknown that had run'
  }
}
