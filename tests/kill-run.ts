import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { Entry } from '../protocol/entry.ts'
import type { SessionId } from '../protocol/ids.ts'
import type { Turn } from '../protocol/turn.ts'
import type { SeededRandom } from '../server/lib/seeded-random.ts'
import { textOfTurn } from '../server/turns/log-check.ts'
import { type ConchProcess, TestDataDir } from './conch-process.ts'
import { callTool, finished, type ModelScript, words } from './model-script.ts'
import { type ScriptedModel, type ScriptedRequest, startScriptedModel } from './scripted-model.ts'
import { readLedger, startLedgerServer } from './start-ledger-server.ts'

/**
 * For tests: turns with three tool steps, in several sessions at once, on a server that is killed at random moments, also
 * while it starts, twice a turn at most, so that each can be completed; then a look at the ledger of the tool, at the logs,
 * and at what the followers were shown.
 */

const SESSIONS = 3
const TOOL_STEPS = 3
/** About as long as a turn takes, and as a start. */
const TURN_MS = 500
const START_MS = 1_200

interface Watched {
  readonly session: SessionId
  readonly turn: Turn
  readonly mark: string
  readonly shown: Entry[]
}

/** What was counted, so that a test can say that it has tried what it is there to try. */
export interface KillReport {
  readonly kills: number
  readonly turns: number
  readonly resumed: number
  readonly unknownTools: number
  readonly duringStart: number
}

export class KillRun implements AsyncDisposable {
  readonly #random: SeededRandom
  readonly #dataDir = new TestDataDir()
  readonly #model: ScriptedModel
  readonly #report = { kills: 0, turns: 0, resumed: 0, unknownTools: 0, duringStart: 0 }

  private constructor(random: SeededRandom, model: ScriptedModel) {
    this.#random = random
    this.#model = model
  }

  /** `continues`: the model goes on in a text that a kill has cut, and says so. */
  static async open(random: SeededRandom, continues: boolean): Promise<KillRun> {
    return new KillRun(
      random,
      await startScriptedModel({ continues, script: (request) => scriptOf(request, continues) }),
    )
  }

  async run(kills: number): Promise<KillReport> {
    let server = await this.#start()
    while (this.#report.kills < kills) {
      const watched = await this.#startTurns(server)
      server = await this.#killAndStart(server, watched, kills - this.#report.kills)
      await this.#finish(server, watched)
    }
    await server.end('SIGKILL')
    return this.#report
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#model.close()
    this.#dataDir[Symbol.dispose]()
  }

