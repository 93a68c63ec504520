import { statfs } from 'node:fs/promises'
import { cpus, freemem } from 'node:os'
import type { FastifyBaseLogger } from 'fastify'
import type { ConchServer, HttpParts, ModelStatus } from '../http-parts.ts'
import { healthSchema, type SystemStatus, systemStatusSchema } from './gaia-schemas.ts'

const BYTES_PER_GB = 1024 ** 3
/** Every open window asks every few seconds; the disk need not be. */
const DISK_FIGURE_AGE_MS = 5_000

/** Signs of life, and what the server and its machine are. Both are polled, so both are cheap. */
export function systemRoutes(server: ConchServer, parts: HttpParts): void {
  server.get('/api/health', { schema: { response: { 200: healthSchema } } }, async () => {
    const { sessions, messages } = await parts.sessionStore.countRows()
    return {
      status: 'ok' as const,
      service: 'gaia-agent-ui' as const, // clients look for this name
      stats: { sessions, messages, documents: 0, total_chunks: 0, total_size_bytes: 0 },
    }
  })

  const processorName = cpus()[0]?.model ?? null
  const disk = new DiskFigure(parts)
  server.get('/api/system/status', { schema: { response: { 200: systemStatusSchema } } }, async (request) =>
    describeSystem({
      model: parts.model,
      version: parts.version,
      processorName,
      diskSpaceGb: await disk.freeGb(request.log),
    }),
  )
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

/** What is not known is null; what GAIA's clients would warn about without reason is as they want it. */
function describeSystem(facts: {
  readonly model: ModelStatus
  readonly version: string
  readonly processorName: string | null
  readonly diskSpaceGb: number
}): SystemStatus {
  const { name, practice, baseUrl } = facts.model
  return {
    lemonade_running: baseUrl !== null,
    model_loaded: name,
    embedding_model_loaded: false,
    disk_space_gb: facts.diskSpaceGb,
    memory_available_gb: inGb(freemem()),
    initialized: true,
    version: facts.version,
    start_instruction: null,
    start_command: null,
    lemonade_version: null,
    model_size_gb: null,
    model_device: null,
    model_context_size: null,
    model_labels: null,
    gpu_name: null,
    gpu_vram_gb: null,
    tokens_per_second: null,
    time_to_first_token: null,
    processor_name: facts.processorName,
    device_supported: true,
    context_size_sufficient: true,
    model_downloaded: null,
    default_model_name: name,
    default_model_size_gb: null,
    lemonade_url: baseUrl === null ? '' : new URL(baseUrl).origin,
    expected_model_loaded: true,
    download_progress: null,
    init_state: 'ready',
    init_tasks: [],
    detected_devices: ['cpu'],
    active_profile: 'chat',
    practice_model: practice,
  }
}

function inGb(bytes: number): number {
  return Math.round((bytes / BYTES_PER_GB) * 10) / 10
}
