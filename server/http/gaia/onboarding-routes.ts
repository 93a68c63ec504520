import { statfs } from 'node:fs/promises'
import { arch, platform, totalmem } from 'node:os'
import type { ConchServer, HttpParts } from '../http-parts.ts'
import { completeOnboardingBodySchema, onboardingSchema, type Preflight, preflightSchema } from './gaia-schemas.ts'
import { gaiaTime } from './gaia-time.ts'
import { inGb } from './system-status.ts'

const REQUIRED_DISK_GB = 6
const REQUIRED_MEMORY_GB = 8
const RECOMMENDED_MODEL = 'Qwen3-4B-GGUF'

/** The first minutes of GAIA's clients: what the machine is, and whether a person is through with being shown around. */
export function onboardingRoutes(server: ConchServer, parts: HttpParts): void {
  const { settings, clock } = parts
  const describe = () => {
    const done = settings.values.onboarding
    return { initialized: done !== null, skipped: done?.skipped ?? false, completed_at: done?.completedAt ?? null }
  }

  server.get('/api/onboarding/preflight', { schema: { response: { 200: preflightSchema } } }, () =>
    lookAtMachine(parts),
  )

  server.get('/api/onboarding/status', { schema: { response: { 200: onboardingSchema } } }, async () => describe())

  server.post(
    '/api/onboarding/complete',
    { schema: { body: completeOnboardingBodySchema, response: { 200: onboardingSchema } } },
    async (request) => {
      const completedAt = gaiaTime(clock.nowMs())
      await settings.change({ onboarding: { completedAt, skipped: request.body?.skipped ?? false } })
      return describe()
    },
  )
}

/** Nothing here keeps anybody from going on: Conch itself runs on less, and the model may be on another machine. */
async function lookAtMachine({ models, dataDir }: HttpParts): Promise<Preflight> {
  const { choice } = models.describe()
  const ramGb = inGb(totalmem())
  const { bavail, bsize } = await statfs(dataDir)
  const diskGb = inGb(bavail * bsize)
  const warnings = [
    ...(ramGb < REQUIRED_MEMORY_GB
      ? [`A model of its own wants ${REQUIRED_MEMORY_GB} GB of memory; there are ${ramGb}.`]
      : []),
    ...(diskGb < REQUIRED_DISK_GB
      ? [`A model of its own wants ${REQUIRED_DISK_GB} GB of disk; ${diskGb} are free.`]
      : []),
    ...(choice.next_step ? [choice.next_step.text] : []),
  ]
  return {
    os: platform(),
    detected_platform: `${platform()}-${arch()}`,
    ram_gb: ramGb,
    disk_free_gb: diskGb,
    npu_detected: false,
    gpu_name: null,
    gpu_vram_gb: null,
    lemonade_running: !choice.practice && choice.state !== 'refused' && choice.state !== 'timed_out',
    tier: ramGb >= 32 ? 'high' : ramGb >= 16 ? 'medium' : 'low',
    recommended_profile: 'chat',
    recommended_model: choice.practice ? RECOMMENDED_MODEL : models.model.name,
    required_disk_gb: REQUIRED_DISK_GB,
    required_memory_gb: REQUIRED_MEMORY_GB,
    compatible: true,
    blockers: [],
    warnings,
  }
}
