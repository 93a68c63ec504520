import { z } from 'zod'
import type { ConchServer } from '../http-parts.ts'

const documentListSchema = z.object({
  documents: z.array(z.never()),
  total: z.literal(0),
  total_size_bytes: z.literal(0),
  total_chunks: z.literal(0),
})
const monitorStatusSchema = z.object({
  running: z.literal(false),
  interval_seconds: z.number(),
  reindexing: z.array(z.never()),
})

/** GAIA's clients look after files that changed this often. Nothing does so here, which `running` says. */
const MONITOR_INTERVAL_S = 30

/** The library of documents. Conch has none yet: it is empty, and nothing can be added. */
export function documentRoutes(server: ConchServer): void {
  server.get('/api/documents', { schema: { response: { 200: documentListSchema } } }, async () => ({
    documents: [],
    total: 0 as const,
    total_size_bytes: 0 as const,
    total_chunks: 0 as const,
  }))

  server.get('/api/documents/monitor/status', { schema: { response: { 200: monitorStatusSchema } } }, async () => ({
    running: false as const,
    interval_seconds: MONITOR_INTERVAL_S,
    reindexing: [],
  }))
}
