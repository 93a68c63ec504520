import { z } from 'zod'
import type { ConchServer } from '../http-parts.ts'

const connectorsSchema = z.object({ connectors: z.array(z.never()) })

/** Accounts elsewhere that an agent may use. Conch connects to none yet. */
export function connectorRoutes(server: ConchServer): void {
  server.get('/api/connectors', { schema: { response: { 200: connectorsSchema } } }, async () => ({ connectors: [] }))
}
