import type { SessionId } from '../../../protocol/ids.ts'
import type { Message } from '../../../protocol/message.ts'
import { exportMarkdown } from '../../sessions/export.ts'
import type { SessionStore } from '../../sessions/session-store.ts'
import { type ConchServer, type HttpParts, sessionParamsSchema } from '../http-parts.ts'
import { SESSION_NOT_FOUND } from '../problem.ts'
import { sendDetail } from './gaia-errors.ts'
import { describeGaiaMessage } from './gaia-message.ts'
import { exportQuerySchema, exportSchema } from './gaia-schemas.ts'
import { describeGaiaSession } from './gaia-session.ts'

const PAGE_SIZE = 1_000
const MAX_SHOWN_FORMAT_LENGTH = 64

/** A session to take away. */
export function exportRoutes(server: ConchServer, { sessionStore }: HttpParts): void {
  server.get(
    '/api/sessions/:id/export',
    { schema: { params: sessionParamsSchema, querystring: exportQuerySchema, response: { 200: exportSchema } } },
    async (request, reply) => {
      const { format } = request.query
      if (format !== 'markdown' && format !== 'json') {
        return sendDetail(reply, {
          status: 400,
          detail: `Unsupported format: ${format.slice(0, MAX_SHOWN_FORMAT_LENGTH)}`,
        })
      }
      const record = await sessionStore.readSession(request.params.id)
      if (!record) return sendDetail(reply, SESSION_NOT_FOUND)
      const session = describeGaiaSession(record)
      const messages = await readMessages(sessionStore, record.id)
      reply.header('content-disposition', 'attachment') // what people and models wrote is data, never a page
      if (format === 'markdown') return { format: 'markdown' as const, content: exportMarkdown(session, messages) }
      return {
        format: 'json' as const,
        session,
        messages: messages.map((message) => describeGaiaMessage(message, record.id)),
      }
    },
  )
}

/** All messages, page by page, with room for other requests between the pages. */
async function readMessages(store: SessionStore, sessionId: SessionId): Promise<Message[]> {
  const messages: Message[] = []
  for (;;) {
    const page = await store.listMessages(sessionId, { limit: PAGE_SIZE, offset: messages.length })
    messages.push(...page.messages)
    if (page.messages.length < PAGE_SIZE) return messages
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
