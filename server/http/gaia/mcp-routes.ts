import { z } from 'zod'
import type { ConchServer } from '../http-parts.ts'

const serversSchema = z.object({ servers: z.array(z.never()) })
const agentServerSchema = z.object({
  running: z.literal(false),
  port: z.int(),
  pid: z.null(),
  url: z.null(),
})

/** Where GAIA's own tool server would listen. */
const AGENT_SERVER_PORT = 8765

/** Tool servers (MCP). Conch neither uses nor is one yet: there are none, and none runs. */
export function mcpRoutes(server: ConchServer): void {
  server.get('/api/mcp/servers', { schema: { response: { 200: serversSchema } } }, async () => ({ servers: [] }))

  server.get('/api/mcp/status', { schema: { response: { 200: serversSchema } } }, async () => ({ servers: [] }))

  server.get('/api/mcp/agent-server/status', { schema: { response: { 200: agentServerSchema } } }, async () => ({
    running: false as const,
    port: AGENT_SERVER_PORT,
    pid: null,
    url: null,
  }))
}
