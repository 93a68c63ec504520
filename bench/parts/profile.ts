import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ConchServer } from '../harness/conch-server.ts'
import type { Stage } from '../harness/stage.ts'
import type { Table } from '../report/part-result.ts'
import { openBusySession, startFlood } from './refusals.ts'
import { finishStreams, openStreams } from './token-window.ts'

/**
 * Where the time goes, at 200 streams and under a flood of refusals: V8's own profile of each thread. The profiler costs, so
 * no figure is taken here.
 */

const STREAMS = 200
const TOP = 10

const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
})

export async function profileHotPaths(stage: Stage): Promise<readonly Table[]> {
  return [
    ...(await profile(stage, `${STREAMS} streams`, makeStreamsBusy)),
    ...(await profile(stage, 'refusals', makeRefusalsBusy)),
  ]
}

type MakeBusy = (stage: Stage, conch: ConchServer) => Promise<void>

async function profile(stage: Stage, what: string, makeBusy: MakeBusy): Promise<readonly Table[]> {
  const folder = mkdtempSync(join(tmpdir(), 'conch-profile-'))
  try {
    using dataDir = stage.createDataDir()
    dataDir.seed({ sessions: STREAMS, turnsEach: 0 })
    const nodeFlags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=250']
    await using conch = await ConchServer.start({ dataDir: dataDir.path, modelUrl: stage.modelUrl, nodeFlags })
    await makeBusy(stage, conch)
    await conch.end('SIGTERM')
    const profiles = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    return profiles.map((text, nth) => topOf(text, `${what}, thread ${nth + 1}`))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function makeStreamsBusy(stage: Stage, { url, pid }: ConchServer): Promise<void> {
  await openStreams(stage, { target: 'conch', url, pid, streams: STREAMS, firstSession: 1 })
  await sleep(busyMs(stage))
  await finishStreams(stage)
}

async function makeRefusalsBusy(stage: Stage, conch: ConchServer): Promise<void> {
  await startFlood(stage, await openBusySession(stage, conch))
  await sleep(busyMs(stage))
  await stage.load.ask('stopRequests')
  await stage.model.ask('finishAll')
}

function busyMs({ plan }: Stage): number {
  return 4 * (plan.settleMs + plan.windowMs)
}

function topOf(text: string, what: string): Table {
  const { nodes, samples, timeDeltas } = profileSchema.parse(JSON.parse(text))
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const selfUs = new Map<string, number>()
  let busyUs = 0
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '(unknown)'
    const spentUs = timeDeltas[index] ?? 0
    selfUs.set(name, (selfUs.get(name) ?? 0) + spentUs)
    if (name !== '(idle)') busyUs += spentUs
  }
  selfUs.delete('(idle)')
  const top = [...selfUs].sort(([, a], [, b]) => b - a).slice(0, TOP)
  return {
    title: `${what}: ${Math.round(busyUs / 1000)} ms busy`,
    head: ['self, ms', 'share', 'where'],
    rows: top.map(([name, us]) => [String(Math.round(us / 1000)), `${((us / busyUs) * 100).toFixed(1)} %`, name]),
  }
}

function nameOf({
  functionName,
  url,
  lineNumber,
}: z.infer<typeof profileSchema>['nodes'][number]['callFrame']): string {
  const place = url === '' ? '' : ` ${url.replace(/^.*\/(?=(server|protocol|node_modules)\/)/, '')}:${lineNumber + 1}`
  return `${functionName || '(anonymous)'}${place}`
}
