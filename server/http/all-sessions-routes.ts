import { Readable } from 'node:stream'
import { z } from 'zod'
import { sessionIdSchema } from '../../protocol/ids.ts'
import { allSessionsSchema } from '../../protocol/session.ts'
import { type ExportSources, exportSession } from './gaia/session-export.ts'
import type { ConchServer, HttpParts } from './http-parts.ts'
import { type ProblemFacts, sendProblem } from './problem.ts'

const deletedSchema = z.object({ deleted: z.array(sessionIdSchema) })

const TURN_ACTIVE: ProblemFacts = {
  status: 409,
  code: 'turn_active',
  detail: 'An answer is being written. Wait for it or stop it, then delete everything. Nothing was deleted.',
}
const SESSIONS_CHANGED: ProblemFacts = {
  status: 409,
  code: 'sessions_changed',
  detail: 'There is more or less to delete than was shown. Look again. Nothing was deleted.',
}

/** All sessions at once: to take away, and to delete. */
export function allSessionsRoutes(server: ConchServer, { sessions, sessionStore, images }: HttpParts): void {
  server.get('/api/sessions/export', async (_request, reply) => {
    reply.header('content-disposition', 'attachment; filename="conch-sessions.json"')
    return reply.type('application/json').send(Readable.from(exportAll({ sessionStore, images })))
  })

  server.post(
    '/api/sessions/delete-all',
    { schema: { body: allSessionsSchema, response: { 200: deletedSchema } } },
    async (request, reply) => {
      const result = await sessions.deleteAll(request.body)
      switch (result.status) {
        case 'deleted':
          return { deleted: [...result.ids] }
        case 'turn_active':
          return sendProblem(reply, TURN_ACTIVE)
        case 'changed_meanwhile':
          return sendProblem(reply, SESSIONS_CHANGED)
      }
    },
  )
}

/**
 * One session after the other, so that never more than one is held in memory. Private sessions are left out, as the screen
 * promises where it marks them, and so is what is deleted meanwhile.
 */
async function* exportAll(sources: ExportSources): AsyncGenerator<string> {
  const { sessionStore: store } = sources
  const { sessions } = await store.listSessions({ limit: Number.MAX_SAFE_INTEGER, offset: 0 })
  yield '{"format":"json","sessions":['
  let separator = ''
  for (const { id } of sessions) {
    const record = await store.readSession(id)
    if (!record || record.private) continue
    yield separator + JSON.stringify(await exportSession(sources, record))
    separator = ','
  }
  yield ']}'
}
