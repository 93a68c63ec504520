import type { Evidence } from '../evidence/evidence.ts'
import type { Answer, Call, HistoryEvent, LogEntry, ModelReply, ToolRun } from '../evidence/history.ts'
import type { Stored, StoredMessage, StoredSession, StoredTurn } from '../evidence/stored.ts'
import { checkEvidence } from './check.ts'
import type { Violation } from './violation.ts'

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

interface TurnWish {
  readonly message?: string
  readonly key?: string | null
  readonly isLast?: boolean
  readonly pieces?: readonly string[]
  readonly outcome?: object
  /** The turn calls the test tool once, with this mark. */
  readonly toolMark?: string
  /** `queues` has told the client of it before. */
  readonly hasWaited?: boolean
  /** How often it was resumed before its end. */
  readonly resumed?: number
  readonly ending?: ModelReply['ending']
}

const COMPLETED = { status: 'completed' }

function messageOf(sessionId: string, turnId: string): string {
  return `<${turnId}> canary-${sessionId} hello`
}

/** For tests of the checker: a run in which everything held, made by hand and open to be spoilt. */
export class MadeUpRun {
  readonly history: HistoryEvent[] = []
  readonly sessions: (Writable<StoredSession> & { log: LogEntry[] })[] = []
  readonly turns: Writable<StoredTurn>[] = []
  readonly messages: Writable<StoredMessage>[] = []
  readonly toolRuns: ToolRun[] = []
  readonly modelReplies: ModelReply[] = []
  readonly ownerless: string[] = []
  readonly leftOver: Record<string, number> = {}
  /** Rows that stand in the first look at the database, and in the second. */
  readonly moreText: string[] = []
  readonly moreTextLater: string[] = []
  #now = 0
  #ops = 0
  #streams = 0
  #messageIds = 0

  /** A session that was created, with its canary. */
  session(id: string): string {
    this.does('ann', { do: 'create' }, { to: 'create', sessionId: id })
    this.sessions.push({
      id,
      title: 'New',
      epoch: 0,
      activeTurn: null,
      lastSeq: 0,
      queue: { isPaused: false, messages: [] },
      log: [],
    })
    return id
  }

