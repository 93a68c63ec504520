import { randomUUID } from 'node:crypto'
import { type Seq, type SessionId, START_OF_LOG, seqSchema, type TurnId, turnIdSchema } from '../../protocol/ids.ts'
import type { Message } from '../../protocol/message.ts'
import type { Capability } from '../../protocol/model-server.ts'
import type { Turn, TurnOutcome } from '../../protocol/turn.ts'
import type { CancelTimer, Clock } from '../lib/clock.ts'
import type { ManualClock } from '../lib/manual-clock.ts'
import { InterceptedStore, type StoreMethod } from './intercepted-store.ts'
import type { MessageQueue } from './message-queue.ts'
import type { AnswerResult } from './outcome.ts'
import { ScriptedAnswer } from './scripted-answer.ts'
import { SessionFeeds } from './session-feed.ts'
import { SessionReader } from './session-reader.ts'
import { SlotLine } from './slot-line.ts'
import type { StoredEntry } from './stored-entry.ts'
import type { StartResult, StartTurn, TurnChange } from './turn-command.ts'
import { TurnEngine } from './turn-engine.ts'
import { type RecoveryReport, TurnRecovery } from './turn-recovery.ts'
import { StorageError, type TurnStore } from './turn-store.ts'
import type { TurnLimits, TurnWork } from './turn-worker.ts'
import { UnrecoveredSessions } from './unrecovered-sessions.ts'

/** What the scenario needs of a database: `server/store/store-scenario.ts` opens real ones. */
export interface ScenarioDatabase extends AsyncDisposable {
  readonly turns: TurnStore
  readonly sessions: { deleteSession(id: SessionId): Promise<boolean> }
  readonly clock: ManualClock
  /** Closes the database and opens it again, as a restart does: `turns` is another one then. */
  reopen(): Promise<void>
  addSession(): Promise<SessionId>
  log(sessionId: SessionId): Promise<readonly StoredEntry[]>
  history(sessionId: SessionId): Promise<readonly Message[]>
  tables(): Promise<Readonly<Record<string, readonly string[]>>>
}

export interface ScenarioOptions {
  readonly slots?: number
  readonly maxWaiting?: number
  readonly limits?: Partial<TurnLimits>
  /** False: turns that a crash has cut off are ended. */
  readonly mayResume?: boolean
  /** Whether the model goes on in a text that it has begun; `no` unless given. */
  readonly continuesMessage?: Capability
}

const LIMITS: TurnLimits = { turnTimeoutMs: 30 * 60_000, slotWaitMs: 10 * 60_000 }

/** For tests: a turn engine over a real database, with a model that says what the test lets it say. */
export class TurnScenario implements AsyncDisposable {
  readonly database: ScenarioDatabase
  readonly clock: ManualClock
  readonly store: InterceptedStore
  readonly feeds = new SessionFeeds()
  readonly line: SlotLine
  readonly engine: TurnEngine
  readonly recovery: TurnRecovery
  readonly unrecovered = new UnrecoveredSessions()
  readonly workerId = `worker ${randomUUID()}`
  readonly changes: TurnChange[] = []
  onTurnChange: (change: TurnChange) => void = () => undefined
  /** Each queue that was told, in order. */
  readonly queues: MessageQueue[] = []
  /** What the engine has told the operator. */
  readonly journal: { readonly error: unknown; readonly message: string }[] = []
  readonly #begun: ScriptedAnswer[] = []
  readonly #answers = new Map<TurnId, PromiseWithResolvers<ScriptedAnswer>>()
  readonly #readers = new Set<SessionReader>()
  readonly #timers: CountedTimers
  readonly #options: ScenarioOptions
  #crashed = false

