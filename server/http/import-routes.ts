import { sessionSchema } from '../../protocol/session.ts'
import { sessionFileSchema } from '../sessions/session-file.ts'
import { describeSession } from '../sessions/sessions.ts'
import type { ConchServer, HttpParts } from './http-parts.ts'
import { MANY_JSON_KEYS } from './json-body.ts'
import { sendProblem } from './problem.ts'

/** A file with ten thousand messages of a usual length. */
const MAX_FILE_BYTES = 16 * 1024 * 1024

/** A session that comes back from a file. It is a new one: what exists is never touched by it (row 113). */
export function importRoutes(server: ConchServer, { sessions, sessionLimit }: HttpParts): void {
  server.post(
    '/api/sessions/import',
    {
      bodyLimit: MAX_FILE_BYTES,
      config: { maxJsonKeys: MANY_JSON_KEYS },
      schema: { body: sessionFileSchema, response: { 201: sessionSchema } },
    },
    async (request, reply) => {
      const limited = sessionLimit.take()
      if (limited) return sendProblem(reply, limited)
      const { session, messages } = request.body
      const said = messages.map(({ created_at: createdAt, ...message }) => ({ ...message, createdAt }))
      const record = await sessions.create({ title: session.title }, said)
      return reply.code(201).send(describeSession(record))
    },
  )
}
