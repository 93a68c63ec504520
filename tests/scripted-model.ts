import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { z } from 'zod'
import type { ModelScript } from './model-script.ts'
import { chooseScript, type PromptMessage, promptMessageSchema } from './model-script-presets.ts'
import { ScriptRun } from './script-run.ts'

/**
 * A model server for tests: speaks the streamed chat completions of OpenAI's API and does what a script says, faults
 * included. It keeps every request, so that a test can look at prompts and at what the client did to the connection.
 *
 *     await using server = await startScriptedModel({ script: () => [text('Hello'), ...finished()] })
 *     …point a model at server.baseUrl and send something…
 *     const request = await server.request(1)
 *     expect(request.messages.at(-1)?.content).toBe('Hi')
 *     expect(await request.closed).toBe('client')
 *
 * Scripts: `model-script.ts`. A server in a process of its own: `scripted-model-process.ts`; there the model's name or a
 * directive in the last user message chooses the script (`model-script-presets.ts`), and `GET /requests` answers with a
 * list of {@link RequestSummary}.
 */

const chatBodySchema = z.looseObject({ model: z.string(), messages: z.array(promptMessageSchema) })
export type ChatBody = z.infer<typeof chatBodySchema>

export interface ScriptedRequest {
  /** 1 for the first chat completion that was asked for, then 2, 3 … */
  readonly n: number
  readonly headers: IncomingHttpHeaders
  readonly body: ChatBody
  readonly messages: readonly PromptMessage[]
  /** Resolves when the exchange is over: `client` where it went away before the script was through. */
  readonly closed: Promise<'client' | 'server'>
  /** The same without waiting, and when by `performance.now()`; null while the exchange goes on. */
  readonly closedBy: 'client' | 'server' | null
  readonly closedAtMs: number | null
  /** Ends the script's next `hold`, or the one it is at. */
  goOn(): void
  /** Bytes of the body written so far: stands still where the client takes no more. */
  readonly bytesWritten: number
}

/** What `GET /requests` tells of each request. */
export type RequestSummary = Pick<ScriptedRequest, 'n' | 'messages' | 'closedBy'> & { readonly model: string }

export interface ScriptedModelOptions {
  /** What to do for a request. Without it the request itself says: `chooseScript`. */
  readonly script?: (request: ScriptedRequest) => ModelScript
  /** Whether it goes on in an assistant message that stands last. Given, it says so as vLLM does; else it does not say. */
  readonly continues?: boolean
  /** It is a llama.cpp that tells how much of a prompt it has read, and says so. */
  readonly reportsProgress?: boolean
  /** What `GET /v1/models` lists. */
  readonly models?: readonly string[]
  /** 0, a free one, unless given. */
  readonly port?: number
}

export interface ScriptedModel extends AsyncDisposable {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  /** Every chat completion asked for so far, in order. */
  readonly requests: readonly ScriptedRequest[]
  /** The `n`th request, from 1, as soon as it has arrived. */
  request(n: number): Promise<ScriptedRequest>
  /** Breaks every open connection and stops. Idempotent. */
  close(): Promise<void>
}

export async function startScriptedModel(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
  const log = new RequestLog()
  const server = createServer((incoming, response) => {
    answer({ incoming, response, options, log }).catch((error: unknown) => {
      // A fault of the script itself: the test must see a broken reply, not wait for one.
      process.stderr.write(`scripted model: ${String(error)}\n`)
      response.destroy()
    })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const close = async (): Promise<void> => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests: log.requests,
    request: (n) => log.waitFor(n),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The requests so far, and who waits for the next ones. */
class RequestLog {
  readonly requests: ScriptedRequest[] = []
  readonly #waiting: { readonly n: number; readonly resolve: (request: ScriptedRequest) => void }[] = []

  add(request: ScriptedRequest): void {
    this.requests.push(request)
    for (const { n, resolve } of this.#waiting) if (n === request.n) resolve(request)
  }

  waitFor(n: number): Promise<ScriptedRequest> {
    const earlier = this.requests[n - 1]
    if (earlier) return Promise.resolve(earlier)
    const { promise, resolve } = Promise.withResolvers<ScriptedRequest>()
    this.#waiting.push({ n, resolve })
    return promise
  }
}

interface Exchange {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly options: ScriptedModelOptions
  readonly log: RequestLog
}

async function answer({ incoming, response, options, log }: Exchange): Promise<void> {
  const [path] = (incoming.url ?? '').split('?')
  switch (`${incoming.method} ${path}`) {
    case 'GET /v1/models': {
      const owner = options.reportsProgress
        ? { owned_by: 'llamacpp' }
        : options.continues === undefined
          ? {}
          : { owned_by: 'vllm' }
      const data = (options.models ?? ['scripted']).map((id) => ({ id, object: 'model', ...owner }))
      return sendJson(response, 200, { object: 'list', data })
    }
    case 'GET /version':
      return options.continues === undefined ? sendJson(response, 404, {}) : sendJson(response, 200, { version: '1.0' })
    case 'GET /props':
      return sendJson(response, options.reportsProgress ? 200 : 404, { is_sleeping: false })
    case 'POST /tokenize':
      return sendJson(response, options.continues === true ? 200 : 400, { count: 1 })
    case 'GET /requests':
      return sendJson(response, 200, log.requests.map(summarize))
    case 'POST /v1/chat/completions': {
      const body = chatBodySchema.parse(JSON.parse(await readText(incoming)))
      const run = new ScriptRun(response)
      const request = requestOf({ n: log.requests.length + 1, headers: incoming.headers, body, run })
      log.add(request)
      return run.play(options.script ? options.script(request) : chooseScript(body.model, body.messages))
    }
    default:
      return sendJson(response, 404, { error: { message: `there is no ${path} here` } })
  }
}

interface RequestParts {
  readonly n: number
  readonly headers: IncomingHttpHeaders
  readonly body: ChatBody
  readonly run: ScriptRun
}

function requestOf({ n, headers, body, run }: RequestParts): ScriptedRequest {
  return {
    n,
    headers,
    body,
    messages: body.messages,
    closed: run.closed,
    goOn: () => run.goOn(),
    get closedBy() {
      return run.closedBy
    },
    get closedAtMs() {
      return run.closedAtMs
    },
    get bytesWritten() {
      return run.bytesWritten
    },
  }
}

function summarize({ n, body, messages, closedBy }: ScriptedRequest): RequestSummary {
  return { n, model: body.model, messages, closedBy }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}