  #start(onSpawn?: (kill: () => void) => void): Promise<ConchProcess> {
    return startLedgerServer({
      dataDir: this.#dataDir,
      model: this.#model,
      onSpawn: (child) => onSpawn?.(() => child.kill('SIGKILL')),
    })
  }

  async #startTurns(server: ConchProcess): Promise<Watched[]> {
    const watched: Watched[] = []
    for (let n = 0; n < SESSIONS; n += 1) {
      const session = await server.client.createSession()
      const mark = `turn${this.#report.turns}`
      this.#report.turns += 1
      watched.push({ session, mark, turn: await server.client.start(session, mark), shown: [] })
    }
    return watched
  }

  /** Kills twice where it may: the running server, then it again, or a start that may be at its recovery. Answers with one that is up. */
  async #killAndStart(first: ConchProcess, watched: readonly Watched[], atMost: number): Promise<ConchProcess> {
    const isDuringStart = this.#random.below(2) === 0
    await this.#kill(first, watched)
    if (atMost > 1 && isDuringStart) await this.#killStart()
    const next = await this.#start()
    if (atMost === 1 || isDuringStart) return next
    await this.#kill(next, watched)
    return await this.#start()
  }

  async #kill(server: ConchProcess, watched: readonly Watched[]): Promise<void> {
    const followers = watched.map(({ session, shown }) => server.client.follow(session, shown.at(-1)?.seq))
    await delay(this.#random.below(TURN_MS))
    this.#report.kills += 1
    await server.end('SIGKILL')
    for (const [index, follower] of followers.entries()) {
      await follower.ended
      watched[index]?.shown.push(...follower.entries)
    }
  }

  async #killStart(): Promise<void> {
    const killAfterMs = this.#random.below(START_MS)
    this.#report.kills += 1
    const [started] = await Promise.allSettled([this.#start((kill) => void delay(killAfterMs).then(kill))])
    if (started.status === 'fulfilled') await started.value.end('SIGKILL')
    else this.#report.duringStart += 1
  }

  async #finish(server: ConchProcess, watched: readonly Watched[]): Promise<void> {
    for (const one of watched) {
      const { session, turn, shown } = one
      await using follower = server.client.follow(session, shown.at(-1)?.seq)
      const isOver = shown.some(({ type }) => type === 'turn.ended')
      if (!isOver) await follower.entryOfType('turn.ended')
      shown.push(...follower.entries)
      await this.#check(server, one, await server.client.entriesUntilEnd(session, turn.turn_id))
    }
  }

  async #check(server: ConchProcess, { mark, session, shown }: Watched, log: readonly Entry[]): Promise<void> {
    const end = log.at(-1)
    assert.ok(end?.type === 'turn.ended', `${mark} has no end`)
    assert.equal(log.filter(({ type }) => type === 'turn.ended').length, 1, `I3: ${mark} has more than one end`)
    assert.deepEqual(end.data.outcome, { status: 'completed' }, `I9: ${mark} is not completed`)
    assert.equal(end.data.content, contentOf(mark), `I6: ${mark} is not answered whole`)
    const { messages } = await server.client.transcript(session)
    assert.equal(messages.at(-1)?.content, end.data.content, `I6: the history of ${mark} says something else`)
    for (const [index, entry] of shown.entries()) {
      assert.ok(entry.seq > (shown[index - 1]?.seq ?? 0), `I2: seq ${entry.seq} of ${mark} came twice`)
    }
    assert.equal(textOfTurn(shown), end.data.content, `I2: a follower of ${mark} has come to another text`)
    this.#checkTools(mark, log)
    this.#report.resumed += attemptsIn(log) - 1
  }

  /** I7: a result that is there comes from one run; a tool whose outcome is unknown ran once or never. None ran twice. */
  #checkTools(mark: string, log: readonly Entry[]): void {
    const ledger = readLedger(this.#dataDir)
    for (const called of log.filter((entry) => entry.type === 'tool.called')) {
      const finish = log.find((entry) => entry.type === 'tool.finished' && entry.data.call_id === called.data.call_id)
      const status = finish?.type === 'tool.finished' ? finish.data.status : 'none'
      const runs = ledger.filter((line) => line === JSON.parse(called.data.arguments).mark).length
      const isPossible = status === 'unknown' ? runs <= 1 : status === 'ok' && runs === 1
      assert.ok(isPossible, `I7: ${called.data.call_id} of ${mark} finished ${status} and ran ${runs} times`)
      if (status === 'unknown') this.#report.unknownTools += 1
    }
  }
}

function attemptsIn(log: readonly Entry[]): number {
  return 1 + log.filter(({ type }) => type === 'turn.resumed').length
}

function textOfStep(mark: string, step: number): string {
  return `Step ${step} of ${mark} says these words, one after the other.`
}

function contentOf(mark: string): string {
  return Array.from({ length: TOOL_STEPS + 1 }, (_, step) => textOfStep(mark, step)).join('\n\n')
}

/** What a request has to be answered: the step is in its messages, and so is the text that it is to go on with. */
function scriptOf({ messages }: ScriptedRequest, continues: boolean): ModelScript {
  const asked = messages.findLastIndex(({ role }) => role === 'user')
  const mark = messages[asked]?.content ?? ''
  const since = messages.slice(asked + 1).filter(({ role }) => role === 'assistant')
  const step = since.filter(({ tool_calls }) => tool_calls).length
  const last = messages.at(-1)
  const begun = continues && last?.role === 'assistant' ? (last.content ?? '') : ''
  const text = words(textOfStep(mark, step).slice(begun.length), 6)
  if (step === TOOL_STEPS) return [text, ...finished()]
  return [text, ...callTool('ledger', JSON.stringify({ mark: `${mark}/${step}` }), `call${step}`)]
}
