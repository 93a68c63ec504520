import { type EventFrame, EventFrames } from './event-frames.ts'
import type { Problem } from './operations.ts'
import type { PlainRequest } from './request.ts'

export interface ConchClientOptions {
  /** Scheme, host and port, without a path. */
  readonly url: string
  /** What is in the data directory's `token`; a page of the server's own origin needs none. */
  readonly token?: string
  /** A random name by which the server tells this client from others. */
  readonly clientId?: string
  /** What others see of who holds a turn. */
  readonly label?: string
  readonly fetch?: typeof fetch
}

/** A refusal's body: a problem of the native routes, or just `detail` from the compatible ones. */
export type Refusal = Partial<Omit<Problem, 'detail'>> & { readonly detail: unknown }

export type Result<Value> =
  | { readonly status: 'ok'; readonly value: Value; readonly headers: Headers }
  | {
      readonly status: 'refused'
      readonly httpStatus: number
      readonly refusal: Refusal
      readonly retryAfterMs: number | null
    }
  /** No answer arrived. Whether the server acted on the request is unknown: repeat a send with its `Idempotency-Key`. */
  | { readonly status: 'unreachable'; readonly cause: unknown }

export interface StreamOptions {
  readonly signal?: AbortSignal
}

/** A stream cannot be had: the server refuses it for good. */
export class StreamRefusedError extends Error {
  override readonly name = 'StreamRefusedError'
  readonly code = 'stream_refused'
  readonly httpStatus: number
  readonly refusal: Refusal
  constructor(httpStatus: number, refusal: Refusal) {
    super(`the stream was refused with ${httpStatus}: ${JSON.stringify(refusal.detail)}`)
    this.httpStatus = httpStatus
    this.refusal = refusal
  }
}

/** The server says something every 15 seconds; a connection that missed two of them is dead, whatever the socket says. */
const SILENCE_LIMIT_MS = 40_000

/** Plain requests to one server, with what this client says of itself in each. */
export class Transport {
  readonly #options: ConchClientOptions
  readonly #headers: Readonly<Record<string, string>>

  constructor(options: ConchClientOptions) {
    const { token, clientId, label } = options
    this.#options = options
    this.#headers = {
      'X-Gaia-UI': '1', // no page of another site can send it
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(clientId !== undefined && { 'X-Client-Id': clientId }),
      ...(label !== undefined && { 'X-Client-Label': label }),
    }
  }

  async call<Value>(plain: PlainRequest): Promise<Result<Value>> {
    try {
      const response = await this.#fetch(plain)
      const text = await response.text()
      const value = isJson(response) && text !== '' ? JSON.parse(text) : text
      if (response.ok) return { status: 'ok', value, headers: response.headers }
      return {
        status: 'refused',
        httpStatus: response.status,
        refusal: refusalOf(value),
        retryAfterMs: retryAfterMs(response),
      }
    } catch (cause) {
      return { status: 'unreachable', cause }
    }
  }

  async *frames(plain: PlainRequest, signal: AbortSignal | undefined): AsyncGenerator<readonly EventFrame[]> {
    const silence = new AbortController()
    let timer = setTimeout(() => silence.abort(), SILENCE_LIMIT_MS)
    const signals = signal ? [signal, silence.signal] : [silence.signal]
    try {
      const response = await this.#fetch(plain, AbortSignal.any(signals))
      if (!response.ok)
        throw new StreamRefusedError(
          response.status,
          refusalOf(isJson(response) ? await response.json() : await response.text()),
        )
      if (!response.body) return
      const parts = new EventFrames()
      const reader = response.body.getReader()
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        clearTimeout(timer)
        timer = setTimeout(() => silence.abort(), SILENCE_LIMIT_MS)
        yield parts.take(piece.value)
      }
    } finally {
      clearTimeout(timer)
      silence.abort() // lets go of the connection when the reader has had enough
    }
  }

  async *stream<Frame>(plain: PlainRequest, signal: AbortSignal | undefined): AsyncGenerator<Frame> {
    for await (const frames of this.frames(plain, signal)) for (const { data } of frames) yield JSON.parse(data)
  }

  #fetch({ method, path, headers, body }: PlainRequest, signal?: AbortSignal): Promise<Response> {
    const { url, fetch: fetchWith = fetch } = this.#options
    return fetchWith(url + path, {
      method,
      headers: { ...this.#headers, ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  }
}

function isJson(response: Response): boolean {
  return /[/+]json/.test(response.headers.get('content-type') ?? '')
}

function refusalOf(body: unknown): Refusal {
  return typeof body === 'object' && body !== null && 'detail' in body ? (body as Refusal) : { detail: body }
}

function retryAfterMs(response: Response): number | null {
  const seconds = response.headers.get('retry-after')
  return seconds === null ? null : Number(seconds) * 1_000
}
