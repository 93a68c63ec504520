import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { Problem, ProblemCode, QueueProblem, StaleViewProblem, TurnActiveProblem } from '../../protocol/problem.ts'
import { SERVER_BUSY_DETAIL, TURN_ACTIVE_DETAIL } from '../../protocol/problem.ts'
import { MAX_QUEUED_CODE_POINTS, MAX_QUEUED_MESSAGES, type Queue } from '../../protocol/queue.ts'
import type { ActiveTurn } from '../../protocol/turn.ts'
import type { StaleView } from '../turns/stale-view.ts'
import { parseEntry } from '../turns/stored-entry.ts'
import { StorageError } from '../turns/turn-store.ts'
import { JsonBodyError } from './json-body.ts'

/** Seconds after which a full line is worth another try. A hint: nobody can know. */
const BUSY_RETRY_AFTER_S = 5

export interface ProblemFacts {
  readonly status: number
  readonly code: ProblemCode
  readonly detail: string
  readonly errors?: Problem['errors']
  readonly headers?: Readonly<Record<string, string>>
}

export const SESSION_NOT_FOUND: ProblemFacts = { status: 404, code: 'session_not_found', detail: 'Session not found' }
export const TURN_NOT_FOUND: ProblemFacts = { status: 404, code: 'turn_not_found', detail: 'Turn not found' }
export const MESSAGE_NOT_FOUND: ProblemFacts = { status: 404, code: 'message_not_found', detail: 'Message not found' }
export const IMAGE_NOT_FOUND: ProblemFacts = { status: 404, code: 'image_not_found', detail: 'Image not found' }
export const NOT_AN_IMAGE: ProblemFacts = {
  status: 415,
  code: 'unsupported_media_type',
  detail: 'This is no whole PNG, JPEG, WebP or GIF image of at most 50 million pixels.',
}
export const TOO_MANY_IMAGES: ProblemFacts = {
  status: 429,
  code: 'too_many_images',
  detail: 'This session keeps as many images as it can. Go on in a new one.',
}
export const IMAGES_NOT_TAKEN: ProblemFacts = {
  status: 422,
  code: 'images_not_taken',
  detail: 'The model that answers is not known to take images. Nothing was sent.',
}
export const ROUTE_NOT_FOUND: ProblemFacts = { status: 404, code: 'not_found', detail: 'Not Found' }
export const SERVER_BUSY: ProblemFacts = {
  status: 429,
  code: 'server_busy',
  detail: SERVER_BUSY_DETAIL,
  headers: { 'retry-after': String(BUSY_RETRY_AFTER_S) },
}
export const SEARCH_BUSY: ProblemFacts = {
  status: 429,
  code: 'server_busy',
  detail: 'Too many searches wait for their answer. Try again in a moment.',
  headers: { 'retry-after': '1' },
}
export const KEY_REUSED: ProblemFacts = {
  status: 422,
  code: 'idempotency_mismatch',
  detail: 'This Idempotency-Key was used in this session for another message. Use a new key for a new message.',
}
/** No `Retry-After`: there is room again when a turn ends, and nobody can know when. */
export const QUEUE_FULL: ProblemFacts = {
  status: 429,
  code: 'queue_full',
  detail: `At most ${MAX_QUEUED_MESSAGES} messages of ${MAX_QUEUED_CODE_POINTS} characters together can wait in a session.`,
}
const SEND_CANCELLED: ProblemFacts = {
  status: 409,
  code: 'send_cancelled',
  detail: 'This send was cancelled by its Idempotency-Key. Use a new key for a new message.',
}
export const SHUTTING_DOWN: ProblemFacts = {
  status: 503,
  code: 'shutting_down',
  detail: 'The server is stopping. Try again when it is back.',
}

/** Refusals of a send that say all by their name, under the status with which the engine tells them. */
export const PLAIN_REFUSALS = {
  key_reused: KEY_REUSED,
  message_not_found: MESSAGE_NOT_FOUND,
  queue_full: QUEUE_FULL,
  send_cancelled: SEND_CANCELLED,
  server_busy: SERVER_BUSY,
  session_not_found: SESSION_NOT_FOUND,
  shutting_down: SHUTTING_DOWN,
} as const satisfies Readonly<Record<string, ProblemFacts>>

/** The body of a problem (RFC 9457). `type` is a name, not an address to fetch. */
export function problemBody(facts: ProblemFacts, requestId: string): Problem {
  return {
    type: `urn:conch:problem:${facts.code.replaceAll('_', '-')}`,
    title: facts.code === 'turn_active' ? 'Turn active' : (STATUS_CODES[facts.status] ?? 'Error'),
    status: facts.status,
    detail: facts.detail,
    code: facts.code,
    request_id: requestId,
    ...(facts.errors && { errors: facts.errors }),
  }
}

const TURN_ACTIVE = problemBody({ status: 409, code: 'turn_active', detail: TURN_ACTIVE_DETAIL }, '')

