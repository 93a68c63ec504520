import { z } from 'zod'
import { clientOf } from './admitted-request.ts'
import type { ConchServer, HttpParts } from './http-parts.ts'
import { sendProblem } from './problem.ts'

/** A fresh one-time code for another browser (D10). Only the holder of the token may ask, so that a page cannot. */
export function linkRoutes(server: ConchServer, { codes }: HttpParts): void {
  server.post(
    '/api/link',
    { schema: { response: { 201: z.object({ code: z.string() }) } } },
    async (request, reply) => {
      if (clientOf(request.raw).kind === 'browser') {
        return sendProblem(reply, { status: 403, code: 'forbidden', detail: 'Run `npm start -- link` to get a link.' })
      }
      return reply.code(201).send({ code: codes.issue() })
    },
  )
}