  constructor(database: ScenarioDatabase, options: ScenarioOptions = {}) {
    this.database = database
    this.#options = options
    this.clock = database.clock
    this.#timers = new CountedTimers(database.clock)
    this.store = new InterceptedStore(database.turns)
    this.line = new SlotLine({ slots: options.slots ?? 4, maxWaiting: options.maxWaiting ?? 64 })
    const shared = {
      store: this.store,
      feeds: this.feeds,
      clock: this.#timers,
      workerId: this.workerId,
      journal: { error: ({ error }: { error: unknown }, message: string) => this.journal.push({ error, message }) },
      unrecovered: this.unrecovered,
    }
    this.engine = new TurnEngine({
      ...shared,
      line: this.line,
      newTurnId: () => turnIdSchema.parse(randomUUID()),
      limits: { ...LIMITS, ...options.limits },
      onTurnChange: (change) => {
        this.changes.push(change)
        this.onTurnChange(change)
      },
      onQueueChange: (queue) => this.queues.push(queue),
      answer: (work) => this.#answer(work),
    })
    this.recovery = new TurnRecovery({
      ...shared,
      mayResume: options.mayResume ?? true,
      continuesMessage: async () => options.continuesMessage ?? 'no',
      adopt: (turn) => this.engine.adopt(turn),
    })
  }

  async session(): Promise<SessionScene> {
    return this.scene(await this.database.addSession())
  }

  /** A session that exists. */
  scene(sessionId: SessionId): SessionScene {
    return new SessionScene(this, sessionId)
  }

  /** A session whose turn has said something, for a crash to cut off. */
  async cutOff(text: string): Promise<SessionScene> {
    const session = await this.session()
    await (await session.send(`say ${text}`)).says(text)
    return session
  }

  /** The answer to a turn, as soon as the turn has begun to be answered. */
  answerOf(turnId: TurnId): Promise<ScriptedAnswer> {
    return this.#answerSlot(turnId).promise
  }

  /** The answer that was the `n`th to begin here, from 0, as soon as it has. */
  async answerAt(n: number): Promise<ScriptedAnswer> {
    await until(() => this.#begun.length > n)
    const answer = this.#begun[n]
    if (!answer) throw new Error(`no ${n}th answer has begun`)
    return answer
  }

  /** Answers at work: begun, and neither finished nor told to end. */
  get liveAnswers(): readonly ScriptedAnswer[] {
    return this.#begun.filter((answer) => answer.isLive)
  }

  follow(sessionId: SessionId, cursor: Seq = START_OF_LOG): SessionReader {
    const reader = new SessionReader({ store: this.store, feeds: this.feeds }, { sessionId, cursor })
    this.#readers.add(reader)
    return reader
  }

  /** The disk is full for the next `times` calls of `method`. */
  fillDisk({ method, times }: { method: StoreMethod; times: number }): void {
    let failures = 0
    this.store.intercept = async (called, call) => {
      if (called !== method || failures >= times) return await call()
      failures += 1
      throw new StorageError('storage_full', 'refused by the test')
    }
  }

  /** What the server does before it listens. */
  recover(): Promise<RecoveryReport> {
    return this.recovery.recoverAll()
  }

  /**
   * From here on nothing of this server reaches the disk. Answers with the next start, which has not recovered yet and has the
   * same options but for those given.
   */
  async crash(options: ScenarioOptions = {}): Promise<TurnScenario> {
    this.#crashed = true
    this.store.intercept = () => new Promise(() => undefined)
    await this.database.reopen()
    return new TurnScenario(this.database, { ...this.#options, ...options })
  }

  /** Ends what still runs, and looks whether anything is left over (I14). */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#crashed) return
    this.store.intercept = (_method, call) => call()
    for (const reader of this.#readers) await reader.stop()
    await this.engine.shutDown(0)
    await turnOfTheLoop()
    await this.database[Symbol.asyncDispose]()
    const leftOver = {
      feeds: this.feeds.size,
      slots: this.line.used,
      waiting: this.line.waiting,
      timers: this.#timers.pending,
    }
    if (Object.values(leftOver).some((count) => count > 0))
      throw new Error(`I14: left over: ${JSON.stringify(leftOver)}`)
  }

  #answer(work: TurnWork): Promise<AnswerResult> {
    const answer = new ScriptedAnswer(work, { continuesMessage: this.#options.continuesMessage === 'yes' })
    this.#begun.push(answer)
    this.#answerSlot(work.turn.turnId).resolve(answer)
    return answer.result
  }

  #answerSlot(turnId: TurnId): PromiseWithResolvers<ScriptedAnswer> {
    const slot = this.#answers.get(turnId) ?? Promise.withResolvers<ScriptedAnswer>()
    this.#answers.set(turnId, slot)
    return slot
  }
}

/** Lets everything run that is due in this turn of the event loop. */
export async function turnOfTheLoop(): Promise<void> {
  await new Promise(setImmediate)
  await new Promise(setImmediate)
}

/** Lets the event loop turn until `isSo`. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turnOfTheLoop()
}

/** A clock that knows how many of its timers are neither over nor cancelled. */
class CountedTimers implements Clock {
  readonly #clock: Clock
  readonly #pending = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get pending(): number {
    return this.#pending.size
  }

  nowMs(): number {
    return this.#clock.nowMs()
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs()
  }

  after(delayMs: number, fire: () => void): CancelTimer {
    const done = () => this.#pending.delete(done)
    const cancel = this.#clock.after(delayMs, () => {
      done()
      fire()
    })
    this.#pending.add(done)
    return () => {
      done()
      cancel()
    }
  }
}

