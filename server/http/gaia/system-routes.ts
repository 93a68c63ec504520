import { statfs } from 'node:fs/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { ConchServer, HttpParts } from '../http-parts.ts'
import { degradedHealthSchema, healthSchema, systemStatusSchema, systemTasksSchema } from './gaia-schemas.ts'
import { describeSystem, describeTasks, inGb } from './system-status.ts'

/** Every open window asks every few seconds; the disk need not be. */
const DISK_FIGURE_AGE_MS = 5_000
/** Clients look for this name. */
const SERVICE = 'gaia-agent-ui' as const

/** Signs of life, and what the server and its machine are. Both are polled, so both are cheap. */
export function systemRoutes(server: ConchServer, parts: HttpParts): void {
  const healthAnswers = { 200: healthSchema, 503: degradedHealthSchema }
  server.get('/api/health', { schema: { response: healthAnswers } }, async (_request, reply) => {
    const { damage } = parts.readiness
    if (damage) return reply.code(503).send({ status: 'degraded', service: SERVICE, detail: damage.detail })
    const { sessions, messages } = await parts.sessionStore.countRows()
    return {
      status: 'ok' as const,
      service: SERVICE,
      stats: { sessions, messages, documents: 0, total_chunks: 0, total_size_bytes: 0 },
    }
  })

  const disk = new DiskFigure(parts)
  server.get('/api/system/status', { schema: { response: { 200: systemStatusSchema } } }, async (request) =>
    describeSystem({ ...parts, diskSpaceGb: await disk.freeGb(request.log) }),
  )

  server.get('/api/system/tasks', { schema: { response: { 200: systemTasksSchema } } }, async () => ({
    tasks: describeTasks(parts.models),
  }))
}

/** Free space where the data lies, looked up at most every few seconds. */
class DiskFigure {
  readonly #parts: Pick<HttpParts, 'dataDir' | 'clock'>
  #readAtMs = Number.NEGATIVE_INFINITY
  #freeGb = 0

  constructor(parts: Pick<HttpParts, 'dataDir' | 'clock'>) {
    this.#parts = parts
  }

  /** A disk that cannot be asked leaves the last figure: the status is answered in any case. */
  async freeGb(log: FastifyBaseLogger): Promise<number> {
    const nowMs = this.#parts.clock.monotonicMs()
    if (nowMs - this.#readAtMs < DISK_FIGURE_AGE_MS) return this.#freeGb
    this.#readAtMs = nowMs
    try {
      const { bavail, bsize } = await statfs(this.#parts.dataDir)
      this.#freeGb = inGb(bavail * bsize)
    } catch (error) {
      log.warn({ err: error }, 'the free space of the data directory could not be read')
    }
    return this.#freeGb
  }
}
