import type { ServerResponse } from 'node:http'
import { ALLOWED_METHODS, type Refusal } from './guard.ts'
import { problemBody } from './problem.ts'

export interface RefusalMessage {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A refusal as it stands on the wire: a problem (RFC 9457) whose `detail` is the string that GAIA's clients read. */
export function refusalMessage(refusal: Refusal, requestId: string): RefusalMessage {
  const { httpStatus, code, detail } = refusal
  const body = JSON.stringify(problemBody({ status: httpStatus, code, detail }, requestId))
  return {
    body,
    headers: {
      'content-type': 'application/problem+json',
      'content-length': String(Buffer.byteLength(body)),
      ...(httpStatus === 401 && { 'www-authenticate': 'Bearer realm="conch"' }),
      ...(httpStatus === 405 && { allow: ALLOWED_METHODS.join(', ') }),
    },
  }
}

export function sendRefusal(response: ServerResponse, refusal: Refusal, requestId: string): void {
  const { headers, body } = refusalMessage(refusal, requestId)
  response.writeHead(refusal.httpStatus, headers).end(body)
}
