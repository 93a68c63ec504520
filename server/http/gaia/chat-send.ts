import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TurnOutcome } from '../../../protocol/turn.ts'
import type { Idempotency } from '../../turns/idempotency.ts'
import type { StartResult } from '../../turns/turn-command.ts'
import { clientIdOf, type HttpParts, holderOf } from '../http-parts.ts'
import { KEY_REUSED, PLAIN_REFUSALS, SESSION_NOT_FOUND } from '../problem.ts'
import { followTurn, type TurnPlace } from './follow-turn.ts'
import { OWNER_CHANGED, type Refusal, sendBusy, sendDetail, sendIssue } from './gaia-errors.ts'
import type { SendBody } from './gaia-schemas.ts'
import { sendTurn, TOO_MANY_STREAMS, takeStreamPlace } from './gaia-stream.ts'
import { CANCELLED_CONTENT } from './gaia-translator.ts'
import { refuseUnknownNames } from './unknown-names.ts'

const EMAIL_NEEDS_STREAM: Refusal = {
  status: 400,
  detail: 'Email chat requires streaming (stream=true); non-streaming email chat is not supported.',
}

export interface SendExchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly body: SendBody
  readonly idempotency: Idempotency | undefined
}

/** What can be refused without looking at the session's turn. Nothing has been written (I4). */
export async function refuseSend({ turnStore }: HttpParts, body: SendBody): Promise<Refusal | undefined> {
  if (body.agent_type === 'email' && !body.stream) return EMAIL_NEEDS_STREAM
  const refusal = refuseUnknownNames(body)
  if (!refusal) return undefined
  return (await turnStore.sessionExists(body.session_id)) ? refusal : SESSION_NOT_FOUND
}

/** The turn as a stream. A client without room for one is refused before the turn is claimed. */
export async function sendStreaming(parts: HttpParts, exchange: SendExchange): Promise<FastifyReply> {
  const { request, reply } = exchange
  using place = takeStreamPlace(parts, request, reply)
  if (!place) return await refuseStream(parts, exchange)
  const result = await startTurn(parts, exchange)
  if (result.status !== 'accepted') return sendRefusal(reply, result)
  const stream = place.open(repeatHeaders(result))
  if (stream) await sendTurn(parts, stream, { turn: result.turn, resumeAfter: 0, log: request.log })
  return reply
}

/** The same turn, followed to its end (D8). */
export async function sendWaiting(parts: HttpParts, exchange: SendExchange) {
  const { reply } = exchange
  const result = await startTurn(parts, exchange)
  if (result.status !== 'accepted') return sendRefusal(reply, result)
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const end = await readEnd(parts, result.turn, gone.signal)
  if (end.status === 'gone') return reply.hijack()
  if (end.status === 'session_deleted') return sendDetail(reply, SESSION_NOT_FOUND)
  if (end.status === 'owner_changed') return sendDetail(reply, OWNER_CHANGED)
  const { content, outcome } = end
  const sources: never[] = []
  reply.headers(repeatHeaders(result))
  return { message_id: result.turn.assistant_message_id, content, sources, tokens: null, outcome }
}

function startTurn({ engine }: HttpParts, { request, body, idempotency }: SendExchange): Promise<StartResult> {
  return engine.start({
    sessionId: body.session_id,
    message: body.message,
    holder: holderOf(request),
    clientId: clientIdOf(request),
    onBusy: 'reject',
    idempotency,
  })
}

function repeatHeaders({ repeated }: Extract<StartResult, { status: 'accepted' }>): Record<string, string> {
  return repeated ? { 'idempotency-replayed': 'true' } : {}
}

function sendRefusal(reply: FastifyReply, result: Exclude<StartResult, { status: 'accepted' }>): FastifyReply {
  switch (result.status) {
    case 'turn_active':
      return sendBusy(reply, result.activeTurn)
    case 'key_reused':
    case 'queued': // Only the native API asks for these three, so that a key which answers so is not this send's.
    case 'queue_full':
    case 'stale_view':
      return sendKeyIssue(reply, KEY_REUSED.detail)
    default:
      return sendDetail(reply, PLAIN_REFUSALS[result.status])
  }
}

/** The 422 of an idempotency key that is none, or that was used for another message. */
export function sendKeyIssue(reply: FastifyReply, msg: string): FastifyReply {
  return sendIssue(reply, { type: 'value_error', loc: ['header', 'Idempotency-Key'], msg })
}

/** Whoever is refused anyway hears of the session first: 404 and 409 go before 429. */
async function refuseStream(parts: HttpParts, { request, reply, body }: SendExchange): Promise<FastifyReply> {
  if (!(await parts.turnStore.sessionExists(body.session_id))) return sendDetail(reply, SESSION_NOT_FOUND)
  const activeTurn = parts.engine.activeTurn(body.session_id, clientIdOf(request))
  return activeTurn ? sendBusy(reply, activeTurn) : sendDetail(reply, TOO_MANY_STREAMS)
}

type SeenEnd =
  | { readonly status: 'ended'; readonly content: string; readonly outcome: TurnOutcome }
  | { readonly status: 'session_deleted' }
  | { readonly status: 'owner_changed' }
  | { readonly status: 'gone' }

/** How the turn ended; `gone` where the client did not wait for it, which changes nothing about the turn. */
async function readEnd(parts: HttpParts, turn: TurnPlace, signal: AbortSignal): Promise<SeenEnd> {
  for await (const item of followTurn(parts, turn, signal)) {
    if (item.kind === 'session_deleted') return { status: 'session_deleted' }
    if (item.kind === 'owner_changed') return { status: 'owner_changed' }
    const last = item.entries.at(-1)
    if (last?.type !== 'turn.ended') continue
    const { outcome, content } = last.data
    return { status: 'ended', outcome, content: shownContent(outcome, content) }
  }
  return { status: 'gone' }
}

/** What old clients show as the answer. A failure is a sentence for people here; it is not stored as an answer. */
function shownContent(outcome: TurnOutcome, content: string): string {
  switch (outcome.status) {
    case 'completed':
      return content
    case 'cancelled':
      return content || CANCELLED_CONTENT
    case 'failed':
    case 'interrupted':
      return outcome.message
  }
}
