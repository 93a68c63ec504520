import { z } from 'zod'
import type { ConchServer } from '../http-parts.ts'

const diskAgentsSchema = z.object({ agents: z.array(z.never()), total: z.literal(0) })
const catalogSchema = z.object({ agents: z.array(z.never()), offline: z.literal(true), cached_at: z.null() })

/** Agents that people bring themselves, and the place to get more. Conch takes none (S17) and asks nobody on the internet for any. */
export function agentCatalogRoutes(server: ConchServer): void {
  server.get('/api/agents/disk', { schema: { response: { 200: diskAgentsSchema } } }, async () => ({
    agents: [],
    total: 0 as const,
  }))

  server.get('/api/agents/catalog', { schema: { response: { 200: catalogSchema } } }, async () => ({
    agents: [],
    offline: true as const,
    cached_at: null,
  }))
}
