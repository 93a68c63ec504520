import Fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { allSessionsRoutes } from './all-sessions-routes.ts'
import { apiDescriptionRoutes, watchRoutes } from './api-description/api-description-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { gaiaRoutes } from './gaia/gaia-routes.ts'
import { MAX_TARGET_LENGTH } from './guard.ts'
import { type GuardOptions, guarded } from './guarded-server.ts'
import { readinessRoutes } from './health.ts'
import type { ConchServer, HttpParts } from './http-parts.ts'
import { imageRoutes } from './image-routes.ts'
import { importRoutes } from './import-routes.ts'
import { readJsonStrictly } from './json-body.ts'
import { linkRoutes } from './link-routes.ts'
import type { Metrics } from './metrics.ts'
import { metricsRoutes } from './metrics-routes.ts'
import { modelRoutes } from './model-routes.ts'
import { answerError, ROUTE_NOT_FOUND, sendProblem } from './problem.ts'
import { queueRoutes } from './queue-routes.ts'
import { watchRefusals } from './refusal-watch.ts'
import { requestLogs } from './request-log.ts'
import { searchRoutes } from './search-routes.ts'
import { sharedStreamRoutes } from './shared-stream-routes.ts'
import { registerWebApp } from './static-files.ts'
import { turnRoutes } from './turn-routes.ts'

/** Room for the longest message with every character escaped. */
const MAX_BODY_BYTES = 2 * 1024 * 1024

/** The HTTP server with all its routes behind the guard, ready to listen. */
export async function createHttpServer(options: {
  readonly log: FastifyBaseLogger
  readonly guard: GuardOptions
  readonly webAppDir: string
  readonly http: HttpParts
  readonly metrics: Metrics
}): Promise<ConchServer> {
  const { http, metrics } = options
  const server = Fastify({
    loggerInstance: options.log,
    childLoggerFactory: requestLogs,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    // The guard limits the whole target: an id that is too long to be one is not found, like any other.
    routerOptions: { maxParamLength: MAX_TARGET_LENGTH },
    ...guarded({ ...options.guard, onRefused: ({ httpStatus, code }) => metrics.countRefusal(httpStatus, code) }),
  }).withTypeProvider<ZodTypeProvider>()
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  server.setErrorHandler(answerError)
  server.setNotFoundHandler((_request, reply) => sendProblem(reply, ROUTE_NOT_FOUND))
  readJsonStrictly(server)
  watchRefusals(server, metrics)
  await watchRoutes(server)
  turnRoutes(server, http)
  queueRoutes(server, http)
  importRoutes(server, http)
  imageRoutes(server, http)
  allSessionsRoutes(server, http)
  searchRoutes(server, http)
  eventRoutes(server, http)
  sharedStreamRoutes(server, http)
  modelRoutes(server, http)
  linkRoutes(server, http)
  readinessRoutes(server, http.readiness)
  metricsRoutes(server, metrics)
  apiDescriptionRoutes(server, http)
  await server.register(async (scope) => gaiaRoutes(scope.withTypeProvider<ZodTypeProvider>(), http))
  await registerWebApp(server, { distDir: options.webAppDir })
  await server.ready()
  return server
}
