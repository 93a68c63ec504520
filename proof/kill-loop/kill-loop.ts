import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { type Queue, queueSchema } from '../../protocol/queue.ts'
import { turnSchema } from '../../protocol/turn.ts'
import { SeededRandom } from '../../server/lib/seeded-random.ts'
import { ConchProcess, TestDataDir } from '../../tests/conch-process.ts'
import { type ScriptedModel, startScriptedModel } from '../../tests/scripted-model.ts'
import type { Evidence } from '../evidence/evidence.ts'
import type { Answer, Call, HistoryEvent, ModelReply, ToolRun } from '../evidence/history.ts'
import { Recorder } from '../evidence/recorder.ts'
import { readEveryRow, readStored, type StoredSession } from '../evidence/stored.ts'
import { ask } from './http-clients.ts'
import { readLog } from './log-stream.ts'
import { wayOf, writeLastMessage, writeMessage } from './messages.ts'

/**
 * One real server process after the other on one data directory, each with people at it who do things at random, and each
 * killed: by itself at a fault point, or from outside. In between it is frozen and woken. In the end a last server must
 * complete a turn of every session, and what everybody saw goes to the checker.
 */

export interface Life {
  /** `append.after:3`: dies there by itself. Null: is ended from outside when its people have done what they wanted. */
  readonly faultPoint: string | null
  readonly ending: 'kill' | 'terminate'
  /** Is stopped and woken while people wait for it. */
  readonly isFrozen: boolean
}

export interface KillLoopPlan {
  readonly seed: number
  readonly lives: readonly Life[]
  /** How long nothing may move in the end. */
  readonly quietMs: number
}

export interface KillLoopResult {
  readonly evidence: Evidence
  /** Fault points at which a server died. */
  readonly diedAt: readonly string[]
}

const PEOPLE = ['ann', 'bob', 'cem', 'dan'] as const
const ACTS = 14
const MOST_SESSIONS = 6
const FREEZE_MS = 150
const MOST_LOOKS = 100
const MOST_LOOKS_AT_A_TURN = 3_000

export async function runKillLoop(plan: KillLoopPlan): Promise<KillLoopResult> {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel()
  const loop = new KillLoop(plan.seed, { dataDir: dataDir.path, model })
  for (const life of plan.lives) await loop.live(life)
  return await loop.finish(plan.quietMs)
}

type SendCall = Extract<Call, { do: 'send' }>

class KillLoop {
  readonly #random: SeededRandom
  readonly #dataDir: string
  readonly #model: ScriptedModel
  readonly #recorder = new Recorder(() => performance.timeOrigin + performance.now())
  readonly #diedAt: string[] = []
  readonly #sessions: string[] = []
  readonly #turns: { readonly sessionId: string; readonly turnId: string }[] = []
  /** Messages that people were told to wait with. */
  readonly #waiting: { readonly sessionId: string; readonly turnId: string }[] = []
  readonly #sends: SendCall[] = []
  readonly #cursors = new Map<string, number>()
  readonly #readers = new Set<Promise<void>>()

  constructor(seed: number, parts: { dataDir: string; model: ScriptedModel }) {
    this.#random = new SeededRandom(seed)
    this.#dataDir = parts.dataDir
    this.#model = parts.model
  }

