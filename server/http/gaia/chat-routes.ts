import type { SessionId } from '../../../protocol/ids.ts'
import type { TurnOutcome } from '../../../protocol/turn.ts'
import type { SessionStore } from '../../sessions/session-store.ts'
import { type ConchServer, clientIdOf, type HttpParts } from '../http-parts.ts'
import { readIdempotencyKey } from '../idempotency.ts'
import { cursorOf } from '../sse.ts'
import { refuseSend, sendKeyIssue, sendStreaming, sendWaiting } from './chat-send.ts'
import { type Refusal, sendDetail } from './gaia-errors.ts'
import {
  activeSessionsSchema,
  cancelledSchema,
  confirmToolBodySchema,
  sendBodySchema,
  sentSchema,
  sessionRefSchema,
} from './gaia-schemas.ts'
import { sendTurn, TOO_MANY_STREAMS, takeStreamPlace } from './gaia-stream.ts'

const NO_CHAT: Refusal = { status: 404, detail: 'No active chat session found for this session ID' }
const NO_RUN: Refusal = { status: 404, detail: 'No active run for this session.' }
const NO_CONFIRMATION: Refusal = { status: 404, detail: 'No tool is waiting for a confirmation in this session' }

/** GAIA's chat: the same turns as those of the native API, spoken about in its words. */
export function chatRoutes(server: ConchServer, parts: HttpParts): void {
  server.post(
    '/api/chat/send',
    { schema: { body: sendBodySchema, response: { 200: sentSchema } } },
    async (request, reply) => {
      const { body } = request
      const key = readIdempotencyKey(request, { message: body.message })
      if (key.status === 'invalid') return sendKeyIssue(reply, key.message)
      const refusal = await refuseSend(parts, body)
      if (refusal) return sendDetail(reply, refusal)
      // I1: whether the session is free is not asked here. `engine.start` claims and refuses in one statement, streaming or
      // not, so that nothing can come between the check and the act.
      const exchange = { request, reply, body, idempotency: key.status === 'given' ? key.idempotency : undefined }
      return body.stream ? await sendStreaming(parts, exchange) : await sendWaiting(parts, exchange)
    },
  )

  server.get('/api/chat/active', { schema: { response: { 200: activeSessionsSchema } } }, async () => ({
    session_ids: parts.engine.activeTurns(null).map((active) => active.session_id),
  }))

  stoppingRoutes(server, parts)
  attachRoute(server, parts)
}

function stoppingRoutes(server: ConchServer, { engine, sessionStore }: HttpParts): void {
  server.post(
    '/api/chat/cancel',
    { schema: { body: sessionRefSchema, response: { 200: cancelledSchema } } },
    async (request, reply) => {
      const { session_id: sessionId } = request.body
      const activeTurn = engine.activeTurn(sessionId, null)
      const turn = activeTurn && (await engine.cancel(activeTurn.turn_id))
      // A second click often comes when the first has taken effect already: its answer is the same (F16).
      const outcome = turn ? turn.outcome : await lastOutcome(sessionStore, sessionId)
      const isCancelled = turn?.outcome === null || outcome?.status === 'cancelled'
      return isCancelled ? { status: 'ok' as const, cancelled: true as const } : sendDetail(reply, NO_CHAT)
    },
  )

  server.post('/api/chat/confirm-tool', { schema: { body: confirmToolBodySchema } }, async (request, reply) => {
    const isRunning = engine.activeTurn(request.body.session_id, null) !== undefined
    return sendDetail(reply, isRunning ? NO_CONFIRMATION : NO_CHAT)
  })
}

function attachRoute(server: ConchServer, parts: HttpParts): void {
  // No HEAD: its answer would stay open without ever saying anything.
  const options = { exposeHeadRoute: false, schema: { querystring: sessionRefSchema } }
  server.get('/api/chat/attach', options, async (request, reply) => {
    const activeTurn = parts.engine.activeTurn(request.query.session_id, clientIdOf(request))
    const turn = activeTurn && (await parts.engine.readTurn(activeTurn.turn_id))
    if (!turn) return sendDetail(reply, NO_RUN)
    using place = takeStreamPlace(parts, request, reply)
    if (!place) return sendDetail(reply, TOO_MANY_STREAMS)
    const stream = place.open()
    // A cursor that is not of this turn counts as none: the reader gets the turn from its first entry (F3).
    const cursor = cursorOf(request.headers['last-event-id'], undefined)
    const isOfTurn = cursor >= turn.first_seq && cursor <= activeTurn.last_seq
    const resumeAfter = isOfTurn ? cursor : 0
    if (stream) await sendTurn(parts, stream, { turn, resumeAfter, log: request.log })
    return reply
  })
}

async function lastOutcome(store: SessionStore, sessionId: SessionId): Promise<TurnOutcome | null | undefined> {
  const page = await store.readTranscript({ sessionId, limit: 1, before: undefined })
  return page?.messages.at(-1)?.outcome
}
