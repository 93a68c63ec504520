import { z } from 'zod'
import type { ConchServer } from '../http-parts.ts'

const tunnelStatusSchema = z.object({
  active: z.literal(false),
  url: z.null(),
  token: z.null(),
  startedAt: z.null(),
  error: z.null(),
  publicIp: z.null(),
})

/** The way in from the internet. Conch has none (S7): it is never active, and cannot be started. */
export function tunnelRoutes(server: ConchServer): void {
  server.get('/api/tunnel/status', { schema: { response: { 200: tunnelStatusSchema } } }, async () => ({
    active: false as const,
    url: null,
    token: null,
    startedAt: null,
    error: null,
    publicIp: null,
  }))
}
