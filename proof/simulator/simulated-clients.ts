import { seqSchema, sessionIdSchema } from '../../protocol/ids.ts'
import { follow } from '../../server/turns/follow.ts'
import { StorageError } from '../../server/turns/turn-store.ts'
import type { Answer, Call } from '../evidence/history.ts'
import type { Recorder } from '../evidence/recorder.ts'
import { answerCall, type Outcome } from './answer-call.ts'
import type { ServerCore } from './server-core.ts'

interface Hearers {
  readonly onAnswer?: ((answer: Answer) => void) | undefined
  readonly onEnd?: () => void
}

/** The people at the server: what they ask is carried out as the routes would, and what they see is written down. */
export class SimulatedClients {
  readonly #recorder: Recorder
  readonly #underWay = new Set<Promise<void>>()
  readonly #readers = new Map<number, AbortController>()

  constructor(recorder: Recorder) {
    this.#recorder = recorder
  }

  /** Calls that nobody has answered yet. */
  get waiting(): number {
    return this.#underWay.size
  }

  /** Streams that are open. */
  get openStreams(): readonly number[] {
    return [...this.#readers.keys()]
  }

  /** Asks in the background. `onAnswer` hears of an answer, not of a refusal; `onEnd` of every end. */
  ask(server: ServerCore, who: { client: string; call: Call }, { onAnswer, onEnd }: Hearers = {}): void {
    const op = this.#recorder.invoke(who.client, who.call)
    const work = async () => {
      const outcome = await this.#carryOut(server, who)
      if ('answer' in outcome) {
        if (this.#recorder.ok(op, outcome.answer)) onAnswer?.(outcome.answer)
      } else if ('refused' in outcome) {
        this.#recorder.fail(op, outcome.refused, outcome.activeTurnId ?? null)
      } else {
        this.#recorder.info(op, outcome.unclear)
      }
      onEnd?.()
    }
    const tracked: Promise<void> = work().finally(() => this.#underWay.delete(tracked))
    this.#underWay.add(tracked)
  }

  /** Follows a session and hangs up after so many entries. */
  follow(server: ServerCore, reader: { client: string; sessionId: string; cursor: number; entries: number }): void {
    const stream = this.#recorder.connect(reader.client, reader.sessionId, reader.cursor)
    const controller = new AbortController()
    this.#readers.set(stream, controller)
    const tracked: Promise<void> = this.#read(server, { ...reader, stream, controller }).finally(() => {
      this.#readers.delete(stream)
    })
    void tracked
  }

  hangUp(stream: number): void {
    this.#recorder.close(stream, 'client')
    this.#readers.get(stream)?.abort()
  }

  /** The server is dead: nothing that was asked will be answered. */
  serverGone(why: string): void {
    this.#recorder.serverGone(why)
    this.#underWay.clear()
    this.#readers.clear()
  }

  async #carryOut(server: ServerCore, who: { client: string; call: Call }): Promise<Outcome> {
    try {
      return await answerCall(server, who)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      // A full or a busy disk has refused for certain; after one that failed nobody can say what it holds.
      if (!error.retryable) return { unclear: error.message }
      return { refused: error.code === 'storage_full' ? 507 : 503 }
    }
  }

  async #read(
    server: ServerCore,
    reader: { sessionId: string; cursor: number; entries: number; stream: number; controller: AbortController },
  ): Promise<void> {
    const { stream, controller } = reader
    const { turns } = server.store
    const sessionId = sessionIdSchema.parse(reader.sessionId)
    let left = reader.entries
    if (await turns.sessionExists(sessionId)) {
      const request = { sessionId, cursor: seqSchema.parse(reader.cursor), signal: controller.signal }
      for await (const item of follow({ store: turns, feeds: server.feeds }, request)) {
        if (item.kind === 'notice') this.#recorder.notice(stream, item.notice.type)
        for (const entry of item.kind === 'entries' ? item.entries.slice(0, left) : [])
          this.#recorder.entry(stream, entry)
        if (item.kind === 'entries') left -= item.entries.length
        if (left <= 0) this.hangUp(stream)
      }
    }
    this.#recorder.close(stream, 'server')
  }
}
