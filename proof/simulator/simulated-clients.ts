import { seqSchema, sessionIdSchema, turnIdSchema } from '../../protocol/ids.ts'
import { follow } from '../../server/turns/follow.ts'
import type { StartResult } from '../../server/turns/turn-command.ts'
import { StorageError } from '../../server/turns/turn-store.ts'
import type { Answer, Call } from '../evidence/history.ts'
import type { Recorder } from '../evidence/recorder.ts'
import type { ServerCore } from './server-core.ts'

type Outcome =
  | { readonly answer: Answer }
  | { readonly refused: number; readonly activeTurnId?: string }
  | { readonly unclear: string }

/** What the routes would answer, for each way in which a send can end. */
const STATUS_OF: Readonly<Record<Exclude<StartResult['status'], 'accepted' | 'queued'>, number>> = {
  turn_active: 409,
  stale_view: 409,
  send_cancelled: 409,
  queue_full: 429,
  key_reused: 422,
  session_not_found: 404,
  message_not_found: 404,
  server_busy: 429,
  shutting_down: 503,
}

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

async function answerCall(server: ServerCore, { client, call }: { client: string; call: Call }): Promise<Outcome> {
  const { engine, sessions, store } = server
  switch (call.do) {
    case 'create':
      return { answer: { to: 'create', sessionId: (await sessions.create({})).id } }
    case 'send':
      return answerSend(await startTurn(server, client, call))
    case 'cancel': {
      const turn = await engine.cancel(turnIdSchema.parse(call.turnId))
      return turn ? { answer: { to: 'cancel', outcome: turn.outcome?.status ?? null } } : { refused: 404 }
    }
    case 'rename': {
      const renamed = await sessions.update(sessionIdSchema.parse(call.sessionId), {
        title: call.title,
        titleIsCustom: true,
      })
      return renamed.status === 'updated' ? { answer: { to: 'rename' } } : { refused: 404 }
    }
    case 'delete': {
      const deleted = await sessions.delete(sessionIdSchema.parse(call.sessionId))
      return deleted ? { answer: { to: 'delete' } } : { refused: 404 }
    }
    case 'branch': {
      const branch = await sessions.branch(sessionIdSchema.parse(call.sessionId), undefined)
      return branch ? { answer: { to: 'branch', sessionId: branch.id } } : { refused: 404 }
    }
    case 'read': {
      const sessionId = sessionIdSchema.parse(call.sessionId)
      const page = await store.sessions.readTranscript({ sessionId, limit: 1_000, before: undefined })
      if (!page) return { refused: 404 }
      const { cursor, activeTurnId } = page
      return { answer: { to: 'read', cursor, messageIds: page.messages.map((m) => m.message_id), activeTurnId } }
    }
  }
}

function startTurn({ engine }: ServerCore, client: string, call: Extract<Call, { do: 'send' }>): Promise<StartResult> {
  const { message, key, onBusy } = call
  const idempotency = key === null ? undefined : { key, fingerprint: message }
  const holder = { kind: 'api', label: client } as const
  const sessionId = sessionIdSchema.parse(call.sessionId)
  return engine.start({ sessionId, message, holder, clientId: client, onBusy, idempotency })
}

function answerSend(result: StartResult): Outcome {
  if (result.status === 'accepted') {
    const { turn, repeated } = result
    return { answer: { to: 'send', turnId: turn.turn_id, firstSeq: turn.first_seq, repeated } }
  }
  if (result.status === 'queued') throw new Error('nobody asks to wait here')
  const refused = STATUS_OF[result.status]
  return result.status === 'turn_active' ? { refused, activeTurnId: result.activeTurn.turn_id } : { refused }
}
