import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Client } from './guard.ts'

const PASSPORT = Symbol('conch.passport')

/** What the guard knows of a request it let through; it travels with the request. */
interface Passport {
  readonly client: Client
  readonly cspNonce: string
  readonly requestId: string
}

type Stamped = IncomingMessage & { [PASSPORT]?: Passport }

export function newCspNonce(): string {
  return randomBytes(16).toString('base64url')
}

export function newRequestId(): string {
  return randomUUID()
}

export function stampRequest(request: Stamped, passport: Passport): void {
  request[PASSPORT] = passport
}

/** Who sent it. A request that no guard has seen (`app.inject`) is anonymous: it proves nothing. */
export function clientOf(request: Stamped): Client {
  return request[PASSPORT]?.client ?? { kind: 'anonymous' }
}

/** The nonce that this response's Content-Security-Policy names; empty where no guard has set one. */
export function cspNonceOf(request: Stamped): string {
  return request[PASSPORT]?.cspNonce ?? ''
}

/** The id that logs and problem bodies share. Meant as Fastify's `genReqId`. */
export function requestIdOf(request: Stamped): string {
  return request[PASSPORT]?.requestId ?? newRequestId()
}
