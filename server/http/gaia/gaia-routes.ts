import type { ConchServer, HttpParts } from '../http-parts.ts'
import { activationRoutes } from './activation-routes.ts'
import { agentCatalogRoutes } from './agent-catalog-routes.ts'
import { agentRoutes } from './agent-routes.ts'
import { chatRoutes } from './chat-routes.ts'
import { connectorRoutes } from './connector-routes.ts'
import { documentRoutes } from './document-routes.ts'
import { exportRoutes } from './export-routes.ts'
import { answerGaiaError } from './gaia-errors.ts'
import { mcpRoutes } from './mcp-routes.ts'
import { memoryRoutes } from './memory-routes.ts'
import { messageRoutes } from './message-routes.ts'
import { modelLoadRoutes } from './model-load-routes.ts'
import { onboardingRoutes } from './onboarding-routes.ts'
import { scheduleRoutes } from './schedule-routes.ts'
import { sessionDocumentRoutes } from './session-document-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { settingsRoutes } from './settings-routes.ts'
import { systemRoutes } from './system-routes.ts'
import { tunnelRoutes } from './tunnel-routes.ts'

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
  settingsRoutes(server, parts)
  modelLoadRoutes(server, parts)
  onboardingRoutes(server, parts)
  agentRoutes(server)
  // What Conch does not have yet is said by empty lists, so that a client that asks at its start goes on.
  agentCatalogRoutes(server)
  documentRoutes(server)
  mcpRoutes(server)
  connectorRoutes(server)
  scheduleRoutes(server)
  memoryRoutes(server)
  tunnelRoutes(server)
}