  async live(life: Life): Promise<void> {
    const server = await this.#start(life.faultPoint)
    if (!server) return
    await using _ = server
    const gone = new AbortController()
    const exited = server.exited.then(() => gone.abort())
    if (life.isFrozen) void this.#freeze(server)
    await Promise.all(PEOPLE.map((client) => this.#act(server, client, gone.signal)))
    const diedByItself = gone.signal.aborted
    if (!diedByItself) this.#recorder.fault(life.ending)
    await server.end(life.ending === 'kill' ? 'SIGKILL' : 'SIGTERM')
    await exited
    if (diedByItself) this.#recorder.fault('kill')
    if (diedByItself && life.faultPoint) this.#diedAt.push(life.faultPoint)
    await Promise.all(this.#readers)
    this.#recorder.serverGone(life.ending)
  }

  async finish(quietMs: number): Promise<KillLoopResult> {
    await using server = await this.#start(null)
    if (!server) throw new Error('a server without a fault point has died')
    for (const [n, sessionId] of this.#storedSessions().entries()) await this.#completeTurn(server, sessionId, n)
    await this.#untilStill()
    this.#recorder.rest()
    const leftOver = await readLeftOver(server)
    const stored = this.#readDatabase(readStored)
    await delay(quietMs)
    const storedLater = this.#readDatabase(readEveryRow)
    const { history } = this.#recorder
    const evidence = {
      history,
      stored,
      storedLater,
      toolRuns: this.#readLedger(),
      modelReplies: this.#replies(),
      leftOver,
    }
    return { evidence, diedAt: this.#diedAt }
  }

  /** Undefined where the server died before it listened. */
  async #start(faultPoint: string | null): Promise<ConchProcess | undefined> {
    this.#recorder.fault('start')
    const preload = new URL('./preload.ts', import.meta.url).href
    const variables = {
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${preload}`,
      PROOF_LEDGER: join(this.#dataDir, 'ledger.jsonl'),
      PROOF_FAULT_POINT: faultPoint ?? '',
    }
    const flags = ['--model-url', this.#model.baseUrl, '--model', 'scripted', '--slots', '3', '--grace', '100ms']
    try {
      return await ConchProcess.start(this.#dataDir, flags, variables)
    } catch (error) {
      if (faultPoint === null || !String(error).includes('SIGKILL')) throw error
      this.#recorder.fault('kill')
      this.#diedAt.push(faultPoint)
      return undefined
    }
  }

  async #freeze(server: ConchProcess): Promise<void> {
    await delay(50 + this.#random.below(100))
    this.#recorder.fault('freeze')
    server.child.kill('SIGSTOP')
    await delay(FREEZE_MS)
    server.child.kill('SIGCONT')
    this.#recorder.fault('wake')
  }

  async #act(server: ConchProcess, client: string, gone: AbortSignal): Promise<void> {
    if (this.#sessions.length === 0) await this.#create(server, client)
    for (let act = 0; act < ACTS && !gone.aborted; act += 1) {
      if (this.#sessions.length === 0) await this.#create(server, client)
      else await this.#random.pick(this.#acts(server, client))()
    }
  }

  #acts(server: ConchProcess, client: string): readonly (() => unknown)[] {
    const sessionId = this.#random.pick(this.#sessions)
    const repeat = <T>(times: number, act: T) => Array.from({ length: times }, () => act)
    return [
      ...repeat(7, () => this.#send(server, client, { sessionId, onBusy: 'reject' })),
      ...repeat(2, () => this.#send(server, client, { sessionId, onBusy: 'interrupt' })),
      ...repeat(3, () => this.#send(server, client, { sessionId, onBusy: 'queue' })),
      () => this.#edit(server, client, sessionId),
      () => this.#cancelSend(server, client),
      ...repeat(2, () => this.#changeQueue(server, client, sessionId)),
      () => this.#changeMessage(server, client),
      ...repeat(2, () => this.#repeat(server, client)),
      ...repeat(3, () => this.#cancel(server, client)),
      ...repeat(5, () => this.#follow(server, client, sessionId)),
      ...repeat(2, () => this.#ask(server, client, { do: 'read', sessionId })),
      () => this.#ask(server, client, { do: 'rename', sessionId, title: `title ${this.#random.below(1_000)}` }),
      () => this.#branch(server, client, sessionId),
      () => (this.#random.below(4) === 0 ? this.#delete(server, client, sessionId) : undefined),
      ...repeat(3, () => delay(this.#random.below(30))),
    ]
  }

  async #create(server: ConchProcess, client: string): Promise<void> {
    const answer = await this.#ask(server, client, { do: 'create' })
    if (answer?.to === 'create') this.#sessions.push(answer.sessionId)
  }

  async #send(
    server: ConchProcess,
    client: string,
    { sessionId, ...how }: Pick<SendCall, 'sessionId' | 'onBusy' | 'replaces'>,
  ): Promise<void> {
    const mark = `m${this.#sends.length + 1}`
    const key = this.#random.below(4) === 0 ? `key-${this.#random.below(4)}` : null
    const message = writeMessage(this.#random, { mark, sessionId })
    await this.#sendAs(server, client, { do: 'send', sessionId, message, key, ...how, isLast: false })
  }

  /** Reads, and writes one of the messages there anew. */
  async #edit(server: ConchProcess, client: string, sessionId: string): Promise<void> {
    const answer = await this.#ask(server, client, { do: 'read', sessionId })
    if (answer?.to !== 'read' || answer.messageIds.length === 0) return
    await this.#send(server, client, {
      sessionId,
      onBusy: this.#random.pick(['reject', 'interrupt'] as const),
      replaces: this.#random.pick(answer.messageIds),
    })
  }

  async #cancelSend(server: ConchProcess, client: string): Promise<void> {
    const { sessionId, key } = this.#sends.findLast((send) => send.key !== null) ?? { key: null }
    if (sessionId && key !== null) await this.#ask(server, client, { do: 'cancel-send', sessionId, key })
  }

  /** Lets a queue that is paused go on, and pauses one that is not. */
  async #changeQueue(server: ConchProcess, client: string, sessionId: string): Promise<void> {
    const queue = await readQueue(server, sessionId)
    if (!queue || queue.messages.length === 0) return
    const change = queue.paused ? 'resume' : 'pause'
    await this.#ask(server, client, { do: 'change-queue', sessionId, change, revision: queue.revision })
  }

  async #changeMessage(server: ConchProcess, client: string): Promise<void> {
    const [waiting] = this.#waiting.length > 0 ? [this.#random.pick(this.#waiting.slice(-4))] : []
    if (waiting) await this.#ask(server, client, { do: this.#random.pick(['unqueue', 'send-now']), ...waiting })
  }

  /** A client that had no answer, or does not trust it, sends the same again. */
  async #repeat(server: ConchProcess, client: string): Promise<void> {
    const keyed = this.#sends.filter(({ key }) => key !== null)
    if (keyed.length > 0) await this.#sendAs(server, client, this.#random.pick(keyed.slice(-5)))
  }

