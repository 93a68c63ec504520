import { z } from 'zod'
import type { ConchServer } from '../http-parts.ts'

const memorySettingsSchema = z.object({
  memory_enabled: z.literal(false),
  mcp_memory_enabled: z.literal(false),
  system_discovery_consent: z.literal(false),
})

/** What is remembered from one session to the next. Conch remembers nothing yet: it is off, and nobody was asked. */
export function memoryRoutes(server: ConchServer): void {
  server.get('/api/memory/settings', { schema: { response: { 200: memorySettingsSchema } } }, async () => ({
    memory_enabled: false as const,
    mcp_memory_enabled: false as const,
    system_discovery_consent: false as const,
  }))
}
