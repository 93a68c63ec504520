import { ConchServer } from '../harness/conch-server.ts'
import { sessionId } from '../harness/seed.ts'
import type { Stage } from '../harness/stage.ts'
import { type SampleSummary, spreadOf } from '../harness/statistics.ts'
import { atMost } from '../report/goal.ts'
import type { PartResult } from '../report/part-result.ts'
import { showSpread } from '../report/show-figure.ts'

/** Opening one very long session: its transcript as the web app asks for it, one page further up, and its stream. */

const REQUESTS = 30
const GAP_MS = 10

export async function measureLongSession(stage: Stage): Promise<PartResult> {
  const { longSession, rounds: count } = stage.plan
  using dataDir = stage.createDataDir()
  dataDir.seed({ sessions: 1, turnsEach: longSession / 2 })
  await using conch = await ConchServer.start({ dataDir: dataDir.path, modelUrl: stage.modelUrl })
  const session = `${conch.url}/api/sessions/${sessionId(1)}`
  const cold = await timeGets(stage, `${session}/transcript`, 1)
  const rounds: { newest: SampleSummary; middle: SampleSummary; largest: SampleSummary }[] = []
  for (let round = 0; round < count; round += 1) {
    await stage.quiet(conch.pid)
    rounds.push({
      newest: await timeGets(stage, `${session}/transcript`),
      middle: await timeGets(stage, `${session}/transcript?before=${longSession / 2}`),
      largest: await timeGets(stage, `${session}/transcript?limit=500`),
    })
  }
  const p50 = (of: 'newest' | 'middle' | 'largest') => spreadOf(rounds.map((round) => round[of].p50Ms))
  const messages = longSession.toLocaleString('en-US')
  return {
    goals: [
      atMost({ what: `a session of ${messages} messages opens, p50`, limit: 300, unit: 'ms', spread: p50('newest') }),
    ],
    tables: [
      {
        title: `A session of ${messages} messages, ms`,
        head: ['request', 'measured'],
        rows: [
          ['transcript, the very first request to this server', showSpread(spreadOf([cold.p50Ms]))],
          ['transcript, newest 100 messages, p50', showSpread(p50('newest'))],
          ['100 messages from the middle, p50', showSpread(p50('middle'))],
          ['newest 500 messages, p50', showSpread(p50('largest'))],
        ],
      },
    ],
    charts: [],
    figures: {
      cold: { ...cold },
      rounds: rounds.map((round) => ({
        newest: { ...round.newest },
        middle: { ...round.middle },
        largest: { ...round.largest },
      })),
    },
  }
}

export function timeGets(stage: Stage, url: string, count = REQUESTS): Promise<SampleSummary> {
  const requests = Array.from({ length: count }, () => ({ url }))
  return stage.load.ask('timeRequests', { requests, gapMs: GAP_MS, status: 200 })
}
