import { createHash } from 'node:crypto'
import { SeededRandom } from '../../server/lib/seeded-random.ts'
import { nextOf } from '../../server/turns/message-queue.ts'
import type { Evidence } from '../evidence/evidence.ts'
import { Recorder } from '../evidence/recorder.ts'
import { readEveryRow, readStored } from '../evidence/stored.ts'
import { People } from './people.ts'
import { SimulatedClients } from './simulated-clients.ts'
import type { SimulatedDisk } from './simulated-disk.ts'
import { SimulatedModel, SimulatedTool } from './simulated-model.ts'
import { SimulatedServer, type World } from './simulated-server.ts'

/**
 * One schedule: what people, the model, the disk, the clock and misfortune do, in an order that the seed decides. Nothing
 * in it comes from outside, so the same seed is the same run, event by event.
 *
 * People act on the server through its own parts; the disk commits, answers or refuses when the schedule says so; between
 * two acts some microtasks run, or turns of the event loop, or all there are. In the end the faults stop, everything that
 * was begun is let finish, each session completes one more turn, and the evidence goes to the checker.
 */

const FIRST_SESSIONS = 2
const ACTS = 60
/** After this many rounds something hangs for good, which is a violation of its own (I9). */
const MOST_ROUNDS = 2_000

/** A run that cannot come to rest: somebody waits for what will never come. */
export class NeverAtRestError extends Error {
  override readonly name = 'NeverAtRestError'
}

export interface SimulationResult {
  readonly evidence: Evidence
  /** Writes that came too late and were refused. */
  readonly staleWrites: number
}

export class Simulation {
  readonly #random: SeededRandom
  readonly #disk: SimulatedDisk
  readonly #world: World
  readonly #recorder: Recorder
  readonly #clients: SimulatedClients
  #server: SimulatedServer
  /** A server that was taken for dead while it only stood still. */
  #zombie: SimulatedServer | null = null
  readonly #people: People
  #marks = 0

  /** `disk` must be as new. */
  constructor(seed: number, disk: SimulatedDisk) {
    this.#disk = disk
    this.#random = new SeededRandom(seed)
    const ids = { turns: 0, sessions: 0, workers: 0 }
    this.#world = { disk: this.#disk, model: new SimulatedModel(), tool: new SimulatedTool(), ids }
    this.#recorder = new Recorder(() => this.#server.clock.nowMs())
    this.#clients = new SimulatedClients(this.#recorder)
    const server = () => this.#server.core
    this.#people = new People({ random: this.#random, clients: this.#clients, server })
    this.#server = new SimulatedServer(this.#world, START_MS)
  }

  async run(): Promise<SimulationResult> {
    for (let n = 0; n < FIRST_SESSIONS; n += 1) this.#people.create()
    await this.#untilAnswered()
    for (let act = 0; act < ACTS; act += 1) {
      await this.#weighted(this.#acts())()
      await this.#pass()
    }
    return await this.#finish()
  }

