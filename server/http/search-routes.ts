import { searchPageSchema, searchQuerySchema } from '../../protocol/search.ts'
import { sessionSchema } from '../../protocol/session.ts'
import { wordsOf } from '../sessions/search-words.ts'
import { describeSession } from '../sessions/sessions.ts'
import { type ConchServer, type HttpParts, sessionParamsSchema } from './http-parts.ts'
import { SEARCH_BUSY, SESSION_NOT_FOUND, sendProblem } from './problem.ts'

/** Finding a session again: by what was said in it, and because somebody has pinned it. */
export function searchRoutes(server: ConchServer, { search, sessions }: HttpParts): void {
  server.get(
    '/api/search',
    { schema: { querystring: searchQuerySchema, response: { 200: searchPageSchema } } },
    async (request, reply) => {
      const { q, limit, before } = request.query
      const page = await search.find({ words: wordsOf(q), limit, before })
      return page === 'busy' ? sendProblem(reply, SEARCH_BUSY) : page
    },
  )

  for (const [method, isPinned] of [
    ['PUT', true],
    ['DELETE', false],
  ] as const) {
    server.route({
      method,
      url: '/api/sessions/:id/pin',
      schema: { params: sessionParamsSchema, response: { 200: sessionSchema } },
      handler: async (request, reply) => {
        const record = await sessions.pin(request.params.id, isPinned)
        return record ? describeSession(record) : sendProblem(reply, SESSION_NOT_FOUND)
      },
    })
  }
}