/** A session as its people use it. */
export class SessionScene {
  readonly id: SessionId
  readonly #scenario: TurnScenario

  constructor(scenario: TurnScenario, id: SessionId) {
    this.#scenario = scenario
    this.id = id
  }

  start(message: string, command: Partial<StartTurn> = {}): Promise<StartResult> {
    const holder = { kind: 'api', label: '' } as const
    return this.#scenario.engine.start({
      ...{ sessionId: this.id, message, holder, clientId: null, onBusy: 'reject' },
      ...command,
    })
  }

  /** Sends, which must be accepted. */
  async send(message: string, command: Partial<StartTurn> = {}): Promise<TurnScene> {
    const result = await this.start(message, command)
    if (result.status !== 'accepted') throw new Error(`"${message}" was not accepted but ${result.status}`)
    return new TurnScene(this.#scenario, result.turn)
  }

  follow(cursor = 0): SessionReader {
    return this.#scenario.follow(this.id, seqSchema.parse(cursor))
  }

  /** The settled messages, in words: "user: why?", "assistant: because (completed)". */
  async history(): Promise<string[]> {
    const messages = await this.#scenario.database.history(this.id)
    return messages.map(({ role, content, outcome }) => `${role}: ${content}${outcome ? ` (${outcome.status})` : ''}`)
  }

  log(): Promise<readonly StoredEntry[]> {
    return this.#scenario.database.log(this.id)
  }

  async delete(): Promise<void> {
    await this.#scenario.database.sessions.deleteSession(this.id)
    this.#scenario.engine.dropSession(this.id)
  }
}

/** An accepted turn. Made from what another start has accepted, it is that turn as this one goes on with it. */
export class TurnScene {
  readonly id: TurnId
  readonly turn: Turn
  readonly #scenario: TurnScenario

  constructor(scenario: TurnScenario, turn: Turn) {
    this.#scenario = scenario
    this.turn = turn
    this.id = turn.turn_id
  }

  answer(): Promise<ScriptedAnswer> {
    return this.#scenario.answerOf(this.id)
  }

  /** Lets the model say something and waits until that is stored. */
  async says(text: string): Promise<void> {
    const answer = await this.answer()
    answer.says(text)
    await answer.work.committed()
  }

  /** Lets the model say its last and waits for the end. */
  async completes(text: string): Promise<TurnOutcome> {
    const answer = await this.answer()
    answer.completes(text)
    return await this.outcome()
  }

  cancel(): Promise<Turn | undefined> {
    return this.#scenario.engine.cancel(this.id)
  }

  read(): Promise<Turn | undefined> {
    return this.#scenario.engine.readTurn(this.id)
  }

  /** How the turn ended, once it has. */
  async outcome(): Promise<TurnOutcome> {
    if ((await this.read())?.outcome === null) await this.#scenario.engine.idle(this.turn.session_id)
    const outcome = (await this.read())?.outcome
    if (!outcome) throw new Error(`turn ${this.id} has no outcome`)
    return outcome
  }
}