  /** What may happen next, and how often. */
  #acts(): readonly Act[] {
    return [
      [16, () => this.#people.send('reject')],
      [5, () => this.#people.send('interrupt')],
      [4, () => this.#people.repeat()],
      [5, () => this.#people.cancel()],
      [7, () => this.#people.send('queue')],
      [2, () => this.#people.cancelSend()],
      [3, () => this.#people.edit()],
      [5, () => this.#people.changeQueue('resume')],
      [2, () => this.#people.changeQueue('pause')],
      [2, () => this.#people.changeMessage('unqueue')],
      [2, () => this.#people.changeMessage('send-now')],
      [2, () => this.#people.rename()],
      [2, () => this.#people.branch()],
      [2, () => this.#people.delete()],
      [3, () => this.#people.read()],
      [7, () => this.#people.follow()],
      [2, () => this.#people.hangUp()],
      [26, () => this.#modelSays()],
      [18, () => this.#modelEnds()],
      [14, () => this.#world.tool.goOn()],
      [80, () => this.#diskGoesOn()],
      [2, () => this.#diskRefuses()],
      [2, () => this.#timePasses()],
      [2, () => this.#crash('kill')],
      [1, () => this.#shutDown()],
      [1, () => this.#crash('freeze')],
      [this.#zombie ? 40 : 0, () => this.#zombieActs()],
    ]
  }

  #modelSays(): void {
    this.#withReply((reply) => reply.says(this.#random.pick(['a', 'few ', 'words, ', 'and\n', 'then… '])))
  }

  #modelEnds(): void {
    this.#withReply((reply) => {
      const ways = [() => reply.finishes(), () => reply.finishes(), () => reply.callsTool(`mark-${++this.#marks}`)]
      this.#random.pick([...ways, ...ways, () => reply.breaksOff(), () => reply.fails()])()
    })
  }

  #withReply(act: (reply: World['model']['live'][number]) => void): void {
    const { live } = this.#world.model
    if (live.length > 0) act(this.#random.pick(live))
  }

  #diskGoesOn(): void {
    const { writer, clock } = this.#server
    if (writer.waitsFor === 'answer') writer.answer()
    if (writer.waitsFor !== 'write') return
    clock.advance(WRITE_MS)
    writer.write()
  }

  #diskRefuses(): void {
    if (this.#server.writer.waitsFor !== 'write') return
    this.#server.writer.refuse(this.#random.pick(['full', 'busy']))
    this.#recorder.fault('disk')
  }

  #timePasses(): void {
    const ms = this.#random.pick([1_000, 60_000, 180_000, 11 * 60_000])
    if (ms > 1_000) this.#recorder.fault('time')
    this.#server.clock.advance(ms)
  }

  /** `kill`: the process is gone. `freeze`: it only stands still, and is taken for dead. Both are the end for its clients. */
  async #crash(fault: 'kill' | 'freeze'): Promise<void> {
    const old = this.#server
    this.#recorder.fault(fault)
    if (fault === 'freeze') this.#recorder.fault('kill') // for its clients there is no difference
    this.#clients.serverGone(fault)
    if (fault === 'freeze') this.#zombie = old
    else old.writer.die()
    this.#disk.loseUncommitted()
    if (fault === 'kill') this.#world.tool.forgetRuns()
    await this.#start(old)
  }

  /** SIGTERM without any grace: what runs is recorded as interrupted. */
  async #shutDown(): Promise<void> {
    const old = this.#server
    this.#recorder.fault('terminate')
    const stopped = old.core.engine.shutDown(0)
    await this.#goOnUntil(stopped)
    await this.#pumpUntilIdle(old)
    this.#clients.serverGone('terminated')
    old.writer.die()
    await this.#start(old)
  }

  /** A start, which may itself be killed while it recovers (F27). */
  async #start(old: SimulatedServer): Promise<void> {
    for (;;) {
      this.#server = new SimulatedServer(this.#world, old.clock.nowMs())
      this.#recorder.fault('start')
      const recovered = this.#server.core.recover()
      if (this.#random.below(4) > 0) return await this.#goOnUntil(recovered)
      for (let n = this.#random.below(6); n > 0; n -= 1) {
        this.#diskGoesOn()
        await turnOfTheLoop()
      }
      this.#recorder.fault('kill')
      this.#server.writer.die()
      this.#disk.loseUncommitted()
    }
  }

  /** What the zombie had under way goes on: its model speaks, its disk is asked, and nothing of it may take effect. */
  #zombieActs(): void {
    const zombie = this.#zombie
    if (!zombie) return
    if (zombie.writer.waitsFor === 'write') zombie.writer.writeAsZombie()
    else if (zombie.writer.waitsFor === 'answer') zombie.writer.answer()
    if (this.#random.below(6) > 0) return
    zombie.writer.die()
    this.#zombie = null
  }

  async #finish(): Promise<SimulationResult> {
    this.#zombie?.writer.die()
    await this.#untilIdle()
    await this.#lastSends()
    this.#recorder.rest()
    for (const stream of this.#clients.openStreams) this.#clients.hangUp(stream)
    await turnOfTheLoop()
    const { tool, model } = this.#world
    const stored = readStored(this.#disk.database)
    this.#server.clock.advance(60_000)
    await this.#pumpUntilIdle(this.#server)
    const evidence: Evidence = {
      history: this.#recorder.history,
      stored,
      storedLater: readEveryRow(this.#disk.database),
      toolRuns: tool.ledger,
      modelReplies: model.replies.map((reply) => reply.evidence),
      leftOver: this.#server.inUse,
    }
    return { evidence, staleWrites: this.#disk.staleWrites }
  }

  async #lastSends(): Promise<void> {
    const rows = this.#disk.database.prepare('SELECT id FROM session ORDER BY key').all()
    for (const [n, sessionId] of rows.map(({ id }) => String(id)).entries()) {
      this.#people.sendLast(sessionId, `${n}`)
      await this.#untilIdle()
    }
  }

  /**
   * Lets everything finish that was begun, messages among it that wait and that nobody holds back. Looked at twice: between
   * the commit that ends a turn and the start of the next in it, nothing seems to run.
   */
  async #untilIdle(): Promise<void> {
    const { engine } = this.#server.core
    const isIdle = () =>
      this.#clients.waiting === 0 &&
      engine.activeTurns(null).length === 0 &&
      engine.queues.all().every((queue) => nextOf(queue) === undefined)
    do {
      await this.#goOnUntil(null, isIdle)
      await this.#pumpUntilIdle(this.#server)
    } while (!isIdle())
  }

  async #untilAnswered(): Promise<void> {
    await this.#goOnUntil(null, () => this.#clients.waiting === 0)
  }

  /** Nobody is at the disk any more. */
  async #pumpUntilIdle(server: SimulatedServer): Promise<void> {
    await turnOfTheLoop()
    while (server.writer.waitsFor !== 'nothing') {
      if (server.writer.waitsFor === 'write') server.writer.write()
      else server.writer.answer()
      await turnOfTheLoop()
    }
  }

  /** Without further faults: the disk writes, the model ends what it says, tools run, and time goes by for who tries again. */
  async #goOnUntil(work: Promise<unknown> | null, isDone: () => boolean = () => false): Promise<void> {
    let isSettled = false
    void work?.finally(() => {
      isSettled = true
    })
    for (let round = 0; !isSettled && !isDone(); round += 1) {
      if (round > MOST_ROUNDS) throw new NeverAtRestError('somebody waits for what will never come')
      if (work === null) for (const reply of this.#world.model.live) reply.finishes()
      this.#world.tool.goOn()
      if (this.#server.writer.waitsFor === 'nothing') this.#server.clock.advance(10)
      this.#diskGoesOn()
      await turnOfTheLoop()
    }
  }

  /** Some microtasks and turns of the loop go by, now and then all there are. */
  async #pass(): Promise<void> {
    for (let n = this.#random.below(6); n > 0; n -= 1) await Promise.resolve()
    for (let n = this.#random.below(3); n > 0; n -= 1) await new Promise(setImmediate)
  }

  #weighted(acts: readonly Act[]): Act[1] {
    let rest = this.#random.below(acts.reduce((sum, [weight]) => sum + weight, 0))
    const chosen = acts.find(([weight]) => {
      rest -= weight
      return rest < 0
    })
    return chosen ? chosen[1] : () => undefined
  }
}

type Act = readonly [weight: number, act: () => void | Promise<void>]

/** How long the disk takes for a commit. */
const WRITE_MS = 25
const START_MS = Date.UTC(2026, 0, 1)

async function turnOfTheLoop(): Promise<void> {
  await new Promise(setImmediate)
  await new Promise(setImmediate)
}

/** Of the whole history and the database at the end: equal for equal runs. */
export function traceHash({ evidence: { history, stored } }: SimulationResult): string {
  const hash = createHash('sha256')
  for (const event of history) hash.update(JSON.stringify(event))
  return hash.update(stored.text).digest('hex')
}
