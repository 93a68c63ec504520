import type { FastifyReply, FastifyRequest } from 'fastify'
import { messageIdSchema, type SessionId } from '../../../protocol/ids.ts'
import type { RemoveResult } from '../../sessions/session-store.ts'
import { type ConchServer, clientIdOf, type HttpParts, sessionParamsSchema } from '../http-parts.ts'
import { MESSAGE_NOT_FOUND, SESSION_NOT_FOUND } from '../problem.ts'
import { sendBusy, sendDetail } from './gaia-errors.ts'
import { describeGaiaMessage } from './gaia-message.ts'
import {
  deletedCountSchema,
  deletedSchema,
  messagePageSchema,
  messageParamsSchema,
  messagesQuerySchema,
} from './gaia-schemas.ts'

/** 10,000 messages may be asked for, each of megabytes: a shorter page and the `total` tell of the rest (R15). */
export const MESSAGE_PAGE_BYTES = 8 * 1024 * 1024

/** A session's messages: the page of them, oldest first, and removing some. */
export function messageRoutes(server: ConchServer, parts: HttpParts): void {
  const { sessionStore, turnStore } = parts

  server.get(
    '/api/sessions/:id/messages',
    {
      schema: { params: sessionParamsSchema, querystring: messagesQuerySchema, response: { 200: messagePageSchema } },
    },
    async (request, reply) => {
      const sessionId = request.params.id
      if (!(await turnStore.sessionExists(sessionId))) return sendDetail(reply, SESSION_NOT_FOUND)
      const page = await sessionStore.listMessages(sessionId, { ...request.query, maxBytes: MESSAGE_PAGE_BYTES })
      const messages = page.messages.map((message) => describeGaiaMessage(message, sessionId))
      return { messages, total: page.total }
    },
  )

  server.delete(
    '/api/sessions/:id/messages/:message',
    { schema: { params: messageParamsSchema, response: { 200: deletedSchema } } },
    async (request, reply) => {
      const removed = await removeMessages(parts, { request, reply, ...request.params, andBelow: false })
      return removed ? { deleted: true as const } : reply
    },
  )

  server.delete(
    '/api/sessions/:id/messages/:message/and-below',
    { schema: { params: messageParamsSchema, response: { 200: deletedCountSchema } } },
    async (request, reply) => {
      const removed = await removeMessages(parts, { request, reply, ...request.params, andBelow: true })
      return removed ? { deleted: true as const, count: removed.messageIds.length } : reply
    },
  )
}

interface Removal {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly id: SessionId
  readonly message: string
  readonly andBelow: boolean
}

/** Undefined where nothing was removed and the refusal is sent. */
async function removeMessages(
  { engine, sessions, turnStore }: HttpParts,
  { request, reply, id: sessionId, message, andBelow }: Removal,
): Promise<Extract<RemoveResult, { status: 'removed' }> | undefined> {
  const messageId = messageIdSchema.safeParse(Number(message))
  if (!messageId.success) {
    const isKnown = await turnStore.sessionExists(sessionId)
    sendDetail(reply, isKnown ? MESSAGE_NOT_FOUND : SESSION_NOT_FOUND)
    return undefined
  }
  const result = await sessions.removeMessages({ sessionId, messageId: messageId.data, andBelow })
  switch (result.status) {
    case 'removed':
      return result
    case 'turn_active':
      sendBusy(reply, engine.activeTurn(sessionId, clientIdOf(request)))
      return undefined
    case 'session_not_found':
      sendDetail(reply, SESSION_NOT_FOUND)
      return undefined
    case 'message_not_found':
      sendDetail(reply, MESSAGE_NOT_FOUND)
      return undefined
  }
}
