import { ConchServer } from '../harness/conch-server.ts'
import { sessionId } from '../harness/seed.ts'
import type { Stage } from '../harness/stage.ts'
import { spreadOf } from '../harness/statistics.ts'
import { timeGets } from './long-session.ts'
import { killAndRestart, measureStart } from './process-life.ts'
import { measureTokens } from './token-window.ts'
import { measureTurns } from './turn-rate.ts'
import { timeArrivals } from './turn-start.ts'

/** One figure for each thing that could grow with what a server keeps. */
export interface Vitals {
  readonly readyMs: number
  readonly idleMb: number
  readonly acceptingMs: number
  readonly listMs: number
  readonly transcriptMs: number
  readonly startMs: number
  readonly tokenUs: number
  readonly turnUs: number
}

/** As tables and pictures name them. */
export const VITAL_NAMES: Readonly<Record<keyof Vitals, string>> = {
  readyMs: 'start to ready, ms',
  idleMb: 'idle memory, MB',
  acceptingMs: 'kill -9 → accepting, ms',
  listMs: 'first page of sessions, p50 ms',
  transcriptMs: 'transcript, p50 ms',
  startMs: 'POST → request at the model, p50 ms',
  tokenUs: 'CPU per token, 50 streams, µs',
  turnUs: 'CPU per turn, µs',
}

export interface VitalsWanted {
  readonly dataDir: string
  /** The session that the `n`th request goes to. */
  readonly sessionOf: (n: number) => number
}

/** The first sessions of the directory, without messages: streams and turns use them. */
export const WORKING_SESSIONS = 400
const STREAMS = 50

export async function measureVitals(stage: Stage, { dataDir, sessionOf }: VitalsWanted): Promise<Vitals> {
  const starts = []
  for (let n = 0; n < Math.min(3, stage.plan.starts); n += 1) starts.push(await measureStart(stage, dataDir))
  const running = await measureRunning(stage, { dataDir, sessionOf })
  const { acceptingMs } = await killAndRestart(stage, dataDir)
  return {
    readyMs: spreadOf(starts.map((start) => start.readyMs)).median,
    idleMb: spreadOf(starts.map((start) => start.idleMb)).median,
    acceptingMs,
    ...running,
  }
}

async function measureRunning(stage: Stage, { dataDir, sessionOf }: VitalsWanted) {
  await using conch = await ConchServer.start({ dataDir, modelUrl: stage.modelUrl })
  const streams = { target: 'conch', url: conch.url, pid: conch.pid, streams: STREAMS } as const
  await measureTokens(stage, { ...streams, firstSession: 1 })
  const tokens = []
  for (let round = 1; round <= Math.min(3, stage.plan.rounds); round += 1) {
    tokens.push(await measureTokens(stage, { ...streams, firstSession: round * STREAMS + 1 }))
  }
  const sessions = `${conch.url}/api/sessions`
  const { p50Ms: listMs } = await timeGets(stage, `${sessions}?limit=50`)
  const { p50Ms: transcriptMs } = await timeGets(stage, `${sessions}/${sessionId(sessionOf(0))}/transcript`)
  const { p50Ms: startMs } = await timeArrivals(stage, Math.min(100, stage.plan.requests), (n, text) => ({
    url: `${sessions}/${sessionId(sessionOf(n))}/turns`,
    body: { message: text },
  }))
  await measureTurns(stage, conch, { clients: 8, sessions: WORKING_SESSIONS })
  const turns = await measureTurns(stage, conch, { clients: 8, sessions: WORKING_SESSIONS })
  const tokenUs = spreadOf(tokens.map((measure) => measure.cpuUsEach)).median
  return { listMs, transcriptMs, startMs, tokenUs, turnUs: turns.cpuUsEach }
}
