import type { FastifyReply, FastifyRequest } from 'fastify'
import type { MessageId } from '../../protocol/ids.ts'
import { queuedSchema } from '../../protocol/queue.ts'
import {
  branchBodySchema,
  showAlternativeBodySchema,
  shownAlternativeSchema,
  startTurnBodySchema,
} from '../../protocol/requests.ts'
import { sessionSchema } from '../../protocol/session.ts'
import { cancelledSendSchema, turnSchema } from '../../protocol/turn.ts'
import { findImages } from '../sessions/session-images.ts'
import { describeSession } from '../sessions/sessions.ts'
import { describeQueue } from '../turns/message-queues.ts'
import type { StartResult } from '../turns/turn-command.ts'
import {
  type ConchServer,
  clientIdOf,
  type HttpParts,
  holderOf,
  sessionParamsSchema,
  turnParamsSchema,
} from './http-parts.ts'
import { readIdempotencyKey } from './idempotency.ts'
import {
  IMAGE_NOT_FOUND,
  IMAGES_NOT_TAKEN,
  invalidKey,
  PLAIN_REFUSALS,
  SESSION_NOT_FOUND,
  sendProblem,
  sendStaleView,
  sendTurnActive,
  TURN_NOT_FOUND,
} from './problem.ts'

/** Starting, reading and stopping turns; choosing among them, and going on from one elsewhere. */
export function turnRoutes(server: ConchServer, parts: HttpParts): void {
  startRoute(server, parts)
  cancelSendRoute(server, parts)
  oneTurnRoutes(server, parts)
  alternativeRoute(server, parts)
  branchRoute(server, parts)
}

function startRoute(server: ConchServer, { engine, sessions, images: files, models }: HttpParts): void {
  server.post(
    '/api/sessions/:id/turns',
    {
      schema: {
        params: sessionParamsSchema,
        body: startTurnBodySchema,
        response: { 201: turnSchema, 202: queuedSchema },
      },
    },
    async (request, reply) => {
      const { message, replaces, on_busy, expected_seq, images: ids } = request.body
      // What a client has seen belongs to the attempt, not to what is sent: a repeat may have seen more.
      const key = readIdempotencyKey(request, { message, replaces, on_busy, images: ids })
      if (key.status === 'invalid') return sendProblem(reply, invalidKey(key.message))
      const command = {
        sessionId: request.params.id,
        message: wordsOf(message, replaces),
        replaces,
        holder: holderOf(request),
        clientId: clientIdOf(request),
        onBusy: on_busy,
        idempotency: key.status === 'given' ? key.idempotency : undefined,
        expectedSeq: expected_seq,
      }
      const hasImages = ids !== undefined && ids.length > 0
      if (hasImages && models.untold) await models.firstLook // just after a start nobody has asked what the model takes
      const images = ids && (await findImages(files, request.params.id, ids))
      const isTaken = !hasImages || models.takesImages
      if (!isTaken || (ids && !images)) {
        // I12: a send that was taken stays what it was, whatever has become of the model and of the images.
        const repeat = await engine.answers.find(command)
        return repeat
          ? answerSend(request, reply, repeat)
          : sendProblem(reply, isTaken ? IMAGE_NOT_FOUND : IMAGES_NOT_TAKEN)
      }
      // I1: nothing is checked here. `start` claims and refuses in one statement, so this handler has no gap to race in.
      const result = await engine.start({ ...command, images })
      const isSent = (result.status === 'accepted' || result.status === 'queued') && !result.repeated
      if (isSent && images) sessions.noteSentImages(command.sessionId, images)
      return answerSend(request, reply, result)
    },
  )
}

/** Null: those of the message that is replaced. Images may have none. */
function wordsOf(message: string | undefined, replaces: MessageId | undefined): string | null {
  if (message === undefined) return replaces === undefined ? '' : null
  return message.trim() === '' ? '' : message
}

function cancelSendRoute(server: ConchServer, { engine }: HttpParts): void {
  server.post(
    '/api/sessions/:id/sends/cancel',
    { schema: { params: sessionParamsSchema, response: { 200: cancelledSendSchema } } },
    async (request, reply) => {
      const key = readIdempotencyKey(request, {})
      if (key.status === 'absent') return sendProblem(reply, invalidKey('Idempotency-Key must name the send'))
      if (key.status === 'invalid') return sendProblem(reply, invalidKey(key.message))
      const result = await engine.cancelSend(request.params.id, key.idempotency.key)
      return result.status === 'cancelled' ? { turn: result.turn } : sendProblem(reply, SESSION_NOT_FOUND)
    },
  )
}

function oneTurnRoutes(server: ConchServer, { engine }: HttpParts): void {
  server.get(
    '/api/turns/:id',
    { schema: { params: turnParamsSchema, response: { 200: turnSchema } } },
    async (request, reply) => {
      const turn = await engine.readTurn(request.params.id)
      return turn ?? sendProblem(reply, TURN_NOT_FOUND)
    },
  )

  server.post(
    '/api/turns/:id/cancel',
    { schema: { params: turnParamsSchema, response: { 200: turnSchema } } },
    async (request, reply) => {
      const turn = await engine.cancel(request.params.id)
      return turn ?? sendProblem(reply, TURN_NOT_FOUND)
    },
  )
}

function alternativeRoute(server: ConchServer, { engine, sessions, turnStore }: HttpParts): void {
  server.post(
    '/api/sessions/:id/alternative',
    {
      schema: {
        params: sessionParamsSchema,
        body: showAlternativeBodySchema,
        response: { 200: shownAlternativeSchema },
      },
    },
    async (request, reply) => {
      const sessionId = request.params.id
      const result = await turnStore.showAlternative({ sessionId, messageId: request.body.message_id })
      switch (result.status) {
        case 'shown':
          if (result.messageIds.length > 0) await sessions.tellChanged(sessionId)
          return { message_ids: [...result.messageIds] }
        case 'turn_active':
          return sendTurnActive(reply, engine.describeHolder(result.turn, clientIdOf(request)))
        default:
          return sendProblem(reply, PLAIN_REFUSALS[result.status])
      }
    },
  )
}

function branchRoute(server: ConchServer, { sessions, turnStore, sessionLimit }: HttpParts): void {
  server.post(
    '/api/sessions/:id/branch',
    { schema: { params: sessionParamsSchema, body: branchBodySchema, response: { 201: sessionSchema } } },
    async (request, reply) => {
      if (!(await turnStore.sessionExists(request.params.id))) return sendProblem(reply, SESSION_NOT_FOUND)
      const limited = sessionLimit.take()
      if (limited) return sendProblem(reply, limited)
      const branch = await sessions.branch(request.params.id, request.body.up_to_message_id)
      if (!branch) return sendProblem(reply, SESSION_NOT_FOUND)
      return reply.code(201).send(describeSession(branch))
    },
  )
}

function answerSend(request: FastifyRequest, reply: FastifyReply, result: StartResult): FastifyReply {
  switch (result.status) {
    case 'accepted':
      if (result.repeated) reply.header('idempotency-replayed', 'true')
      return reply.code(201).header('location', `/api/turns/${result.turn.turn_id}`).send(result.turn)
    case 'queued': {
      if (result.repeated) reply.header('idempotency-replayed', 'true')
      const { turnId: turn_id, position } = result
      return reply.code(202).send({ turn_id, position, queue: describeQueue(result.queue, clientIdOf(request)) })
    }
    case 'turn_active':
      return sendTurnActive(reply, result.activeTurn)
    case 'stale_view':
      return sendStaleView(reply, result)
    default:
      return sendProblem(reply, PLAIN_REFUSALS[result.status])
  }
}
