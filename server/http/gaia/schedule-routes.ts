import { z } from 'zod'
import type { ConchServer } from '../http-parts.ts'

const schedulesSchema = z.object({ schedules: z.array(z.never()), total: z.literal(0) })

/** What is to be asked again and again. Conch starts nothing by itself yet: there are no schedules. */
export function scheduleRoutes(server: ConchServer): void {
  server.get('/api/schedules', { schema: { response: { 200: schedulesSchema } } }, async () => ({
    schedules: [],
    total: 0 as const,
  }))
}
