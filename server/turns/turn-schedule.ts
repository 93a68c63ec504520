import assert from 'node:assert/strict'
import { type SessionId, seqSchema } from '../../protocol/ids.ts'
import type { OnBusy } from '../../protocol/requests.ts'
import type { Turn } from '../../protocol/turn.ts'
import type { SeededRandom } from '../lib/seeded-random.ts'
import type { StoreMethod } from './intercepted-store.ts'
import { assertFaithful, assertHistory, assertOneTurnAtATime, assertTexts, outcomeOf } from './log-check.ts'
import type { ScriptedAnswer } from './scripted-answer.ts'
import type { SessionReader } from './session-reader.ts'
import type { StoredEntry } from './stored-entry.ts'
import type { StartResult } from './turn-command.ts'
import { type TurnScenario, turnOfTheLoop } from './turn-scenario.ts'
import { StorageError } from './turn-store.ts'

/**
 * For tests: people who send, stop, interrupt, delete, read and hang up at random, on a server whose disk hiccups, whose
 * clock jumps and which dies; then a look at whether everything held that must always hold.
 */

type Send = {
  readonly sessionId: SessionId
  readonly token: string
  readonly key: string | null
  result: StartResult | 'failed' | 'unanswered'
  /** Somebody has cancelled it by its key; `none` is the answer that it has started no turn and will start none. */
  cancelled: 'no' | 'asked' | 'none'
}
type Stop = { readonly sessionId: SessionId; readonly answer: Turn }
type Watcher = {
  readonly sessionId: SessionId
  readonly cursor: number
  readonly shown: StoredEntry[]
  reader: SessionReader
}

const SESSIONS = 4
const WRITES: readonly StoreMethod[] = [
  'claimTurn',
  'append',
  'recordStop',
  'endTurn',
  'replaceTurn',
  'takeOverTurn',
  'endOrphan',
  'queueTurn',
  'claimQueued',
]
const ACTS = 45

/** What has happened at least once over many schedules; a run that never saw one of them has tested less than it says. */
export type Happening =
  | `send ${StartResult['status']}`
  | `turn ${'completed' | 'failed' | 'cancelled' | 'interrupted'}`
  | 'queued message started'
  | 'queue paused'
  | 'send cancelled before it started a turn'
  | 'stop came first'
  | 'stop came too late'
  | 'turn waited for its slot'
  | 'disk hiccup'
  | 'crash with active turns'
  | 'recovery put off by the disk'
  | 'turn resumed'
  | 'step void after a crash'
  | 'text that went on after a crash'
  | 'reader went on after a crash'

export class TurnSchedule {
  readonly happened = new Map<Happening, number>()
  readonly #random: SeededRandom
  readonly #tag: string
  #server: TurnScenario
  #sessions: SessionId[] = []
  readonly #deleted = new Set<SessionId>()
  readonly #sends: Send[] = []
  readonly #stops: Stop[] = []
  readonly #watchers: Watcher[] = []
  /** Every entry as it was committed, deltas that were trimmed since among them. */
  readonly #logs = new Map<SessionId, StoredEntry[]>()
  readonly #underWay = new Set<Promise<unknown>>()
  #hiccups = 0

  constructor(server: TurnScenario, parts: { readonly random: SeededRandom; readonly tag: string }) {
    this.#random = parts.random
    this.#tag = parts.tag
    this.#server = server
    this.#connect(server)
  }

