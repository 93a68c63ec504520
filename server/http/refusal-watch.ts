import { problemCodeSchema } from '../../protocol/problem.ts'
import type { ConchServer } from './http-parts.ts'
import type { Metrics } from './metrics.ts'

/** The code of a compatible route's refusal, whose body names none. */
const CODES_BY_STATUS: Readonly<Record<number, string>> = {
  404: 'not_found',
  409: 'turn_active',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'server_busy',
  500: 'internal',
  503: 'storage_unavailable',
  507: 'storage_unavailable',
}

const PROBLEM_CODES: ReadonlySet<string> = new Set(problemCodeSchema.options)

/**
 * Counts what routes refuse, and logs what was not the client's fault with the place where it happened. Must be called before
 * any route is added. What the guard refuses reaches no route and is counted there.
 */
export function watchRefusals(server: ConchServer, metrics: Metrics): void {
  server.addHook('preSerialization', (...[request, reply, payload, done]) => {
    const { statusCode } = reply
    if (statusCode >= 400) {
      const code = codeOf(payload, statusCode)
      metrics.countRefusal(statusCode, code)
      if (statusCode >= 500) {
        // The pattern and not the URL: a query may hold what is nobody's business.
        const facts = { method: request.method, route: request.routeOptions.url ?? null, status: statusCode, code }
        request.log.error(facts, 'a request was answered with an error of the server')
      }
    }
    done(null, payload)
  })
}

function codeOf(payload: unknown, status: number): string {
  const code = typeof payload === 'object' && payload !== null && 'code' in payload ? payload.code : undefined
  return typeof code === 'string' && PROBLEM_CODES.has(code) ? code : (CODES_BY_STATUS[status] ?? 'invalid_request')
}