  /** A turn that was sent, answered and ended. */
  turn(sessionId: string, turnId: string, wish: TurnWish = {}): void {
    const { message = messageOf(sessionId, turnId), key = null, isLast = false, outcome = COMPLETED } = wish
    const firstSeq = this.of(sessionId).lastSeq + 1
    const call = { do: 'send', sessionId, message, key, onBusy: 'reject', isLast } as const
    if (!wish.hasWaited) this.does('ann', call, { to: 'send', turnId, firstSeq, repeated: false })
    this.of(sessionId).epoch += 1
    const [userMessageId, assistantMessageId] = [++this.#messageIds, ++this.#messageIds]
    const ids = { user_message_id: userMessageId, assistant_message_id: assistantMessageId }
    this.log(sessionId, { turnId, type: 'turn.started', data: { ...ids, message } })
    for (let attempt = 2; attempt < 2 + (wish.resumed ?? 0); attempt += 1) {
      this.of(sessionId).epoch += 1
      this.log(sessionId, { turnId, type: 'turn.resumed', data: { attempt, void_after: null } })
    }
    const content = this.#step(sessionId, turnId, wish)
    if (wish.toolMark) this.#tool(sessionId, turnId, wish.toolMark)
    this.log(sessionId, { turnId, type: 'turn.ended', data: { outcome, content, usage: null } })
    const { epoch } = this.of(sessionId)
    const row = { id: turnId, sessionId, epoch, userMessageId, assistantMessageId, key, firstSeq }
    this.turns.push({ ...row, outcome: JSON.stringify(outcome) })
    const shared = { sessionId, turnId, usage: null }
    this.messages.push({ ...shared, id: userMessageId, role: 'user', content: message, outcome: null })
    const answer = { ...shared, id: assistantMessageId, role: 'assistant', content, outcome: JSON.stringify(outcome) }
    this.messages.push(answer)
    this.modelReplies.push({ prompt: message, message, ending: wish.ending ?? 'finished' })
  }

  /** A send that was told to wait. What its turn will be called is known from then on. */
  queues(sessionId: string, turnId: string, key: string | null = null): void {
    const message = messageOf(sessionId, turnId)
    const call = { do: 'send', sessionId, message, key, onBusy: 'queue', isLast: false } as const
    this.does('ann', call, { to: 'queued', turnId, repeated: false })
  }

  /** The message waits when everything is at rest. */
  keeps(sessionId: string, turnId: string, { isPaused = true, key = null as string | null } = {}): void {
    const session = this.of(sessionId)
    const waiting = { sessionId, turnId, message: messageOf(sessionId, turnId), key, afterStop: false }
    session.queue = { isPaused, messages: [...session.queue.messages, waiting] }
  }

  /** Time passes that no witness's clock can be wrong by. */
  waits(): void {
    this.#now += 100
  }

  /** Appends to a session's log. */
  log(sessionId: string, entry: { turnId: string | null; type: string; data: object; epoch?: number }): LogEntry {
    const session = this.of(sessionId)
    session.lastSeq += 1
    const { turnId, type, data, epoch = session.epoch } = entry
    const stored = { seq: session.lastSeq, turnId, epoch, at: this.#now, type, data: JSON.stringify(data) }
    session.log.push(stored)
    return stored
  }

  /** Changes the `nth` entry of a type, in the log and wherever it was shown. */
  change(sessionId: string, [type, nth]: readonly [string, number], changes: Partial<LogEntry>): void {
    const { log } = this.of(sessionId)
    const old = log.filter((entry) => entry.type === type)[nth]
    if (!old) throw new Error(`${sessionId} has no ${type} number ${nth}`)
    const entry = { ...old, ...changes }
    log[log.indexOf(old)] = entry
    for (const [index, event] of this.history.entries()) {
      if (event.kind === 'entry' && event.entry === old) this.history[index] = { ...event, entry }
    }
  }

  /** Deletes a session with all that is stored of it. */
  forgets(sessionId: string): void {
    this.does('ann', { do: 'delete', sessionId }, { to: 'delete' })
    this.sessions.splice(this.sessions.indexOf(this.of(sessionId)), 1)
    this.turns.splice(0, this.turns.length, ...this.turns.filter((row) => row.sessionId !== sessionId))
    this.messages.splice(0, this.messages.length, ...this.messages.filter((row) => row.sessionId !== sessionId))
  }

  entry(sessionId: string, index: number): LogEntry {
    const entry = this.of(sessionId).log[index]
    if (!entry) throw new Error(`${sessionId} has no entry ${index}`)
    return entry
  }

  of(sessionId: string): Writable<StoredSession> & { log: LogEntry[] } {
    const session = this.sessions.find(({ id }) => id === sessionId)
    if (!session) throw new Error(`there is no ${sessionId}`)
    return session
  }

  /** A call that was answered with 2xx. */
  does(client: string, call: Call, answer: Answer): void {
    const op = this.calls(client, call)
    this.history.push({ kind: 'ok', at: this.#tick(), op, answer })
  }

  /** A call that was refused. */
  refused(client: string, call: Call, { status = 409, activeTurnId = null as string | null } = {}): void {
    const op = this.calls(client, call)
    this.history.push({ kind: 'fail', at: this.#tick(), op, status, activeTurnId })
  }

  /** A call that nobody has answered yet. */
  calls(client: string, call: Call): number {
    this.#ops += 1
    this.history.push({ kind: 'invoke', at: this.#tick(), op: this.#ops, client, call })
    return this.#ops
  }

  /** A connection that is shown `entries`, by default everything that is stored after `cursor`. */
  watches(sessionId: string, { cursor = 0, entries = undefined as readonly LogEntry[] | undefined } = {}): number {
    this.#streams += 1
    const stream = this.#streams
    this.history.push({ kind: 'connect', at: this.#tick(), stream, client: 'bob', sessionId, cursor })
    for (const entry of entries ?? this.of(sessionId).log.filter(({ seq }) => seq > cursor)) {
      this.history.push({ kind: 'entry', at: this.#tick(), stream, entry })
    }
    return stream
  }

  closes(stream: number, by: 'client' | 'server'): void {
    this.history.push({ kind: 'close', at: this.#tick(), stream, by })
  }

  happens(fault: Extract<HistoryEvent, { kind: 'fault' }>['fault']): void {
    this.history.push({ kind: 'fault', at: this.#tick(), fault })
  }

  rests(): void {
    this.history.push({ kind: 'rest', at: this.#tick() })
  }

  check(): Violation[] {
    return checkEvidence(this.evidence())
  }

  /** The rules that were broken, each once. */
  broken(): string[] {
    return [...new Set(this.check().map(({ rule }) => rule))].sort()
  }

  evidence(): Evidence {
    const { history, sessions, turns, messages, ownerless, toolRuns, modelReplies, leftOver } = this
    const rows = [...sessions, ...turns, ...messages].map((row) => JSON.stringify(row))
    const stored: Stored = { sessions, turns, messages, ownerless, text: [...rows, ...this.moreText].join('\n') }
    const storedLater = { text: [...rows, ...this.moreText, ...this.moreTextLater].join('\n') }
    return { history, stored, storedLater, toolRuns, modelReplies, leftOver }
  }

  #step(sessionId: string, turnId: string, { pieces = ['Hel', 'lo'] }: TurnWish): string {
    this.log(sessionId, { turnId, type: 'step.started', data: { step: 1 } })
    for (const text of pieces) this.log(sessionId, { turnId, type: 'text.delta', data: { step: 1, text } })
    const text = pieces.join('')
    this.log(sessionId, { turnId, type: 'step.finished', data: { step: 1, text, usage: null } })
    return text
  }

  #tool(sessionId: string, turnId: string, mark: string): void {
    const call = { call_id: `call of ${turnId}` }
    const called = { ...call, arguments: JSON.stringify({ mark }) }
    this.log(sessionId, { turnId, type: 'tool.called', data: called })
    this.log(sessionId, { turnId, type: 'tool.started', data: call })
    this.log(sessionId, { turnId, type: 'tool.finished', data: { ...call, status: 'ok' } })
    this.toolRuns.push({ mark })
  }

  #tick(): number {
    this.#now += 1
    return this.#now
  }
}

/** A quiet day: two sessions, a tool, a stop, a reader of everything, and at the end every session completes a turn. */
export function quietRun(): MadeUpRun {
  const run = new MadeUpRun()
  run.session('s1')
  run.session('s2')
  run.turn('s1', 't1', { toolMark: 'mark-1', key: 'k1' })
  run.turn('s1', 't2', { outcome: { status: 'cancelled' }, ending: 'stopped' })
  run.does('ann', { do: 'cancel', sessionId: 's1', turnId: 't2' }, { to: 'cancel', outcome: null })
  run.turn('s1', 't3', { isLast: true })
  run.turn('s2', 'u1', { isLast: true, key: 'k2' })
  run.watches('s1')
  run.rests()
  return run
}