  async #sendAs(server: ConchProcess, client: string, call: SendCall): Promise<string | undefined> {
    this.#sends.push(call)
    const answer = await this.#ask(server, client, call)
    if (answer?.to === 'queued') this.#waiting.push({ sessionId: call.sessionId, turnId: answer.turnId })
    if (answer?.to !== 'send') return undefined
    this.#turns.push({ sessionId: call.sessionId, turnId: answer.turnId })
    return answer.turnId
  }

  async #cancel(server: ConchProcess, client: string): Promise<void> {
    const [turn] = this.#turns.length > 0 ? [this.#random.pick(this.#turns.slice(-4))] : []
    if (turn) await this.#ask(server, client, { do: 'cancel', ...turn })
  }

  async #branch(server: ConchProcess, client: string, sessionId: string): Promise<void> {
    if (this.#sessions.length >= MOST_SESSIONS) return
    const answer = await this.#ask(server, client, { do: 'branch', sessionId })
    if (answer?.to === 'branch') this.#sessions.push(answer.sessionId)
  }

  async #delete(server: ConchProcess, client: string, sessionId: string): Promise<void> {
    await this.#ask(server, client, { do: 'delete', sessionId })
    this.#sessions.splice(0, this.#sessions.length, ...this.#sessions.filter((other) => other !== sessionId))
  }

  /** In the background, from where this client was, from the start or from ahead; hangs up after some entries. */
  #follow(server: ConchProcess, client: string, sessionId: string): void {
    const place = `${client} ${sessionId}`
    const own = this.#cursors.get(place) ?? 0
    const cursor = this.#random.pick([own, own, own, 0, this.#random.below(200)])
    const entries = this.#random.pick([1, 2, 3, 5, 8, 13, 1_000, 1_000])
    const pauseMs = this.#random.below(5) === 0 ? 100 : 0
    const reading = readLog(connectionOf(server), { client, sessionId, cursor, entries, pauseMs }, this.#recorder)
    const tracked: Promise<void> = reading
      .then((last) => void this.#cursors.set(place, last))
      .finally(() => this.#readers.delete(tracked))
    this.#readers.add(tracked)
  }

  async #ask(server: ConchProcess, client: string, call: Call): Promise<Answer | undefined> {
    return await ask(server.client, { client, call }, this.#recorder)
  }

  /** The session must take a send and complete it: at once, or when the turn that is in the way has ended. */
  async #completeTurn(server: ConchProcess, sessionId: string, n: number): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const message = writeLastMessage({ mark: `last${n}.${attempt}`, sessionId })
      const call = { do: 'send', sessionId, message, key: null, onBusy: 'reject', isLast: true } as const
      const turnId = await this.#sendAs(server, 'ann', call)
      const inTheWay = turnId ?? this.#refusedFor()
      if (!inTheWay) return // the checker will say that the session does not accept
      await untilEnded(server, inTheWay)
      if (turnId) return
    }
  }

  #refusedFor(): string | null {
    const last = this.#recorder.history.findLast(
      (event): event is Extract<HistoryEvent, { kind: 'fail' }> => event.kind === 'fail',
    )
    return last?.activeTurnId ?? null
  }

  /** What waits and is not held back goes on first. Where something never does, the checker will say so. */
  async #untilStill(): Promise<void> {
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const { sessions } = this.#readDatabase(readStored)
      if (sessions.every(isStill)) return
      await delay(50)
    }
  }

  #storedSessions(): string[] {
    return this.#readDatabase(readStored).sessions.map(({ id }) => id)
  }

  #readDatabase<T>(read: (database: DatabaseSync) => T): T {
    using database = new DatabaseSync(join(this.#dataDir, 'conch.db'), { readOnly: true })
    return read(database)
  }

  #readLedger(): ToolRun[] {
    const path = join(this.#dataDir, 'ledger.jsonl')
    if (!existsSync(path)) return []
    return readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  }

  #replies(): ModelReply[] {
    return this.#model.requests.map(({ messages, closedBy }) => {
      const message = messages.findLast(({ role }) => role === 'user')?.content ?? ''
      const ending = closedBy === 'server' ? wayOf(message) : 'stopped'
      return { prompt: JSON.stringify(messages), message, ending }
    })
  }
}