/** The refusal of a busy session, as all routes answer it: who speaks, and what the sender can do about it. */
export function turnActiveBody(activeTurn: ActiveTurn, requestId: string): TurnActiveProblem {
  return {
    ...TURN_ACTIVE,
    status: 409,
    code: 'turn_active',
    request_id: requestId,
    active_turn: activeTurn,
    actions: ['watch', 'queue', 'stop', 'branch'],
  }
}

/** The refusal of a send whose client has not seen all that has settled. */
function staleViewBody({ lastSeq, missed, reload }: Omit<StaleView, 'status'>, requestId: string): StaleViewProblem {
  const detail = 'The session has changed since this client has read it. Nothing was sent.'
  return {
    ...problemBody({ status: 409, code: 'stale_view', detail }, requestId),
    status: 409,
    code: 'stale_view',
    last_seq: lastSeq,
    missed: missed.map(parseEntry),
    reload,
  }
}

/** The refusal of a change whose target is not there any more, with what is there instead. */
function queueProblemBody(code: QueueProblem['code'], queue: Queue, requestId: string): QueueProblem {
  const facts =
    code === 'queue_changed'
      ? {
          status: 409,
          detail: 'The queue has changed meanwhile: what was named has started, or waits no more as it was.',
        }
      : { status: 404, detail: 'No such message waits in this session' }
  return { ...problemBody({ ...facts, code }, requestId), code, queue }
}

export function invalidKey(message: string): ProblemFacts {
  return { status: 422, code: 'invalid_request', detail: message, errors: [{ path: 'Idempotency-Key', message }] }
}

export function sendProblem(reply: FastifyReply, facts: ProblemFacts): FastifyReply {
  if (facts.headers) reply.headers(facts.headers)
  return sendBody(reply, problemBody(facts, reply.request.id))
}

/** No `Retry-After`: nobody can know when the turn ends. */
export function sendTurnActive(reply: FastifyReply, activeTurn: ActiveTurn): FastifyReply {
  return sendBody(reply, turnActiveBody(activeTurn, reply.request.id))
}

export function sendStaleView(reply: FastifyReply, view: StaleView): FastifyReply {
  return sendBody(reply, staleViewBody(view, reply.request.id))
}

export function sendQueueProblem(reply: FastifyReply, code: QueueProblem['code'], queue: Queue): FastifyReply {
  return sendBody(reply, queueProblemBody(code, queue, reply.request.id))
}

function sendBody(reply: FastifyReply, body: Problem): FastifyReply {
  return reply.code(body.status).type('application/problem+json').serializer(JSON.stringify).send(body)
}

/** What an error that reached the edge means to the client. Never a stack, a path or SQL (S25). */
export function problemOf(error: FastifyError | Error): ProblemFacts {
  if (error instanceof StorageError) {
    return {
      status: error.code === 'storage_full' ? 507 : 503,
      code: 'storage_unavailable',
      detail: storageDetail(error),
      ...(error.retryable && { headers: { 'retry-after': String(BUSY_RETRY_AFTER_S) } }),
    }
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map((issue) => ({
      path: issue.instancePath,
      message: issue.message ?? 'is not valid',
    }))
    const first = errors[0]
    const where = first
      ? `${first.path.slice(1) || (error.validationContext ?? 'request')}: ${first.message}`
      : 'request'
    return { status: 422, code: 'invalid_request', detail: where, errors }
  }
  if (error instanceof JsonBodyError) {
    return {
      status: error.code === 'not_utf8' ? 400 : 422,
      code: 'invalid_request',
      detail: `The body ${bodyFault(error)}.`,
    }
  }
  return problemOfStatus(error)
}

function bodyFault({ code, message }: JsonBodyError): string {
  return code === 'too_complex' ? message : code === 'not_utf8' ? 'is not valid UTF-8' : 'is not valid JSON'
}

/** Never SQLite's own words, which may name files. */
function storageDetail(error: StorageError): string {
  return error.retryable
    ? error.message
    : 'The database cannot be written. Look at the log, run `npm start -- doctor`, then restart Conch.'
}

function problemOfStatus(error: FastifyError | Error): ProblemFacts {
  const status = 'statusCode' in error ? error.statusCode : undefined
  const code = 'code' in error ? error.code : undefined
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_EMPTY_JSON_BODY') {
    return { status: 422, code: 'invalid_request', detail: 'The body is not valid JSON.' }
  }
  if (status === 413) return { status, code: 'payload_too_large', detail: 'The body is too large.' }
  if (status === 415) return { status, code: 'unsupported_media_type', detail: 'Send application/json.' }
  if (status !== undefined && status >= 400 && status < 500) {
    return { status, code: 'invalid_request', detail: 'The request is not valid.' }
  }
  return { status: 500, code: 'internal', detail: 'Internal server error' }
}

/** Native routes' error handler. What is our fault is logged once, here, with the request's id. */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const facts = problemOf(error)
  if (facts.status >= 500) request.log.error({ err: error }, 'a request failed')
  return sendProblem(reply, facts)
}
