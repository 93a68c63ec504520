import { Client, type Dispatcher } from 'undici'
import type { ModelEventSink, ModelReply } from '../agent/model.ts'
import type { Clock } from '../lib/clock.ts'
import { describeConnectionFailure, describeRefusal, readRetryAfter } from './backend-problem.ts'
import { ChatStream, type StreamLimits } from './chat-stream.ts'
import { guardedLookup } from './guarded-lookup.ts'
import type { ModelEndpoint } from './model-endpoint.ts'
import { PacedSink } from './paced-sink.ts'

/**
 * One request for a reply, over a connection of its own, which is closed when the attempt ends, however it ends. A stream
 * cannot give its connection back before the server closes the body, and [DONE] ends a reply at once (F48); on the same
 * machine a new connection costs a fraction of a millisecond. Owning the socket also makes an abort certain: the same
 * signal destroys it while it still connects, waits for headers or streams.
 *
 * undici's `dispatch` is the cheapest way to the bytes (D9). Its limits of time are off: the agent has them (F49).
 * Pausing the body needs undici 8: in 7 a server that closes a paused connection crashes the process (undici issue 5360).
 */

export interface AttemptRequest {
  readonly endpoint: ModelEndpoint
  readonly model: string
  readonly body: string
  readonly limits: StreamLimits
  readonly clock: Clock
  readonly onEvent: ModelEventSink
}

export interface AttemptOutcome {
  readonly reply: ModelReply
  /** After this time the request may be sent again: nothing has been emitted. Null where that is no use or not allowed. */
  readonly retryAfterMs: number | null
}

const CONNECT_TIMEOUT_MS = 10_000
const QUICK_RETRY_MS = 300
const LONGEST_RETRY_AFTER_MS = 30_000
const MAX_PROBLEM_BYTES = 2048

/** Rejects with `signal.reason`, the socket already destroyed, or with what `onEvent` threw or rejected with. */
export async function attemptReply(request: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome> {
  signal.throwIfAborted()
  const attempt = new ReplyAttempt(request)
  const onAbort = () => attempt.fail(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await attempt.run()
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

type Head = { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>> }

class ReplyAttempt implements Dispatcher.DispatchHandler {
  readonly #request: AttemptRequest
  readonly #stream: ChatStream
  readonly #sink: PacedSink
  readonly #connection = new AbortController()
  readonly #outcome = Promise.withResolvers<AttemptOutcome>()
  readonly #problemBody: Buffer[] = []
  #problemBytes = 0
  #controller: Dispatcher.DispatchController | null = null
  #head: Head | null = null
  #isReply = false
  #isOver = false

  constructor(request: AttemptRequest) {
    this.#request = request
    this.#sink = new PacedSink({
      sink: request.onEvent,
      onBehind: () => this.#controller?.pause(),
      onCaughtUp: () => this.#controller?.resume(),
      onFailure: (error) => this.fail(error),
    })
    const { limits, endpoint } = request
    this.#stream = new ChatStream({ limits, endpoint, deliver: (event) => this.#sink.push(event) })
  }

  run(): Promise<AttemptOutcome> {
    const { endpoint, body } = this.#request
    const client = new Client(endpoint.origin, {
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: CONNECT_TIMEOUT_MS, signal: this.#connection.signal, lookup: guardedLookup() },
    })
    const headers = { ...endpoint.headers, 'content-type': 'application/json', accept: 'text/event-stream' }
    client.dispatch({ path: endpoint.pathOf('/chat/completions'), method: 'POST', headers, body }, this)
    return this.#outcome.promise
  }

  fail(error: unknown): void {
    this.#sink.stop()
    this.#close()
    this.#outcome.reject(error)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Head['headers']): void {
    if (status < 200) return
    this.#head = { status, headers }
    // A stream under another name is still read: some servers send text/plain, or no content type at all (F51).
    this.#isReply =
      status < 300 && !/^(text\/html|application\/([\w.-]+\+)?json)/i.test(firstOf(headers['content-type']))
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return
    if (this.#isReply) {
      const reply = this.#stream.feed(chunk)
      if (reply) this.#finish(reply)
      return
    }
    this.#problemBody.push(chunk.subarray(0, MAX_PROBLEM_BYTES - this.#problemBytes))
    this.#problemBytes += chunk.length
    if (this.#problemBytes >= MAX_PROBLEM_BYTES) this.#refuse()
  }

  onResponseEnd(): void {
    if (this.#isOver) return
    if (this.#isReply) this.#finish(this.#stream.end())
    else this.#refuse()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return
    if (!this.#head) this.#failToConnect(error)
    else if (this.#isReply) this.#finish(this.#stream.end())
    else this.#refuse()
  }

  #failToConnect(error: Error): void {
    const failure = describeConnectionFailure(error, this.#request.endpoint)
    this.#settle(failure, failure.reason === 'backend_unreachable' ? QUICK_RETRY_MS : null)
  }

  /** The connection is closed at once, the outcome is told once the reader has taken everything. */
  #finish(reply: ModelReply): void {
    this.#close()
    this.#sink.finish(() => this.#settle(reply, null))
  }

  #refuse(): void {
    const { endpoint, model, clock } = this.#request
    const { status, headers } = this.#head ?? { status: 0, headers: {} }
    const retryAfterMs = readRetryAfter(firstOf(headers['retry-after']), clock.nowMs())
    const body = Buffer.concat(this.#problemBody).toString()
    const contentType = firstOf(headers['content-type'])
    const mayRetry =
      (status === 429 || status === 503) && retryAfterMs !== null && retryAfterMs <= LONGEST_RETRY_AFTER_MS
    const refused = { status, contentType, body, model, retryAfterMs }
    this.#settle(describeRefusal(refused, endpoint), mayRetry ? retryAfterMs : null)
  }

  #settle(reply: ModelReply, retryAfterMs: number | null): void {
    this.#close()
    this.#outcome.resolve({ reply, retryAfterMs })
  }

  #close(): void {
    this.#isOver = true
    this.#connection.abort()
  }
}

function firstOf(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}