  /** Answers with the server that is left: another one than at the start where it crashed on the way. */
  async run(options: { readonly crashes: number }): Promise<TurnScenario> {
    for (let n = 0; n < SESSIONS; n += 1) await this.#addSession()
    const crashesAt = Array.from({ length: options.crashes }, () => this.#random.below(ACTS))
    for (let act = 0; act < ACTS; act += 1) {
      if (crashesAt.includes(act)) await this.#crash()
      else await this.#act()
      await this.#pass()
    }
    await this.#settle()
    await this.#check()
    return this.#server
  }

  async #act(): Promise<void> {
    const acts: (() => void | Promise<void>)[] = [
      ...repeat(6, () => this.#send('reject')),
      ...repeat(2, () => this.#send('interrupt')),
      ...repeat(4, () => this.#send('queue')),
      () => this.#cancelSend(),
      () => this.#sendNow(),
      ...repeat(8, () => this.#withAnswer((answer) => answer.says(`word ${this.#random.below(100)} `))),
      ...repeat(2, () => this.#withAnswer((answer) => answer.finishesStep())),
      ...repeat(4, () => this.#withAnswer((answer) => answer.completes(`end of ${this.#tag}`))),
      () => this.#withAnswer((answer) => answer.fails('backend_error', 'scripted')),
      () => this.#withAnswer((answer) => answer.throws(new Error('scripted'))),
      ...repeat(3, () => this.#stop()),
      ...repeat(4, () => this.#watch()),
      ...repeat(2, () => this.#hangUp()),
      () => this.#server.clock.advance(this.#random.below(12) * 60_000),
      () => this.#hiccup(),
    ]
    if (this.#random.below(30) === 0) await this.#delete()
    else await this.#random.pick(acts)()
  }

  #send(onBusy: OnBusy): void {
    const token = `<${this.#tag}.${this.#sends.length}>`
    const key = this.#random.below(2) === 0 ? `key ${this.#sends.length} of ${this.#tag}` : null
    const sessionId = this.#random.pick(this.#sessions)
    const send: Send = { sessionId, token, key, result: 'unanswered', cancelled: 'no' }
    const idempotency = key === null ? undefined : { key, fingerprint: token }
    this.#sends.push(send)
    const start = async () => {
      try {
        send.result = await this.#server.scene(send.sessionId).start(token, { onBusy, idempotency })
        this.#note(`send ${send.result.status}`)
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        send.result = 'failed'
      }
    }
    this.#inBackground(start())
  }

  #withAnswer(act: (answer: ScriptedAnswer) => void): void {
    const live = this.#server.liveAnswers.filter((answer) => this.#sessions.includes(answer.work.turn.sessionId))
    if (live.length > 0) act(this.#random.pick(live))
  }

  #stop(): void {
    const accepted = this.#sends.flatMap(({ result }) =>
      typeof result === 'object' && result.status === 'accepted' ? [result.turn] : [],
    )
    if (accepted.length === 0) return
    const newest = accepted.slice(-4)
    const turn = this.#random.pick(newest)
    const stop = async () => {
      try {
        const answer = await this.#server.engine.cancel(turn.turn_id)
        if (answer) this.#stops.push({ sessionId: turn.session_id, answer })
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
      }
    }
    this.#inBackground(stop())
  }

  #cancelSend(): void {
    const newest = this.#sends.slice(-5).filter(({ key }) => key !== null)
    const send = newest.at(this.#random.below(Math.max(1, newest.length)))
    if (!send || send.key === null) return
    const { sessionId, key } = send
    send.cancelled = 'asked'
    const cancel = async () => {
      const answer = await this.#server.engine.cancelSend(sessionId, key)
      if (answer.status === 'cancelled' && answer.turn === null) send.cancelled = 'none'
    }
    this.#inBackground(orStorageError(cancel()))
  }

  #sendNow(): void {
    const queues = this.#server.engine.queues.all()
    const { sessionId, messages = [] } = queues.at(this.#random.below(Math.max(1, queues.length))) ?? {}
    const turnId = messages.at(this.#random.below(Math.max(1, messages.length)))?.turnId
    if (!sessionId || !turnId) return
    this.#inBackground(orStorageError(this.#server.engine.sendNow({ sessionId, turnId })))
  }

  #watch(): void {
    const sessionId = this.#random.pick(this.#sessions)
    const cursor = this.#random.below((this.#logs.get(sessionId)?.length ?? 0) + 1)
    const reader = this.#server.follow(sessionId, seqSchema.parse(cursor))
    this.#watchers.push({ sessionId, cursor, shown: [], reader })
  }

  async #hangUp(): Promise<void> {
    if (this.#watchers.length > 0) await this.#random.pick(this.#watchers).reader.stop()
  }

  /** The disk is full for the next few writes. */
  #hiccup(): void {
    this.#hiccups = 1 + this.#random.below(3)
  }

  async #delete(): Promise<void> {
    const sessionId = this.#random.pick(this.#sessions)
    this.#sessions = this.#sessions.filter((other) => other !== sessionId)
    this.#deleted.add(sessionId)
    await this.#server.scene(sessionId).delete()
    await this.#addSession()
  }

  async #crash(): Promise<void> {
    if (this.#server.engine.activeTurns(null).length > 0) this.#note('crash with active turns')
    const continuesMessage = this.#random.pick(['yes', 'no', 'unknown'] as const)
    const next = await this.#server.crash({ mayResume: this.#random.below(4) > 0, continuesMessage })
    this.#underWay.clear() // nobody will answer these any more
    this.#server = next
    this.#connect(next)
    if (this.#random.below(2) === 0) this.#hiccup() // the disk may still be full when it starts again
    while ((await next.recover()).left > 0) this.#note('recovery put off by the disk')
    await next.engine.goOnAfterStart()
    for (const watcher of this.#watchers) this.#goOn(watcher)
  }

  /** A client that was cut off connects again with the last seq it has applied. */
  #goOn(watcher: Watcher): void {
    if (this.#deleted.has(watcher.sessionId)) return
    watcher.shown.push(...watcher.reader.entries)
    const cursor = watcher.shown.at(-1)?.seq ?? watcher.cursor
    watcher.reader = this.#server.follow(watcher.sessionId, seqSchema.parse(cursor))
    this.#note('reader went on after a crash')
  }

  #connect(server: TurnScenario): void {
    server.store.witness = (sessionId, entries) => {
      const log = this.#logs.get(sessionId) ?? []
      this.#logs.set(sessionId, log)
      log.push(...entries)
    }
    server.store.intercept = async (method, call) => {
      const writes = WRITES.includes(method)
      if (!writes || this.#hiccups === 0) return await call()
      this.#hiccups -= 1
      this.#note('disk hiccup')
      throw new StorageError('storage_full', 'scripted')
    }
  }

  /** Some microtasks and turns of the loop go by, now and then enough for what is under way. */
  async #pass(): Promise<void> {
    for (let n = this.#random.below(6); n > 0; n -= 1) await Promise.resolve()
    for (let n = this.#random.below(4); n > 0; n -= 1) await new Promise(setImmediate)
    if (this.#random.below(8) > 0) return
    for (let n = 0; n < 20 && this.#underWay.size > 0; n += 1) await turnOfTheLoop()
  }

  /** The last fault heals, the model completes what it has to, everybody hangs up. */
  async #settle(): Promise<void> {
    this.#hiccups = 0
    const { engine } = this.#server
    while (this.#underWay.size > 0 || engine.activeTurns(null).length > 0 || engine.queues.all().length > 0) {
      for (const { sessionId, revision, paused } of engine.queues.all()) {
        if (paused) this.#note('queue paused')
        if (paused) await engine.changeQueue(sessionId, { type: 'resume', revision })
      }
      for (const answer of this.#server.liveAnswers) answer.completes()
      this.#server.clock.advance(10_000) // an end that could not be written is tried again
      await turnOfTheLoop()
    }
    for (const watcher of this.#watchers) await this.#hangUpAfterAll(watcher)
    await turnOfTheLoop()
  }

  async #hangUpAfterAll(watcher: Watcher): Promise<void> {
    const { reader } = watcher
    if (!this.#deleted.has(watcher.sessionId)) await turnOfTheLoop()
    await reader.stop()
    watcher.shown.push(...reader.entries)
  }

  async #check(): Promise<void> {
    const { database, engine, line, feeds } = this.#server
    assert.deepEqual([line.used, line.waiting, feeds.size], [0, 0, 0], 'I14: slots, places and feeds are left over')
    for (const sessionId of this.#sessions) await this.#checkSession(sessionId)
    this.#checkSends(JSON.stringify(await database.tables()))
    for (const watcher of this.#watchers) {
      assertFaithful(watcher.shown, watcher.cursor, this.#logs.get(watcher.sessionId) ?? [])
      assertTexts(watcher.shown)
    }
    for (const sessionId of this.#deleted) {
      assert.deepEqual(await database.log(sessionId), [], 'I10: a deleted session has entries')
      assert.equal(await database.turns.sessionExists(sessionId), false, 'I10: a deleted session exists')
    }
    for (const { sessionId, answer } of this.#stops) {
      if (!this.#deleted.has(sessionId)) await this.#checkStop(answer, await engine.readTurn(answer.turn_id))
    }
  }

  async #checkSession(sessionId: SessionId): Promise<void> {
    const full = this.#logs.get(sessionId) ?? []
    const { database } = this.#server
    assertOneTurnAtATime(full)
    if (full.some((entry) => entry.data === '{"phase":"waiting_for_slot"}')) this.#note('turn waited for its slot')
    this.#noteResumes(full)
    const lasting = full.filter((entry) => !entry.type.endsWith('.delta'))
    const stored = (await database.log(sessionId)).filter((entry) => !entry.type.endsWith('.delta'))
    assert.deepEqual(stored, lasting, 'I2: what was told is not what is stored')
    assertHistory(await database.history(sessionId), full)
    const turn = await this.#server.scene(sessionId).send(`last of ${this.#tag}`)
    assert.deepEqual(await turn.completes('done'), { status: 'completed' }, 'I9: the session does not complete a turn')
  }

  #noteResumes(full: readonly StoredEntry[]): void {
    for (const [index, entry] of full.entries()) {
      if (entry.type !== 'turn.resumed') continue
      this.#note('turn resumed')
      if (JSON.parse(entry.data).void_after !== null) this.#note('step void after a crash')
      const next = full.slice(index + 1).find(({ type }) => type !== 'turn.phase_changed')?.type
      if (next === 'text.delta' || next === 'step.finished') this.#note('text that went on after a crash')
    }
  }

  #checkSends(everything: string): void {
    for (const { sessionId, token, result, cancelled } of this.#sends) {
      if (this.#deleted.has(sessionId)) {
        assert.ok(!everything.includes(token), `I10: ${token} was sent to a deleted session and is there`)
        continue
      }
      const turns = this.#turnsOf(sessionId, token)
      if (cancelled === 'none') {
        assert.ok(!everything.includes(token), `I4: ${token} was cancelled before it started a turn, and is there`)
        this.#note('send cancelled before it started a turn')
      } else if (typeof result === 'object' && result.status === 'queued') {
        const isThere = turns.length === 1 || cancelled === 'asked'
        assert.ok(isThere && turns.every((turnId) => turnId === result.turnId), `I3: ${token} was queued: ${turns}`)
        if (turns.length === 1) this.#note('queued message started')
      } else if (typeof result === 'object' && result.status === 'accepted') {
        assert.deepEqual(turns, [result.turn.turn_id], `I3: ${token} was accepted`)
        this.#note(`turn ${outcomeOf(this.#entriesOf(sessionId, result.turn.turn_id)).status}`)
      } else if (result !== 'unanswered') {
        assert.ok(!everything.includes(token), `I4: ${token} was refused and is there`)
      } else {
        assert.ok(turns.length <= 1, `I3: ${token} got no answer and started ${turns.length} turns`)
      }
    }
  }

  async #checkStop(answer: Turn, now: Turn | undefined): Promise<void> {
    const promised = answer.outcome ?? { status: 'cancelled' as const }
    assert.deepEqual(now?.outcome, promised, `I11: the stop of ${answer.turn_id} was answered with another outcome`)
    this.#note(promised.status === 'cancelled' ? 'stop came first' : 'stop came too late')
  }

  #turnsOf(sessionId: SessionId, token: string): (string | null)[] {
    const starts = (this.#logs.get(sessionId) ?? []).filter((entry) => entry.type === 'turn.started')
    return starts.filter((entry) => entry.data.includes(JSON.stringify(token))).map((entry) => entry.turnId)
  }

  #entriesOf(sessionId: SessionId, turnId: string): StoredEntry[] {
    return (this.#logs.get(sessionId) ?? []).filter((entry) => entry.turnId === turnId)
  }

  async #addSession(): Promise<void> {
    const sessionId = await this.#server.database.addSession()
    this.#sessions.push(sessionId)
  }

  #inBackground(work: Promise<unknown>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked))
    this.#underWay.add(tracked)
  }

  #note(happening: Happening): void {
    this.happened.set(happening, (this.happened.get(happening) ?? 0) + 1)
  }
}

function repeat<T>(times: number, value: T): T[] {
  return Array.from({ length: times }, () => value)
}

/** What the disk refuses is nobody's mistake here. */
async function orStorageError(work: Promise<unknown>): Promise<void> {
  const [result] = await Promise.allSettled([work])
  if (result.status === 'rejected' && !(result.reason instanceof StorageError)) throw result.reason
}