function connectionOf({ url, client }: ConchProcess): { url: string; token: string } {
  return { url, token: client.token }
}

function isStill({ activeTurn, queue }: StoredSession): boolean {
  const [head] = queue.messages
  return activeTurn === null && (!head || (queue.isPaused && !head.afterStop))
}

/** What a person's screen would show; undefined where the server does not answer. */
async function readQueue({ client }: ConchProcess, sessionId: string): Promise<Queue | undefined> {
  try {
    return queueSchema.safeParse((await client.request('GET', `/api/sessions/${sessionId}/queue`)).json).data
  } catch (error) {
    if (!(error instanceof Error)) throw error // it was killed meanwhile
    return undefined
  }
}

/** Asks, and does not follow: whether streams are whole is for the checker to say. */
async function untilEnded({ client }: ConchProcess, turnId: string): Promise<void> {
  for (let look = 0; look < MOST_LOOKS_AT_A_TURN; look += 1) {
    const { json } = await client.request('GET', `/api/turns/${turnId}`)
    if (turnSchema.safeParse(json).data?.outcome !== null) return
    await delay(20)
  }
}

/** What the last server still holds when nobody wants anything any more (I14). Streams are let go of when their end arrives. */
async function readLeftOver({ client }: ConchProcess): Promise<Record<string, number>> {
  for (let attempt = 1; ; attempt += 1) {
    const { text } = await client.request('GET', '/metrics')
    const gauge = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1])
    const held = {
      'active turns': gauge('conch_turns_active'),
      'turns in the line': gauge('conch_turns_waiting'),
      streams: gauge('conch_streams_open'),
    }
    if (attempt === MOST_LOOKS || Object.values(held).every((count) => count === 0)) return held
    await delay(50)
  }
}
