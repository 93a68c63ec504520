import type { FastifyReply, FastifyRequest } from 'fastify'
import { queueSchema } from '../../protocol/queue.ts'
import { clearQueueQuerySchema, editQueuedBodySchema, queueRevisionSchema } from '../../protocol/requests.ts'
import { turnSchema } from '../../protocol/turn.ts'
import { describeQueue, type QueueAnswer } from '../turns/message-queues.ts'
import { type ConchServer, clientIdOf, type HttpParts, queuedParamsSchema, sessionParamsSchema } from './http-parts.ts'
import { PLAIN_REFUSALS, QUEUE_FULL, SESSION_NOT_FOUND, sendProblem, sendQueueProblem } from './problem.ts'

/** Reading and changing what waits in a session. */
export function queueRoutes(server: ConchServer, parts: HttpParts): void {
  wholeQueueRoutes(server, parts)
  queuedMessageRoutes(server, parts)
}

const ANSWER = { 200: queueSchema }

function wholeQueueRoutes(server: ConchServer, { engine }: HttpParts): void {
  server.get(
    '/api/sessions/:id/queue',
    { schema: { params: sessionParamsSchema, response: ANSWER } },
    async (request, reply) => {
      const queue = await engine.queues.read(request.params.id)
      return queue ? describeQueue(queue, clientIdOf(request)) : sendProblem(reply, SESSION_NOT_FOUND)
    },
  )

  server.delete(
    '/api/sessions/:id/queue',
    { schema: { params: sessionParamsSchema, querystring: clearQueueQuerySchema, response: ANSWER } },
    async (request, reply) => {
      const { revision } = request.query
      return answerChange(request, reply, await engine.changeQueue(request.params.id, { type: 'clear', revision }))
    },
  )

  for (const type of ['pause', 'resume'] as const) {
    server.post(
      `/api/sessions/:id/queue/${type}`,
      { schema: { params: sessionParamsSchema, body: queueRevisionSchema, response: ANSWER } },
      async (request, reply) => {
        const { revision } = request.body
        return answerChange(request, reply, await engine.changeQueue(request.params.id, { type, revision }))
      },
    )
  }
}

function queuedMessageRoutes(server: ConchServer, { engine }: HttpParts): void {
  server.patch(
    '/api/sessions/:id/queue/:turn',
    { schema: { params: queuedParamsSchema, body: editQueuedBodySchema, response: ANSWER } },
    async (request, reply) => {
      const { id, turn: turnId } = request.params
      const { message, before } = request.body
      const change = {
        type: 'edit' as const,
        turnId,
        ...(message !== undefined && { message }),
        ...(before !== undefined && { before }),
      }
      return answerChange(request, reply, await engine.changeQueue(id, change))
    },
  )

  server.delete(
    '/api/sessions/:id/queue/:turn',
    { schema: { params: queuedParamsSchema, response: ANSWER } },
    async (request, reply) => {
      const { id, turn: turnId } = request.params
      return answerChange(request, reply, await engine.changeQueue(id, { type: 'remove', turnId }))
    },
  )

  server.post(
    '/api/sessions/:id/queue/:turn/send-now',
    { schema: { params: queuedParamsSchema, response: { 201: turnSchema } } },
    async (request, reply) => {
      const { id: sessionId, turn: turnId } = request.params
      const result = await engine.sendNow({ sessionId, turnId })
      switch (result.status) {
        case 'accepted':
          return reply.code(201).header('location', `/api/turns/${result.turn.turn_id}`).send(result.turn)
        case 'not_queued':
        case 'queue_changed':
          return answerMissing(request, reply, result)
        default:
          return sendProblem(reply, PLAIN_REFUSALS[result.status])
      }
    },
  )
}

function answerChange(request: FastifyRequest, reply: FastifyReply, answer: QueueAnswer): FastifyReply {
  switch (answer.status) {
    case 'changed':
      return reply.send(describeQueue(answer.queue, clientIdOf(request)))
    case 'queue_full':
      return sendProblem(reply, QUEUE_FULL)
    case 'session_not_found':
      return sendProblem(reply, SESSION_NOT_FOUND)
    default:
      return answerMissing(request, reply, answer)
  }
}

function answerMissing(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, queue }: Extract<QueueAnswer, { status: 'queue_changed' | 'not_queued' }>,
): FastifyReply {
  const code = status === 'queue_changed' ? status : 'queued_message_not_found'
  return sendQueueProblem(reply, code, describeQueue(queue, clientIdOf(request)))
}
