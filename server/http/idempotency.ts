import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Idempotency } from '../turns/idempotency.ts'

const MAX_KEY_LENGTH = 255

export type KeyReading =
  | { readonly status: 'absent' }
  | { readonly status: 'given'; readonly idempotency: Idempotency }
  | { readonly status: 'invalid'; readonly message: string }

/**
 * The `Idempotency-Key` of a send, with the fingerprint of what it sends. Two sends with one key are the same send if
 * their fingerprints are equal, and a client's mistake if they are not (I12).
 */
export function readIdempotencyKey(request: FastifyRequest, body: object): KeyReading {
  const key = request.headers['idempotency-key']
  if (key === undefined) return { status: 'absent' }
  if (typeof key !== 'string' || key.length > MAX_KEY_LENGTH || !/^[\x21-\x7e]+$/.test(key)) {
    return { status: 'invalid', message: `Idempotency-Key must have 1 to ${MAX_KEY_LENGTH} visible ASCII characters` }
  }
  const fingerprint = createHash('sha256').update(JSON.stringify(body)).digest('base64url')
  return { status: 'given', idempotency: { key, fingerprint } }
}
