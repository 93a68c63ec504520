import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { createParser } from 'eventsource-parser'
import { type AppEvent, appEventSchema } from '../protocol/app-event.ts'
import { type Entry, entrySchema } from '../protocol/entry.ts'
import { type ChannelBody, openedStreamSchema } from '../protocol/shared-stream.ts'
import type { Answer, ConchClient, RequestContent } from './conch-client.ts'

/** One frame of a channel: its kind is `channel`, `notice` or `end`. */
export interface ChannelFrame {
  readonly kind: string
  readonly channel: string
  readonly data: string
}

interface ReaderOptions {
  /** Sent with every request, as a browser sends its cookie. */
  readonly headers?: Readonly<Record<string, string>>
}

/** For tests: one shared stream on a socket of its own, and the requests that change its channels. */
export class SharedStreamReader implements AsyncDisposable {
  readonly frames: ChannelFrame[] = []
  /** How long the server has told it to wait before it comes back. */
  retryMs: number | null = null
  /** Resolves when the stream has ended, by whoever's doing. */
  readonly over: Promise<void>
  readonly #client: ConchClient
  readonly #headers: Readonly<Record<string, string>>
  readonly #request: ClientRequest
  readonly #opened = Promise.withResolvers<string>()
  readonly #waiting = new Set<() => void>()
  #response: IncomingMessage | undefined
  #isOver = false

  private constructor(client: ConchClient, { headers = {} }: ReaderOptions) {
    this.#client = client
    this.#headers = headers
    const own = { ...(client.token && { authorization: `Bearer ${client.token}` }), ...headers }
    this.#request = request(`${client.url}/api/streams`, { headers: own, agent: false })
    this.over = this.#read()
  }

  /** Resolves when the stream has told its id. */
  static async open(client: ConchClient, options: ReaderOptions = {}): Promise<SharedStreamReader> {
    const reader = new SharedStreamReader(client, options)
    await reader.id
    return reader
  }

  get id(): Promise<string> {
    return this.#opened.promise
  }

  async add(channel: string, body: ChannelBody, { headers }: Pick<RequestContent, 'headers'> = {}): Promise<Answer> {
    const path = `/api/streams/${await this.id}/channels/${channel}`
    return this.#client.request('PUT', path, { body, headers: { ...this.#headers, ...headers } })
  }

  async remove(channel: string): Promise<Answer> {
    return this.#client.request('DELETE', `/api/streams/${await this.id}/channels/${channel}`, {
      headers: this.#headers,
    })
  }

  entriesOf(channel: string): readonly Entry[] {
    return this.#dataOf('channel', channel).map((data) => entrySchema.parse(data))
  }

  appEventsOf(channel: string): readonly AppEvent[] {
    return this.#dataOf('channel', channel).map((data) => appEventSchema.parse(data))
  }

  noticesOf(channel: string): readonly unknown[] {
    return this.#dataOf('notice', channel)
  }

  /** What the channel's end said; undefined while it goes on. */
  endOf(channel: string): unknown {
    return this.#dataOf('end', channel)[0]
  }

  /** Resolves when `isThere` holds. Rejects where the stream ends before. */
  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.#isOver) throw new Error(`the stream ended after ${this.frames.length} frames`)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  untilTurnEnded(channel: string): Promise<void> {
    return this.until(() => this.entriesOf(channel).some(({ type }) => type === 'turn.ended'))
  }

  pause(): void {
    this.#response?.pause()
  }

  resume(): void {
    this.#response?.resume()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#request.destroy()
    await this.over
  }

  #dataOf(kind: string, channel: string): unknown[] {
    const own = this.frames.filter((frame) => frame.kind === kind && frame.channel === channel)
    return own.map(({ data }) => JSON.parse(data))
  }

  async #read(): Promise<void> {
    const parser = createParser({
      onEvent: ({ event = '', data }) => this.#take(event, data),
      onRetry: (retryMs) => {
        this.retryMs = retryMs
      },
    })
    try {
      this.#request.end()
      const [response] = (await once(this.#request, 'response')) as [IncomingMessage]
      this.#response = response
      if (response.statusCode !== 200) throw new Error(`the stream was refused: ${response.statusCode}`)
      response.setEncoding('utf8').on('data', (text: string) => parser.feed(text))
      await once(response, 'close')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) this.#opened.reject(error)
    } finally {
      this.#isOver = true
      this.#wake()
    }
  }

  #take(event: string, data: string): void {
    if (event === 'stream') this.#opened.resolve(openedStreamSchema.parse(JSON.parse(data)).stream)
    else {
      const [kind = '', channel = ''] = event.split('.')
      this.frames.push({ kind, channel, data })
    }
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}
