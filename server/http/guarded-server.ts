import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyServerOptions } from 'fastify'
import type { AdmissionPolicy } from './access/admission-policy.ts'
import { newBrowserId } from './access/browser-cookie.ts'
import type { OneTimeCodes } from './access/one-time-codes.ts'
import { newCspNonce, newRequestId, requestIdOf, stampRequest } from './admitted-request.ts'
import { decideAdmission, factsOf, isApiTarget, type Refusal, type RequestFacts } from './guard.ts'
import { answerAndClose, decideMalformed, parseFailureOf } from './malformed-request.ts'
import { sendRefusal } from './refusal.ts'
import { setSecurityHeaders } from './security-headers.ts'

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void

export interface ServerLimits {
  readonly maxHeaderBytes: number
  readonly headersTimeoutMs: number
  /** For a request to arrive, body included. An answer, such as a stream, may take for ever. */
  readonly requestTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  readonly timeoutCheckIntervalMs: number
}

export const SERVER_LIMITS: ServerLimits = {
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 60_000,
  timeoutCheckIntervalMs: 2_000,
}

export interface GuardOptions {
  /** Asked once, with the port the server came to listen on. */
  readonly policyFor: (port: number) => AdmissionPolicy
  readonly codes: OneTimeCodes
  readonly limits?: ServerLimits
  /** Hears of each refusal, for figures: what is refused here reaches no route. */
  readonly onRefused?: (refusal: Refusal) => void
}

/** What `Fastify({ ...guarded(…) })` needs to stand behind the guard. */
export function guarded(guard: GuardOptions) {
  return {
    serverFactory: (handler: RequestHandler) => guardedServer(handler, guard),
    // Fastify adds its own listener beside the guarded server's, which has answered already.
    clientErrorHandler: () => undefined,
    genReqId: requestIdOf,
  } satisfies FastifyServerOptions
}

/**
 * An HTTP server that lets only admitted requests through to `handler`, and that answers everything else itself.
 * Every response carries the security headers, whoever writes it (S6).
 */
function guardedServer(handler: RequestHandler, guard: GuardOptions): Server {
  const limits = guard.limits ?? SERVER_LIMITS
  const server = createServer({
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.timeoutCheckIntervalMs,
    // Missing is refused by the guard like two: Node's own answer has neither a body nor our headers.
    requireHostHeader: false,
  })
  // The guard counts. With a limit here, some versions of Node drop what is over it: the second Host, say.
  server.maxHeadersCount = 0

  let gate: Gate | undefined
  const exchanges = new WeakMap<Duplex, ServerResponse>()
  const receive = (request: IncomingMessage, response: ServerResponse, pass: RequestHandler) => {
    exchanges.set(request.socket, response)
    gate ??= new Gate(guard, guard.policyFor(portOf(server)))
    gate.receive(request, response, pass)
  }
  server.on('request', (request, response) => receive(request, response, handler))
  // Node says "100 Continue" by itself, before anybody has looked at the request.
  server.on('checkContinue', (request, response) => receive(request, response, continueWith(handler)))
  server.on('checkExpectation', (request, response) => receive(request, response, refuseExpectation))
  server.on('connect', (_request, socket) => answerAndClose(socket, METHOD_REFUSED))
  server.on('clientError', (error, socket) => answerMalformed(error, socket, exchanges.get(socket)))
  return server
}

/** Carries out what the guard decides about each request. */
class Gate {
  readonly #policy: AdmissionPolicy
  readonly #codes: OneTimeCodes
  readonly #onRefused: GuardOptions['onRefused']

  constructor({ codes, onRefused }: GuardOptions, policy: AdmissionPolicy) {
    this.#policy = policy
    this.#codes = codes
    this.#onRefused = onRefused
  }

  receive(request: IncomingMessage, response: ServerResponse, pass: RequestHandler): void {
    const facts = factsOf(request)
    const admission = decideAdmission(facts, this.#policy)
    const requestId = newRequestId()
    const isPage = admission.status === 'admitted' && !isApiTarget(facts.target)
    const cspNonce = isPage ? newCspNonce() : ''
    setSecurityHeaders(response, cspNonce)
    switch (admission.status) {
      case 'refused':
        this.#onRefused?.(admission)
        sendRefusal(response, admission, requestId)
        break
      case 'code_presented':
        this.#letIn(response, admission.code, facts)
        break
      case 'admitted':
        stampRequest(request, { client: admission.client, cspNonce, requestId })
        pass(request, response)
        break
    }
  }

  /** A bad code changes nothing: a browser that was let in before keeps its cookie. */
  #letIn(response: ServerResponse, code: string, { cookies }: RequestFacts): void {
    if (this.#codes.redeem(code)) {
      const browserId = this.#policy.cookie.verify(cookies) ?? newBrowserId()
      response.setHeader('set-cookie', this.#policy.cookie.issue(browserId))
    }
    response.writeHead(303, { location: '/', 'content-length': 0 }).end()
  }
}

const METHOD_REFUSED: Refusal = {
  status: 'refused',
  httpStatus: 405,
  code: 'method_not_allowed',
  detail: 'Method Not Allowed',
}

const EXPECTATION_REFUSED: Refusal = {
  status: 'refused',
  httpStatus: 417,
  code: 'invalid_request',
  detail: 'Expectation Failed',
}

function continueWith(handler: RequestHandler): RequestHandler {
  return (request, response) => {
    response.writeContinue()
    handler(request, response)
  }
}

function refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
  sendRefusal(response, EXPECTATION_REFUSED, requestIdOf(request))
}

function answerMalformed(error: Error, socket: Duplex, latest: ServerResponse | undefined): void {
  if (!socket.writable) return // answered and closing, or gone
  const failure = parseFailureOf(error)
  // A second status line inside an answer, or after the answer to a request still arriving, would be taken for data.
  const answerBegan = latest?.headersSent === true && !(latest.writableFinished && latest.req.complete)
  if (answerBegan || failure.code === 'ECONNRESET') socket.destroy()
  else answerAndClose(socket, decideMalformed(failure))
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a guarded server must listen on a TCP port')
  return address.port
}
