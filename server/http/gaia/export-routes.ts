import { exportMarkdown } from '../../sessions/export.ts'
import { type ConchServer, type HttpParts, sessionParamsSchema } from '../http-parts.ts'
import { SESSION_NOT_FOUND } from '../problem.ts'
import { sendDetail } from './gaia-errors.ts'
import { exportQuerySchema, exportSchema } from './gaia-schemas.ts'
import { describeGaiaSession } from './gaia-session.ts'
import { exportSession, readMessages } from './session-export.ts'

const MAX_SHOWN_FORMAT_LENGTH = 64

/** A session to take away. */
export function exportRoutes(server: ConchServer, { sessionStore, images }: HttpParts): void {
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
      reply.header('content-disposition', 'attachment') // what people and models wrote is data, never a page
      if (format === 'json') return await exportSession({ sessionStore, images }, record)
      const messages = await readMessages(sessionStore, record.id)
      return { format: 'markdown' as const, content: exportMarkdown(describeGaiaSession(record), messages) }
    },
  )
}
