import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import type { SessionId } from '../protocol/ids.ts'
import type { ConchClient } from './conch-client.ts'

/** For tests: a reader of a session's stream that takes its frames apart and parses none of them, cheap enough for a crowd. */
export class LightReader implements AsyncDisposable {
  /** How long the server has told it to wait before it comes back; null where it did not. */
  retryMs: number | null = null
  /** Of the entries that came, in their order. */
  readonly seqs: number[] = []
  /** Resolves when the stream has ended, by whoever's doing. Rejects where the session cannot be followed. */
  readonly over: Promise<void>
  readonly #request: ClientRequest
  readonly #waiting = new Set<() => void>()
  #rest = ''
  #isOver = false

  constructor(client: ConchClient, sessionId: SessionId, lastEventId: number | null = null) {
    const headers = {
      authorization: `Bearer ${client.token}`,
      ...(lastEventId !== null && { 'last-event-id': String(lastEventId) }),
    }
    this.#request = request(`${client.url}/api/sessions/${sessionId}/events`, { headers, agent: false })
    this.over = this.#read()
  }

  /** Resolves when this entry has come. Rejects where the stream ends without it. */
  async reach(seq: number): Promise<void> {
    while ((this.seqs.at(-1) ?? 0) < seq) {
      if (this.#isOver) throw new Error(`the stream ended at ${this.seqs.at(-1)}, before ${seq}`)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#request.destroy()
    await this.over
  }

  async #read(): Promise<void> {
    try {
      this.#request.end()
      const [response] = await once(this.#request, 'response')
      if (response.statusCode !== 200) throw new Error(`the session cannot be followed: ${response.statusCode}`)
      for await (const text of response.setEncoding('utf8')) this.#take(text)
    } catch (error) {
      if (!isBrokenConnection(error)) throw error
    } finally {
      this.#isOver = true
      this.#wake()
    }
  }

  #take(text: string): void {
    const frames = (this.#rest + text).split('\n\n')
    this.#rest = frames.pop() ?? ''
    for (const frame of frames) {
      const [, name, value] = /^([a-z]*): ?(\S*)/.exec(frame) ?? []
      if (name === 'id') this.seqs.push(Number(value))
      else if (name === 'retry') this.retryMs = Number(value)
    }
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

/** The server was killed, or the reader hung up. */
function isBrokenConnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(String(error.code))
  )
}
