import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { TURN_ACTIVE_DETAIL } from '../../../protocol/problem.ts'
import type { ActiveTurn } from '../../../protocol/turn.ts'
import { JsonBodyError } from '../json-body.ts'
import { type ProblemFacts, problemOf, turnActiveBody } from '../problem.ts'

/** Errors as FastAPI writes them: a sentence in `detail`, or, where fields are wrong, a list of what is wrong with each. */

/** Which of a request's parts a field belongs to, in FastAPI's words. */
const PARTS: Readonly<Record<string, string>> = { body: 'body', querystring: 'query', params: 'path' }

/** Pydantic's names for what zod finds. */
const ISSUE_TYPES: Readonly<Record<string, string>> = {
  too_big: 'too_long',
  too_small: 'too_short',
  invalid_format: 'string_pattern_mismatch',
  invalid_value: 'literal_error',
}

interface ValidationIssue {
  readonly type: string
  readonly loc: readonly (string | number)[]
  readonly msg: string
}

export type Refusal = Pick<ProblemFacts, 'status' | 'detail' | 'headers'>

/** The turn goes on under another owner; its end is in the session's history. */
export const OWNER_CHANGED: Refusal = {
  status: 503,
  detail: 'The answer goes on in another server. Open the session again to see it.',
}
export const DOCUMENT_NOT_FOUND: Refusal = { status: 404, detail: 'Document not found' }

export function sendDetail(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.headers) reply.headers(refusal.headers)
  return sendJson(reply, refusal.status, { detail: refusal.detail })
}

/** The 422 of a field that no schema knows, such as a header. */
export function sendIssue(reply: FastifyReply, issue: ValidationIssue): FastifyReply {
  return sendJson(reply, 422, { detail: [issue] })
}

/**
 * The 409 of a busy session: `detail` for old clients, who speaks and what to do about it for new ones. Without a turn
 * where it ended, or another server holds it, before it could be described.
 */
export function sendBusy(reply: FastifyReply, activeTurn: ActiveTurn | undefined): FastifyReply {
  const body = activeTurn ? turnActiveBody(activeTurn, reply.request.id) : { detail: TURN_ACTIVE_DETAIL }
  return sendJson(reply, 409, body)
}

/** The error handler of GAIA's routes. What is our fault is logged once, here, with the request's id. */
export function answerGaiaError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof JsonBodyError && error.code === 'not_utf8') {
    return sendDetail(reply, { status: 400, detail: error.message })
  }
  const issues = issuesOf(error)
  if (issues) return sendJson(reply, 422, { detail: issues })
  const facts = problemOf(error)
  if (facts.status >= 500) request.log.error({ err: error }, 'a request failed')
  return sendDetail(reply, facts)
}

function issuesOf(error: FastifyError | Error): readonly ValidationIssue[] | undefined {
  const code = 'code' in error ? error.code : undefined
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'not_json') {
    return [{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error' }]
  }
  if (error instanceof JsonBodyError) return [{ type: 'json_invalid', loc: ['body'], msg: error.message }]
  if (!hasZodFastifySchemaValidationErrors(error)) return undefined
  const part = PARTS[error.validationContext ?? 'body'] ?? 'body'
  return error.validation.map(({ keyword, instancePath, message = 'Input is not valid', params }) => {
    const loc = [part, ...instancePath.split('/').filter(Boolean).map(locStep)]
    if (message.endsWith('received undefined')) return { type: 'missing', loc, msg: 'Field required' }
    return { type: issueType(keyword, params), loc, msg: message }
  })
}

function issueType(keyword: string, params: object): string {
  if (keyword === 'invalid_type' && 'expected' in params) return `${params.expected}_type`
  return ISSUE_TYPES[keyword] ?? 'value_error'
}

function locStep(step: string): string | number {
  return /^\d+$/.test(step) ? Number(step) : step
}

/** Past the route's own serializer, which knows the answer of success only. */
function sendJson(reply: FastifyReply, status: number, body: object): FastifyReply {
  return reply.code(status).type('application/json').serializer(JSON.stringify).send(body)
}
