import { type ConchServer, type HttpParts, sessionParamsSchema } from '../http-parts.ts'
import { SESSION_NOT_FOUND } from '../problem.ts'
import { DOCUMENT_NOT_FOUND, sendDetail } from './gaia-errors.ts'
import { attachDocumentBodySchema, detachedSchema, documentParamsSchema } from './gaia-schemas.ts'

/** The documents of a session. There are none yet: whatever is to be attached is not found. */
export function sessionDocumentRoutes(server: ConchServer, { turnStore }: HttpParts): void {
  server.post(
    '/api/sessions/:id/documents',
    { schema: { params: sessionParamsSchema, body: attachDocumentBodySchema } },
    async (request, reply) => {
      const isKnown = await turnStore.sessionExists(request.params.id)
      return sendDetail(reply, isKnown ? DOCUMENT_NOT_FOUND : SESSION_NOT_FOUND)
    },
  )

  // The answer is the same for a session or a document that does not exist: nothing is attached afterwards.
  server.delete(
    '/api/sessions/:id/documents/:document',
    { schema: { params: documentParamsSchema, response: { 200: detachedSchema } } },
    async () => ({ detached: true as const }),
  )
}
