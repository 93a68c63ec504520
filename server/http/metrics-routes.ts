import type { FastifyRequest } from 'fastify'
import { isLoopback } from './access/admission-policy.ts'
import { clientOf } from './admitted-request.ts'
import type { ConchServer } from './http-parts.ts'
import type { Metrics } from './metrics.ts'
import { type ProblemFacts, sendProblem } from './problem.ts'
import { API_HEADERS } from './security-headers.ts'

const FROM_AFAR: ProblemFacts = {
  status: 401,
  code: 'unauthorized',
  detail: 'Figures are for programs on this machine, or with the access token.',
  headers: { ...API_HEADERS, 'www-authenticate': 'Bearer realm="conch"' },
}

/** By these a proxy tells of itself: the peer is then not who asks. */
const PROXY_HEADERS: readonly string[] = [
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
]

/** `GET /metrics`. Outside `/api`, because that is where Prometheus looks; the guard therefore asks for no credential, and we do. */
export function metricsRoutes(server: ConchServer, metrics: Metrics): void {
  server.get('/metrics', async (request, reply) => {
    if (!mayRead(request)) return sendProblem(reply, FROM_AFAR)
    return reply.headers({ ...API_HEADERS, 'content-type': metrics.contentType }).send(await metrics.render())
  })
}

function mayRead({ raw }: FastifyRequest): boolean {
  if (clientOf(raw).kind !== 'anonymous') return true
  const names = Object.keys(raw.headers)
  const cameByProxy = names.some((name) => PROXY_HEADERS.includes(name) || name.startsWith('x-forwarded-'))
  return !cameByProxy && isLoopback(raw.socket.remoteAddress ?? '')
}
