import { isIPv6, type LookupFunction } from 'node:net'
import { Client, errors } from 'undici'
import type { Clock } from '../../lib/clock.ts'
import { guardedLookup } from '../guarded-lookup.ts'

export interface ServerClientOptions {
  readonly origin: string
  /** What `origin`'s host name was resolved to: this is what is dialled. Without it, the name. */
  readonly ip?: string | undefined
  /** What stands before the server's own paths, where it is reached through something else; '' as a rule. */
  readonly rootPath?: string
  /** Among them may be a key. They go to `origin` alone: redirects are not followed (S16). */
  readonly headers: Readonly<Record<string, string>>
  readonly clock: Clock
  /** For all questions together. */
  readonly limitMs: number
}

export interface ServerAnswer {
  /** 0 where no answer could be read: see {@link ServerClient.trouble}. */
  readonly status: number
  readonly body: string
  /** The `Server` header. */
  readonly software: string
}

/** Why a server could not be spoken to. */
export type Trouble = 'refused' | 'timed_out' | 'unreadable'

const MAX_BODY_BYTES = 1024 * 1024
const NO_ANSWER: ServerAnswer = { status: 0, body: '', software: '' }
const NOTHING_THERE = /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|EADDRNOTAVAIL|EACCES|EPERM)/

/**
 * Lets `ask` put questions to a server, for as long as the limit allows. Rejects with `signal.reason` when that aborts.
 * The connection is closed when it settles.
 */
export async function withServer<T>(
  options: ServerClientOptions,
  signal: AbortSignal,
  ask: (server: ServerClient) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const limit = new AbortController()
  const end = () => limit.abort()
  const cancelTimer = options.clock.after(options.limitMs, end)
  signal.addEventListener('abort', end, { once: true })
  try {
    await using server = new ServerClient(options, limit.signal)
    const told = await ask(server)
    signal.throwIfAborted()
    return told
  } finally {
    cancelTimer()
    signal.removeEventListener('abort', end)
  }
}

/**
 * Asks one server a few short questions over one connection. Never rejects for what the server does: an answer that
 * cannot be read has status 0. Once the server is found not to be there, to hang or to talk nonsense, it is not asked
 * again and `trouble` says why. The same path is asked once, so that several kinds may look at the same answer.
 */
export class ServerClient implements AsyncDisposable {
  readonly #options: ServerClientOptions
  readonly #signal: AbortSignal
  readonly #client: Client
  readonly #connection = new AbortController()
  readonly #answers = new Map<string, Promise<ServerAnswer>>()
  #trouble: Trouble | null = null
  #hasAnswered = false

  constructor(options: ServerClientOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
    const { ip } = options
    this.#client = new Client(options.origin, {
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: MAX_BODY_BYTES,
      // The signal is the socket's own: aborting it also ends a connection that is only being made.
      connect: {
        signal: this.#connection.signal,
        timeout: 0,
        lookup: ip === undefined ? guardedLookup() : lookupOf(ip),
      },
    })
  }

  get trouble(): Trouble | null {
    return this.#trouble
  }

  get(path: string): Promise<ServerAnswer> {
    const earlier = this.#answers.get(path)
    if (earlier) return earlier
    const answer = this.#ask('GET', path, null)
    this.#answers.set(path, answer)
    return answer
  }

  post(path: string, json: unknown): Promise<ServerAnswer> {
    return this.#ask('POST', path, JSON.stringify(json))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.abort()
    await this.#client.destroy()
  }

  async #ask(method: 'GET' | 'POST', path: string, body: string | null): Promise<ServerAnswer> {
    if (this.#trouble) return NO_ANSWER
    const { rootPath = '' } = this.#options
    const headers = { ...this.#options.headers, ...(body === null ? {} : { 'content-type': 'application/json' }) }
    try {
      this.#signal.throwIfAborted()
      const signal = this.#signal
      const response = await this.#client.request({ path: rootPath + path, method, headers, body, signal })
      this.#hasAnswered = true
      const software = String(response.headers.server ?? '')
      return { status: response.statusCode, body: await response.body.text(), software }
    } catch (error) {
      return this.#fail(this.#signal.aborted ? 'timed_out' : troubleOf(error))
    }
  }

  /** One answer that cannot be read among others that can says nothing against the server. */
  #fail(trouble: Trouble): ServerAnswer {
    if (trouble !== 'unreadable' || !this.#hasAnswered) this.#trouble = trouble
    return NO_ANSWER
  }
}

function troubleOf(error: unknown): Trouble {
  const code = codeOf(error)
  if (error instanceof errors.ConnectTimeoutError || code === 'ETIMEDOUT') return 'timed_out'
  return NOTHING_THERE.test(code) ? 'refused' : 'unreadable'
}

/** A name's address was looked up already; the one that was judged is the one that is dialled (S15). */
function lookupOf(address: string): LookupFunction {
  const family = isIPv6(address) ? 6 : 4
  return (_, { all }, resolve) => (all ? resolve(null, [{ address, family }]) : resolve(null, address, family))
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}
