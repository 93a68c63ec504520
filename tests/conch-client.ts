import { createParser } from 'eventsource-parser'
import { request } from 'undici'
import { type Entry, entrySchema, type SessionEventType, streamNoticeSchema } from '../protocol/entry.ts'
import type { SessionId, TurnId } from '../protocol/ids.ts'
import type { OnBusy } from '../protocol/requests.ts'
import { type Transcript, transcriptSchema } from '../protocol/transcript.ts'
import { type Turn, turnSchema } from '../protocol/turn.ts'
import { textOfTurn } from '../server/turns/log-check.ts'

export interface ClientIdentity {
  readonly token?: string
  readonly clientId?: string
  readonly label?: string
}

export interface SendOptions {
  readonly onBusy?: OnBusy
  readonly idempotencyKey?: string
}

export interface RequestContent {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** An answer with its body read. `json` is undefined where the body is none. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

/** What a test uses to talk to a server: the API as a program sees it, every answer parsed by the protocol's own schemas. */
export class ConchClient {
  readonly url: string
  readonly token: string
  readonly #headers: Record<string, string>

  constructor(url: string, { token, clientId, label }: ClientIdentity = {}) {
    this.url = url
    this.token = token ?? ''
    this.#headers = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(clientId && { 'x-client-id': clientId }),
      ...(label && { 'x-client-label': label }),
    }
  }

  async request(method: Method, path: string, { body, headers: more }: RequestContent = {}): Promise<Answer> {
    // undici's own request: cheap enough for a crowd of thousands beside the server on two cores
    const response = await request(this.url + path, {
      method,
      headers: { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/json' }), ...more },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await response.body.text()
    const headers = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
    const isJson = /[/+]json/.test(headers.get('content-type') ?? '')
    return { status: response.statusCode, headers, text, json: isJson ? JSON.parse(text) : undefined }
  }

  async createSession(title?: string): Promise<SessionId> {
    const { status, json, text } = await this.request('POST', '/api/sessions', {
      body: title === undefined ? {} : { title },
    })
    if (status !== 200 || typeof json !== 'object' || json === null || !('id' in json)) throw new Error(text)
    return String(json.id) as SessionId
  }

  /** `POST …/turns`, whatever it answers. */
  send(sessionId: SessionId, message: string, options: SendOptions = {}): Promise<Answer> {
    const { onBusy, idempotencyKey } = options
    return this.request('POST', `/api/sessions/${sessionId}/turns`, {
      body: { message, ...(onBusy && { on_busy: onBusy }) },
      ...(idempotencyKey !== undefined && { headers: { 'idempotency-key': idempotencyKey } }),
    })
  }

  /** Starts a turn that must be accepted. */
  async start(sessionId: SessionId, message: string): Promise<Turn> {
    const answer = await this.send(sessionId, message)
    if (answer.status !== 201) throw new Error(`the turn was not accepted: ${answer.status} ${answer.text}`)
    return turnSchema.parse(answer.json)
  }

  async cancel(turnId: TurnId): Promise<Answer> {
    return this.request('POST', `/api/turns/${turnId}/cancel`)
  }

  async transcript(sessionId: SessionId): Promise<Transcript> {
    const { json } = await this.request('GET', `/api/sessions/${sessionId}/transcript`)
    return transcriptSchema.parse(json)
  }

  /** Follows a session from `after`. Close it, or it stays open. */
  follow(sessionId: SessionId, after = 0): SessionFollower {
    const abort = new AbortController()
    const response = this.#fetch(`/api/sessions/${sessionId}/events?after=${after}`, { signal: abort.signal })
    return new SessionFollower(response, abort)
  }

  /** Follows until the turn has ended and answers with all of the session's entries from `after` on. */
  async entriesUntilEnd(sessionId: SessionId, turnId: TurnId, after = 0): Promise<readonly Entry[]> {
    await using follower = this.follow(sessionId, after)
    await follower.entry((entry) => entry.type === 'turn.ended' && entry.turn_id === turnId)
    return follower.entries
  }

  #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + path, { ...init, headers: { ...this.#headers, ...init.headers } })
  }
}

/** Collects a session's stream as it arrives. */
export class SessionFollower implements AsyncDisposable {
  readonly entries: Entry[] = []
  readonly notices: string[] = []
  /** Resolves when the stream has ended, by whoever's doing. */
  readonly ended: Promise<void>
  readonly #abort: AbortController
  readonly #arrived = new Set<() => void>()
  readonly #opened = Promise.withResolvers<void>()
  #over = false

  constructor(response: Promise<Response>, abort: AbortController) {
    this.#abort = abort
    this.ended = this.#read(response)
  }

  /** Resolves when the server has begun to answer, or will not: what happens from then on is seen as it happens. */
  get opened(): Promise<void> {
    return this.#opened.promise
  }

  /** The text of the answer as these entries show it: what is finished, and what of an unfinished step has arrived. */
  get text(): string {
    const turns = Map.groupBy(this.entries, ({ turn_id }) => turn_id)
    return [...turns.values()]
      .map(textOfTurn)
      .filter((text) => text !== '')
      .join('\n\n')
  }

  /** The first entry that fits, as soon as it is there. Rejects when the stream ends without one. */
  async entry(fits: (entry: Entry) => boolean): Promise<Entry> {
    for (;;) {
      const found = this.entries.find(fits)
      if (found) return found
      if (this.#over)
        throw new Error(`the stream ended without the entry; it had ${this.entries.map(({ type }) => type)}`)
      await new Promise<void>((resolve) => this.#arrived.add(resolve))
    }
  }

  entryOfType(type: SessionEventType): Promise<Entry> {
    return this.entry((entry) => entry.type === type)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.ended
  }

  async #read(response: Promise<Response>): Promise<void> {
    const parser = createParser({
      onEvent: ({ event, id, data }) => {
        if (event === 'notice') this.notices.push(streamNoticeSchema.parse(JSON.parse(data)).type)
        else this.#take(entrySchema.parse(JSON.parse(data)), id)
      },
    })
    try {
      const { status, body } = await response
      this.#opened.resolve()
      if (status !== 200 || !body) throw new Error(`the session cannot be followed: ${status}`)
      const decoder = new TextDecoder()
      for await (const bytes of body) parser.feed(decoder.decode(bytes, { stream: true }))
    } catch (error) {
      if (!this.#abort.signal.aborted && !isBrokenConnection(error)) throw error
    } finally {
      this.#over = true
      this.#opened.resolve()
      this.#wake()
    }
  }

  #take(entry: Entry, id: string | undefined): void {
    if (id !== String(entry.seq)) throw new Error(`the frame's id is ${id}, its entry's seq ${entry.seq}`)
    this.entries.push(entry)
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#arrived) wake()
    this.#arrived.clear()
  }
}

/** The server was killed: for a reader that is an end, not a fault. */
function isBrokenConnection(error: unknown): boolean {
  return error instanceof TypeError && (error.message === 'terminated' || error.message === 'fetch failed')
}
