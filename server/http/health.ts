import { z } from 'zod'
import type { ConchServer } from './http-parts.ts'
import { sendProblem } from './problem.ts'
import type { Readiness } from './readiness.ts'

/** `GET /api/ready`, for whoever restarts or routes. */
export function readinessRoutes(server: ConchServer, readiness: Readiness): void {
  server.get(
    '/api/ready',
    { schema: { response: { 200: z.object({ status: z.literal('ready') }) } } },
    async (_request, reply) => {
      const problem = await readiness.problem()
      return problem ? sendProblem(reply, problem) : { status: 'ready' as const }
    },
  )
}
