import type { Evidence } from '../evidence/evidence.ts'
import type { Answer, Call, HistoryEvent, LogEntry } from '../evidence/history.ts'
import type { StoredSession } from '../evidence/stored.ts'

type EventOf<Kind extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: Kind }>

/** A call with its answer. Without an `end` it was never answered, which is the same as `info`. */
export interface Operation<C extends Call = Call> {
  readonly op: number
  readonly client: string
  readonly call: C
  readonly invokedAt: number
  /** Places in the history: what happened before an operation stands before its call. */
  readonly invokedIndex: number
  readonly end: EventOf<'ok' | 'fail' | 'info'> | undefined
  readonly endIndex: number
}

/** One connection of a follower, from its request to its end. */
export interface Stream {
  readonly connect: EventOf<'connect'>
  readonly connectIndex: number
  readonly shown: { readonly entry: LogEntry; readonly event: EventOf<'entry'>; readonly index: number }[]
  readonly notices: EventOf<'notice'>[]
  close: EventOf<'close'> | undefined
  closeIndex: number
}

/** The witnesses' clock and the database's are not read at the same moment. */
export const CLOCK_SLACK_MS = 20

type CallOf<Do extends Call['do']> = Extract<Call, { do: Do }>
type AnswerTo<To extends Answer['to']> = Extract<Answer, { to: To }>

/** The evidence, put in order: operations with their answers, streams, and the logs of the sessions. */
export class CaseFile {
  readonly evidence: Evidence
  readonly operations: readonly Operation[]
  readonly streams: readonly Stream[]
  readonly faults: readonly { readonly event: EventOf<'fault'>; readonly index: number }[]
  /** Place of the `rest` event; past everything where there is none. */
  readonly restIndex: number
  readonly #stored: ReadonlyMap<string, StoredSession>
  readonly #deletes: ReadonlyMap<string, Operation<CallOf<'delete'>>[]>
  /** The entries that replace a step's deltas, by session, turn and step: its full text, or that it begins anew. */
  readonly #replacements = new Map<string, LogEntry[]>()
  readonly #resumes = new Map<string, LogEntry[]>()

  constructor(evidence: Evidence) {
    const { history } = evidence
    this.evidence = evidence
    this.operations = operationsOf(history)
    this.streams = streamsOf(history)
    this.faults = history.flatMap((event, index) => (event.kind === 'fault' ? [{ event, index }] : []))
    const rest = history.findIndex((event) => event.kind === 'rest')
    this.restIndex = rest < 0 ? history.length : rest
    this.#stored = new Map(evidence.stored.sessions.map((session) => [session.id, session]))
    this.#deletes = Map.groupBy(this.callsOf('delete'), ({ call }) => call.sessionId)
    for (const { id, log } of evidence.stored.sessions) {
      for (const entry of log)
        if (['step.started', 'step.finished'].includes(entry.type)) this.#noteReplacement(id, entry)
      this.#resumes.set(
        id,
        log.filter(({ type }) => type === 'turn.resumed'),
      )
    }
  }

  callsOf<Do extends Call['do']>(verb: Do): Operation<CallOf<Do>>[] {
    return this.operations.filter((operation): operation is Operation<CallOf<Do>> => operation.call.do === verb)
  }

  stored(sessionId: string): StoredSession | undefined {
    return this.#stored.get(sessionId)
  }

  /** Somebody asked for the session's end, whatever the answer was. */
  deletesOf(sessionId: string): readonly Operation<CallOf<'delete'>>[] {
    return this.#deletes.get(sessionId) ?? []
  }

  /** True where what replaces the delta, or says that it is void, stands after it and was written by then. */
  isReplaced(sessionId: string, delta: LogEntry, byThen = Number.POSITIVE_INFINITY): boolean {
    const replacements = this.#replacements.get(stepKey(sessionId, delta)) ?? []
    const voids = (this.#resumes.get(sessionId) ?? []).filter((resumed) => isVoidBy(delta, resumed))
    return (
      isDelta(delta) &&
      [...replacements, ...voids].some(({ seq, at }) => seq > delta.seq && at <= byThen + CLOCK_SLACK_MS)
    )
  }

  #noteReplacement(sessionId: string, entry: LogEntry): void {
    const key = stepKey(sessionId, entry)
    this.#replacements.set(key, [...(this.#replacements.get(key) ?? []), entry])
  }

  /** True where a fault of one of these kinds happened after this place in the history. */
  hasFaultAfter(index: number, ...kinds: EventOf<'fault'>['fault'][]): boolean {
    return this.faults.some((fault) => fault.index > index && kinds.includes(fault.event.fault))
  }
}

/** The answer to an operation that was accepted. */
export function acceptedAs<To extends Answer['to']>(operation: Operation, to: To): AnswerTo<To> | undefined {
  const answer = operation.end?.kind === 'ok' ? operation.end.answer : undefined
  return answer?.to === to ? (answer as AnswerTo<To>) : undefined
}

export function wasRefused(operation: Operation): boolean {
  return operation.end?.kind === 'fail'
}

/** An entry's data. What is no JSON object has no fields. */
export function fieldsOf({ data }: Pick<LogEntry, 'data'>): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(data)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** `completed`, `failed` and so on, of the JSON of an outcome. */
export function statusOf(outcome: unknown): string {
  const status = typeof outcome === 'object' && outcome !== null && 'status' in outcome ? outcome.status : undefined
  return String(status)
}

function isVoidBy({ turnId, seq }: LogEntry, resumed: LogEntry): boolean {
  const voidAfter = fieldsOf(resumed).void_after
  return resumed.turnId === turnId && typeof voidAfter === 'number' && seq > voidAfter && seq < resumed.seq
}

function isDelta({ type }: LogEntry): boolean {
  return type === 'text.delta' || type === 'reasoning.delta'
}

function stepKey(sessionId: string, entry: LogEntry): string {
  return `${sessionId} ${entry.turnId} ${fieldsOf(entry).step}`
}

function operationsOf(history: readonly HistoryEvent[]): Operation[] {
  const ends = new Map<number, { event: EventOf<'ok' | 'fail' | 'info'>; index: number }>()
  for (const [index, event] of history.entries()) {
    if (event.kind === 'ok' || event.kind === 'fail' || event.kind === 'info') ends.set(event.op, { event, index })
  }
  return history.flatMap((event, index) => {
    if (event.kind !== 'invoke') return []
    const { op, client, call, at } = event
    const end = ends.get(op)
    const endIndex = end?.index ?? history.length
    return [{ op, client, call, invokedAt: at, invokedIndex: index, end: end?.event, endIndex }]
  })
}

function streamsOf(history: readonly HistoryEvent[]): Stream[] {
  const streams = new Map<number, Stream>()
  for (const [index, event] of history.entries()) {
    if (event.kind === 'connect') {
      const closeIndex = history.length
      streams.set(event.stream, {
        connect: event,
        connectIndex: index,
        shown: [],
        notices: [],
        close: undefined,
        closeIndex,
      })
    } else if (event.kind === 'entry') {
      streams.get(event.stream)?.shown.push({ entry: event.entry, event, index })
    } else if (event.kind === 'notice') {
      streams.get(event.stream)?.notices.push(event)
    } else if (event.kind === 'close') {
      const stream = streams.get(event.stream)
      if (stream) Object.assign(stream, { close: event, closeIndex: index })
    }
  }
  return [...streams.values()]
}
