import { setTimeout as sleep } from 'node:timers/promises'
import { ConchServer } from '../harness/conch-server.ts'
import { expectAnswer } from '../harness/json-request.ts'
import { monotonicUs } from '../harness/monotonic.ts'
import { readRssBytes } from '../harness/process-usage.ts'
import { ENTRIES_PER_TURN, sessionId } from '../harness/seed.ts'
import type { Stage } from '../harness/stage.ts'
import { spreadOf } from '../harness/statistics.ts'
import { atMost } from '../report/goal.ts'
import type { PartResult } from '../report/part-result.ts'
import { showNumber, showSpread } from '../report/show-figure.ts'
import { openStreams } from './token-window.ts'

/** Starting, being idle, and coming back after kill -9 on a long log with turns that were cut off. */

const TURNS_EACH = 50
const CUT_OFF_TURNS = 50
const IDLE_MS = 5_000

export interface StartMeasure {
  readonly readyMs: number
  readonly idleMb: number
}

export async function measureProcessLife(stage: Stage): Promise<PartResult> {
  const starts = await measureFreshStarts(stage)
  const recovery = await measureRecovery(stage)
  const readyMs = spreadOf(starts.map((start) => start.readyMs))
  const idleMb = spreadOf(starts.map((start) => start.idleMb))
  const acceptingMs = spreadOf(recovery.rounds.map((round) => round.acceptingMs))
  const entries = recovery.entries.toLocaleString('en-US')
  return {
    goals: [
      atMost({ what: 'node server/main.ts to ready', limit: 1_000, unit: 'ms', spread: readyMs }),
      atMost({ what: 'idle memory (RSS)', limit: 150, unit: 'MB', spread: idleMb }),
      atMost({ what: `kill -9 → accepting again, ${entries} entries`, limit: 2_000, unit: 'ms', spread: acceptingMs }),
    ],
    tables: [
      {
        title: 'Starting and coming back',
        head: ['what', 'measured'],
        rows: [
          ['start to ready, empty data directory, ms', showSpread(readyMs)],
          [`memory after ${IDLE_MS / 1000} s of idling, MB`, showSpread(idleMb)],
          [
            `kill -9 with ${CUT_OFF_TURNS} turns running, ${entries} entries in the log → ready, ms`,
            showSpread(spreadOf(recovery.rounds.map((round) => round.readyMs))),
          ],
          ['kill -9 → a turn accepted, ms', showSpread(acceptingMs)],
          ['size of that database, MB', showNumber(recovery.databaseMb)],
        ],
      },
    ],
    charts: [],
    figures: {
      starts: starts.map((start) => ({ ...start })),
      recovery: recovery.rounds.map((round) => ({ ...round })),
    },
  }
}

async function measureFreshStarts(stage: Stage): Promise<StartMeasure[]> {
  using dataDir = stage.createDataDir()
  const starts: StartMeasure[] = []
  for (let n = 0; n < stage.plan.starts; n += 1) {
    await stage.quiet()
    starts.push(await measureStart(stage, dataDir.path))
  }
  return starts
}

export async function measureStart(stage: Stage, dataDir: string): Promise<StartMeasure> {
  await using conch = await ConchServer.start({ dataDir, modelUrl: stage.modelUrl })
  await sleep(stage.plan.isQuick ? 0 : IDLE_MS)
  return { readyMs: conch.readyMs, idleMb: readRssBytes(conch.pid) / 1_000_000 }
}

interface RecoveryRound {
  readonly readyMs: number
  readonly acceptingMs: number
}

async function measureRecovery(stage: Stage) {
  using dataDir = stage.createDataDir()
  const sessions = Math.ceil(stage.plan.logEntries / ENTRIES_PER_TURN / TURNS_EACH)
  dataDir.seed({ sessions: Math.max(sessions, CUT_OFF_TURNS + 1), turnsEach: TURNS_EACH })
  const rounds: RecoveryRound[] = []
  for (let n = 0; n < stage.plan.starts; n += 1) {
    await stage.quiet()
    rounds.push(await killAndRestart(stage, dataDir.path))
  }
  return { rounds, entries: sessions * TURNS_EACH * ENTRIES_PER_TURN, databaseMb: dataDir.databaseMb }
}

/**
 * Kills a server in the middle of turns; how long until another one on the same directory takes a turn in a session beside
 * them. What was cut off goes on meanwhile and has ended when this returns, so that the next round finds its sessions free.
 */
export async function killAndRestart(stage: Stage, dataDir: string): Promise<RecoveryRound> {
  const victim = await ConchServer.start({ dataDir, modelUrl: stage.modelUrl })
  await openStreams(stage, {
    target: 'conch',
    url: victim.url,
    pid: victim.pid,
    streams: CUT_OFF_TURNS,
    firstSession: 1,
  })
  await sleep(stage.plan.settleMs)
  const killedUs = monotonicUs()
  await victim.end('SIGKILL')
  await stage.model.ask('behave', { kind: 'instant', tokens: 1 })
  await using heir = await ConchServer.start({ dataDir, modelUrl: stage.modelUrl })
  const readyMs = (monotonicUs() - killedUs) / 1000
  const free = sessionId(CUT_OFF_TURNS + 1)
  await expectAnswer({ url: `${heir.url}/api/sessions/${free}/turns`, body: { message: 'Are you back?' } }, 201)
  const acceptingMs = (monotonicUs() - killedUs) / 1000
  await heir.end('SIGTERM') // lets every turn come to its end
  return { readyMs, acceptingMs }
}
