import { setTimeout as sleep } from 'node:timers/promises'
import { ConchServer } from '../harness/conch-server.ts'
import { readUsage } from '../harness/process-usage.ts'
import { sessionId } from '../harness/seed.ts'
import type { Stage } from '../harness/stage.ts'
import { spreadOf } from '../harness/statistics.ts'
import { atMost } from '../report/goal.ts'
import type { PartResult } from '../report/part-result.ts'
import { showNumber } from '../report/show-figure.ts'
import { measureTokens, type TokensMeasure } from './token-window.ts'

/** Readers of sessions in which nothing happens: their memory, and what they cost the sessions in which something does. */

interface FollowersResult {
  readonly followers: number
  readonly kbEach: number
  readonly openMs: number
  /** Of one core, with nothing but the comments that keep connections alive. */
  readonly idleCorePercent: number
  readonly tokens: TokensMeasure
}

const IDLE_MS = 20_000
/** Streams that run beside the idle ones. */
const BUSY_STREAMS = 20

export async function measureFollowers(stage: Stage): Promise<PartResult> {
  const results: FollowersResult[] = []
  for (const followers of stage.plan.followers) {
    const result = await measureCount(stage, followers)
    results.push(result)
    stage.say(`${followers} idle followers: ${showNumber(result.kbEach)} KB each`)
  }
  const most = results.at(-1)
  return {
    goals: most
      ? [
          atMost({
            what: `${most.followers.toLocaleString('en-US')} idle followers, each`,
            limit: 25,
            unit: 'KB',
            spread: spreadOf([most.kbEach]),
          }),
        ]
      : [],
    tables: [
      {
        title: `Idle followers, each of a session of its own; beside them ${BUSY_STREAMS} streams`,
        head: [
          'followers',
          'KB each (RSS)',
          'all opened in, ms',
          'CPU when idle, % of a core',
          'token p50, ms',
          'token p99, ms',
          'CPU per token, µs',
        ],
        rows: results.map(({ followers, kbEach, openMs, idleCorePercent, tokens }) => [
          followers.toLocaleString('en-US'),
          ...[kbEach, openMs, idleCorePercent, tokens.p50Ms, tokens.p99Ms, tokens.cpuUsEach].map(showNumber),
        ]),
      },
    ],
    charts: [],
    figures: results.map((result) => ({ ...result, tokens: { ...result.tokens } })),
  }
}

async function measureCount(stage: Stage, followers: number): Promise<FollowersResult> {
  using dataDir = stage.createDataDir()
  dataDir.seed({ sessions: followers + 3 * BUSY_STREAMS, turnsEach: 1 })
  await using conch = await ConchServer.start({ dataDir: dataDir.path, modelUrl: stage.modelUrl })
  const busy = { target: 'conch', url: conch.url, pid: conch.pid, streams: BUSY_STREAMS } as const
  await measureTokens(stage, { ...busy, firstSession: followers + 1 }) // warms up: what a first use takes is nobody's memory
  const before = readUsage(conch.pid)
  const startedMs = performance.now()
  const sessionIds = Array.from({ length: followers }, (_, n) => sessionId(n + 1))
  await stage.load.ask('openFollowers', { url: conch.url, sessionIds })
  const openMs = performance.now() - startedMs
  const idle = await watchIdling(stage, conch.pid)
  const tokens = await measureTokens(stage, { ...busy, firstSession: followers + BUSY_STREAMS + 1 })
  await stage.load.ask('closeFollowers')
  return {
    followers,
    kbEach: (idle.rssBytes - before.rssBytes) / 1000 / followers,
    openMs,
    idleCorePercent: idle.corePercent,
    tokens,
  }
}

/** The memory at its lowest: garbage of the opening is no part of what a follower costs. */
async function watchIdling(stage: Stage, pid: number): Promise<{ rssBytes: number; corePercent: number }> {
  const idleMs = stage.plan.isQuick ? 500 : IDLE_MS
  const first = readUsage(pid)
  await sleep(idleMs / 2)
  const middle = readUsage(pid)
  await sleep(idleMs / 2)
  const last = readUsage(pid)
  return {
    rssBytes: Math.min(first.rssBytes, middle.rssBytes, last.rssBytes),
    corePercent: ((last.cpuUs - middle.cpuUs) / (idleMs * 500)) * 100,
  }
}
