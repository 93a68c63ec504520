import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ConchServer } from '../harness/conch-server.ts'
import type { Stage } from '../harness/stage.ts'
import type { Table } from '../report/part-result.ts'
import { finishStreams, openStreams } from './token-window.ts'

/** Where the time goes at 200 streams: V8's own profile of each thread. The profiler costs, so no figure is taken here. */

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

export async function profileStreams(stage: Stage): Promise<readonly Table[]> {
  const folder = mkdtempSync(join(tmpdir(), 'conch-profile-'))
  try {
    using dataDir = stage.createDataDir()
    dataDir.seed({ sessions: STREAMS, turnsEach: 0 })
    const nodeFlags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=250']
    await using conch = await ConchServer.start({ dataDir: dataDir.path, modelUrl: stage.modelUrl, nodeFlags })
    await openStreams(stage, { target: 'conch', url: conch.url, pid: conch.pid, streams: STREAMS, firstSession: 1 })
    await sleep(4 * (stage.plan.settleMs + stage.plan.windowMs))
    await finishStreams(stage)
    await conch.end('SIGTERM')
    const profiles = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    return profiles.map((profile, nth) => topOf(profile, nth))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function topOf(text: string, nth: number): Table {
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
    title: `Thread ${nth + 1}: ${Math.round(busyUs / 1000)} ms busy at ${STREAMS} streams`,
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
