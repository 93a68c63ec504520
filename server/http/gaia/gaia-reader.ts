import { createParser } from 'eventsource-parser'
import { type GaiaEvent, gaiaEventSchema } from './gaia-events.ts'

/** For tests: collects one event stream as it arrives. */
export class GaiaReader implements AsyncDisposable {
  readonly headers: Headers
  readonly frames: { readonly id: string | undefined; readonly data: string }[] = []
  readonly comments: string[] = []
  /** Resolves when the stream has ended, by whoever's doing. */
  readonly ended: Promise<void>
  /** Every byte that came, as text. */
  text = ''
  readonly #abort: AbortController
  readonly #arrived = new Set<() => void>()
  #over = false

  constructor(response: Response, abort: AbortController) {
    this.headers = response.headers
    this.#abort = abort
    this.ended = this.#read(response)
  }

  get events(): GaiaEvent[] {
    return this.frames.map(({ data }) => gaiaEventSchema.parse(JSON.parse(data)))
  }

  get chunks(): string {
    return this.events.map((event) => (event.type === 'chunk' ? event.content : '')).join('')
  }

  /** Ids of the frames that have one. */
  get ids(): number[] {
    return this.frames.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]))
  }

  /** Resolves as soon as `isThere` holds. Rejects when the stream ends before. */
  async until(isThere: (reader: GaiaReader) => boolean): Promise<void> {
    while (!isThere(this)) {
      if (this.#over) throw new Error(`the stream ended; it had ${this.text}`)
      await new Promise<void>((resolve) => this.#arrived.add(resolve))
    }
  }

  async untilType(type: GaiaEvent['type']): Promise<void> {
    await this.until(({ events }) => events.some((event) => event.type === type))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.ended
  }

  async #read({ body }: Response): Promise<void> {
    const parser = createParser({
      onEvent: ({ id, data }) => this.frames.push({ id, data }),
      onComment: (comment) => this.comments.push(comment),
    })
    const decoder = new TextDecoder()
    try {
      for await (const bytes of body ?? []) {
        const text = decoder.decode(bytes, { stream: true })
        this.text += text
        parser.feed(text)
        this.#wake()
      }
    } catch (error) {
      if (!this.#abort.signal.aborted && !(error instanceof TypeError)) throw error
    } finally {
      this.#over = true
      this.#wake()
    }
  }

  #wake(): void {
    for (const wake of this.#arrived) wake()
    this.#arrived.clear()
  }
}
