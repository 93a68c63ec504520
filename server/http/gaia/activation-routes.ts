import { type ConchServer, type HttpParts, sessionParamsSchema } from '../http-parts.ts'
import { SESSION_NOT_FOUND } from '../problem.ts'
import { ActiveSessionFeed } from './active-session-feed.ts'
import { sendDetail } from './gaia-errors.ts'
import { activatedSchema } from './gaia-schemas.ts'
import { TOO_MANY_STREAMS, takeStreamPlace } from './gaia-stream.ts'

/** Making a session the one that every open window shows. */
export function activationRoutes(server: ConchServer, parts: HttpParts): void {
  const feed = new ActiveSessionFeed()

  server.post(
    '/api/sessions/:id/activate',
    { schema: { params: sessionParamsSchema, response: { 200: activatedSchema } } },
    async (request, reply) => {
      const sessionId = request.params.id
      if (!(await parts.turnStore.sessionExists(sessionId))) return sendDetail(reply, SESSION_NOT_FOUND)
      feed.announce(sessionId)
      return { activated: true as const, session_id: sessionId }
    },
  )

  // No HEAD: its answer would stay open without ever saying anything.
  server.get('/api/sessions/events', { exposeHeadRoute: false }, async (request, reply) => {
    using place = takeStreamPlace(parts, request, reply)
    if (!place) return sendDetail(reply, TOO_MANY_STREAMS)
    const stream = place.open()
    if (stream) feed.addStream(stream)
    return reply
  })
}
