import { connect } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { ManualClock } from '../lib/manual-clock.ts'
import { type AccessToken, accessTokenOf } from './access/access-token.ts'
import { admissionPolicies } from './access/admission-policy.ts'
import { BrowserCookie, newBrowserId } from './access/browser-cookie.ts'
import { OneTimeCodes } from './access/one-time-codes.ts'
import { guarded, SERVER_LIMITS, type ServerLimits } from './guarded-server.ts'

/** For tests: Fastify behind the guard on a free loopback port, spoken to in bytes, since clients refuse to send the worst. */
export interface GuardedApp extends AsyncDisposable {
  readonly port: number
  readonly token: AccessToken
  readonly codes: OneTimeCodes
  readonly clock: ManualClock
  readonly cookie: BrowserCookie
  /** `METHOD pattern` of every route. */
  readonly routes: readonly string[]
  /** `METHOD pattern` of every request that a route handler saw. */
  readonly handled: readonly string[]
  /** Everything that Fastify logged. */
  readonly logLines: readonly string[]
  /** Sends a request with the right Host, unless `headers` names one, and nothing else of its own. */
  send(requestLine: string, headers?: readonly string[], body?: string): Promise<RawAnswer>
  sendBytes(bytes: string): Promise<RawAnswer>
  bearer(): string
  browserCookie(): string
}

export interface GuardedAppOptions {
  readonly noAuth?: boolean
  readonly names?: readonly string[]
  readonly limits?: Partial<ServerLimits>
  readonly routes?: (app: FastifyInstance) => void | Promise<void>
}

export async function startGuardedApp(options: GuardedAppOptions = {}): Promise<GuardedApp> {
  const { noAuth = false, names = [], limits, routes } = options
  const clock = new ManualClock()
  const token = accessTokenOf('t'.repeat(43))
  const codes = new OneTimeCodes(clock)
  const policyFor = admissionPolicies({ token, bindAddress: '127.0.0.1', names, noAuth })
  const logLines: string[] = []
  const app = Fastify({
    ...guarded({ policyFor, codes, limits: { ...SERVER_LIMITS, ...limits } }),
    logger: { level: 'trace', stream: { write: (line: string) => logLines.push(line) } },
  })
  const handled: string[] = []
  const known: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    known.push(...[method].flat().map((name) => `${name} ${url}`))
  })
  app.addHook('preHandler', async (request) => {
    if (!request.is404) handled.push(`${request.method} ${request.routeOptions.url}`)
  })
  await routes?.(app)
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  const cookie = new BrowserCookie({ token, port, secure: false })
  const sendBytes = (bytes: string) => exchangeBytes(port, bytes)
  return {
    port,
    token,
    codes,
    clock,
    cookie,
    routes: known,
    handled,
    logLines,
    sendBytes,
    send: (requestLine, headers = [], body = '') => sendBytes(requestBytes(requestLine, withHost(headers, port), body)),
    bearer: () => `Authorization: Bearer ${token.secret}`,
    browserCookie: () => `Cookie: ${cookie.issue(newBrowserId()).split(';', 1)[0]}`,
    [Symbol.asyncDispose]: async () => {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

function withHost(headers: readonly string[], port: number): readonly string[] {
  const namesHost = headers.some((header) => /^host:/i.test(header))
  return namesHost ? headers : [`Host: 127.0.0.1:${port}`, ...headers]
}

function requestBytes(requestLine: string, headers: readonly string[], body: string): string {
  const framing = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return [`${requestLine} HTTP/1.1`, ...headers, ...framing, '', body].join('\r\n')
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** All bytes that came, so that a test can see what should not be there. */
  readonly bytes: string
}

/** Sends `bytes` on a connection of its own; resolves when an answer is complete or the server closes. */
function exchangeBytes(port: number, bytes: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    const finish = () => {
      socket.destroy()
      resolve(parseAnswer(received))
    }
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      received += chunk
      if (isComplete(received)) finish()
    })
    socket.on('close', finish)
    socket.on('error', (error) => (received === '' ? reject(error) : finish()))
    socket.write(bytes, 'latin1')
  })
}

function parseAnswer(bytes: string): RawAnswer {
  const final = bytes.replace(/^HTTP\/1\.1 100 [\s\S]*?\r\n\r\n/, '')
  const headEnd = final.indexOf('\r\n\r\n')
  const [statusLine = '', ...headerLines] = final.slice(0, Math.max(headEnd, 0)).split('\r\n')
  const headers = new Headers()
  for (const line of headerLines) {
    const colonAt = line.indexOf(':')
    headers.append(line.slice(0, colonAt), line.slice(colonAt + 1).trim())
  }
  return {
    status: Number(statusLine.split(' ')[1] ?? 0),
    headers,
    body: headEnd < 0 ? '' : final.slice(headEnd + 4),
    bytes,
  }
}

function isComplete(bytes: string): boolean {
  const { status, headers, body } = parseAnswer(bytes)
  if (status === 0) return false
  const length = headers.get('content-length')
  if (length !== null) return body.length >= Number(length)
  return headers.get('transfer-encoding') === 'chunked' && body.endsWith('0\r\n\r\n')
}
