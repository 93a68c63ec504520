import type { ConchServer, HttpParts } from '../http-parts.ts'
import { activationRoutes } from './activation-routes.ts'
import { chatRoutes } from './chat-routes.ts'
import { exportRoutes } from './export-routes.ts'
import { answerGaiaError } from './gaia-errors.ts'
import { messageRoutes } from './message-routes.ts'
import { sessionDocumentRoutes } from './session-document-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { systemRoutes } from './system-routes.ts'

/**
 * The HTTP API of GAIA's Agent UI: a translation at the edge, on the same engine and the same sessions as the native API (D8).
 * `server` must be a scope of its own, because errors take GAIA's form in all of it.
 */
export function gaiaRoutes(server: ConchServer, parts: HttpParts): void {
  server.setErrorHandler(answerGaiaError)
  chatRoutes(server, parts)
  sessionRoutes(server, parts)
  messageRoutes(server, parts)
  activationRoutes(server, parts)
  sessionDocumentRoutes(server, parts)
  exportRoutes(server, parts)
  systemRoutes(server, parts)
}
