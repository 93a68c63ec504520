import { Agent, type IncomingMessage } from 'node:http'
import { type Turn, turnSchema } from '../../protocol/turn.ts'
import { expectAnswer, openRequest } from '../harness/json-request.ts'
import { monotonicUs } from '../harness/monotonic.ts'
import type { SampleWindow } from './sample-window.ts'

export interface TurnFloodWanted {
  readonly url: string
  /** Used one after the other, `TURNS_PER_SESSION` turns each; begun again from the front where they do not last. */
  readonly sessionIds: readonly string[]
  readonly clients: number
}

const TURNS_PER_SESSION = 20

/** Clients that each send the next message as soon as their last turn has ended, which they see in the session's stream. */
export class TurnFlood {
  readonly #wanted: TurnFloodWanted
  readonly #samples: SampleWindow
  readonly #agent = new Agent({ keepAlive: true })
  readonly #outcomes: Promise<PromiseSettledResult<void>[]>
  #taken = 0
  #stopped = false

  constructor(wanted: TurnFloodWanted, samples: SampleWindow) {
    this.#wanted = wanted
    this.#samples = samples
    this.#outcomes = Promise.allSettled(Array.from({ length: wanted.clients }, () => this.#runClient()))
  }

  /** Resolves once the turns under way have ended. Rejects where one was refused or its stream broke. */
  async stop(): Promise<void> {
    this.#stopped = true
    const outcomes = await this.#outcomes
    this.#agent.destroy()
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #runClient(): Promise<void> {
    while (!this.#stopped) {
      const sessionId = this.#wanted.sessionIds[this.#taken % this.#wanted.sessionIds.length]
      this.#taken += 1
      if (sessionId !== undefined) await this.#sendTurns(`${this.#wanted.url}/api/sessions/${sessionId}`)
    }
  }

  async #sendTurns(session: string): Promise<void> {
    const before = (await this.#startTurn(session)).first_seq - 1
    const stream = await openRequest({ url: `${session}/events?after=${before}`, agent: this.#agent })
    const ends = new TurnEnds(stream)
    await ends.next()
    for (let turn = 1; turn < TURNS_PER_SESSION && !this.#stopped; turn += 1) {
      const sentUs = monotonicUs()
      await this.#startTurn(session)
      await ends.next()
      this.#samples.add(monotonicUs() - sentUs)
    }
    stream.destroy()
  }

  async #startTurn(session: string): Promise<Turn> {
    const message = { url: `${session}/turns`, body: { message: 'Say a word.' }, agent: this.#agent }
    const answer: unknown = JSON.parse(await expectAnswer(message, 201))
    return turnSchema.parse(answer)
  }
}

/** Counts the `turn.ended` of a stream. */
class TurnEnds {
  #seen = 0
  #waitedFor = 0
  #wake: PromiseWithResolvers<void> | null = null

  constructor(stream: IncomingMessage) {
    stream.setEncoding('utf8')
    let rest = ''
    stream.on('data', (text: string) => {
      const frames = (rest + text).split('\n\n')
      rest = frames.pop() ?? ''
      this.#take(frames.filter((frame) => frame.includes('"type":"turn.ended"')).length)
    })
    stream.once('error', (error) => this.#wake?.reject(error))
  }

  async next(): Promise<void> {
    this.#waitedFor += 1
    if (this.#seen >= this.#waitedFor) return
    this.#wake = Promise.withResolvers()
    await this.#wake.promise
  }

  #take(ends: number): void {
    this.#seen += ends
    if (this.#seen >= this.#waitedFor) this.#wake?.resolve()
  }
}
