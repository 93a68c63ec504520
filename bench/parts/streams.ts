import { ConchServer } from '../harness/conch-server.ts'
import { HelperProcess } from '../harness/helper-process.ts'
import { TOKENS_PER_SECOND } from '../harness/plan.ts'
import { mostMeasurements, takeRounds } from '../harness/rounds.ts'
import type { Stage } from '../harness/stage.ts'
import { type Spread, spreadOf } from '../harness/statistics.ts'
import type { PipeAnswers } from '../pipe-process.ts'
import { atMost } from '../report/goal.ts'
import type { Chart, Goal, PartResult, Table } from '../report/part-result.ts'
import { showNumber, showSpread } from '../report/show-figure.ts'
import { measureTokens, type TokensMeasure } from './token-window.ts'

/**
 * What a token costs on its way through the server, against a pipe of the same bytes. For each load both servers are
 * started anew, warmed up, and then measured in turns.
 */

interface Round {
  readonly pipe: TokensMeasure
  readonly conch: TokensMeasure
}

interface LoadResult {
  readonly streams: number
  readonly rounds: readonly Round[]
}

/** The load that the goals are about. */
const MAIN_LOAD = 200

export async function measureStreams(stage: Stage): Promise<PartResult> {
  const loads: LoadResult[] = []
  for (const streams of stage.plan.streamCounts) loads.push(await measureLoad(stage, streams))
  return {
    goals: goalsOf(loads),
    tables: [costTable(loads), latencyTable(loads), memoryTable(loads)],
    charts: chartsOf(loads),
    figures: loads.map(({ streams, rounds }) => ({
      streams,
      rounds: rounds.map(({ pipe, conch }) => ({ pipe: { ...pipe }, conch: { ...conch } })),
    })),
  }
}

async function measureLoad(stage: Stage, streams: number): Promise<LoadResult> {
  using dataDir = stage.createDataDir()
  dataDir.seed({ sessions: streams * mostMeasurements(stage.plan), turnsEach: 0 })
  await using conch = await ConchServer.start({ dataDir: dataDir.path, modelUrl: stage.modelUrl })
  await using pipe = new HelperProcess<PipeAnswers>('pipe-process.ts')
  const pipeUrl = await pipe.ask('listen', { modelUrl: stage.modelUrl })
  const measureRound = async (round: number): Promise<Round> => {
    const load = { streams, firstSession: round * streams + 1 }
    const limit = { ...load, target: 'pipe', url: pipeUrl, pid: pipe.pid, others: [conch.pid] } as const
    const ours = { ...load, target: 'conch', url: conch.url, pid: conch.pid, others: [pipe.pid] } as const
    const taken = { pipe: await measureTokens(stage, limit), conch: await measureTokens(stage, ours) }
    const [pipeUs, conchUs] = [showNumber(taken.pipe.cpuUsEach), showNumber(taken.conch.cpuUsEach)]
    stage.say(
      `${streams} streams, ${round === 0 ? 'warm-up' : `round ${round}`}: ${conchUs} µs a token, the pipe ${pipeUs}`,
    )
    return taken
  }
  return { streams, rounds: await takeRounds(stage.plan, measureRound, neighbourCoresOf) }
}

function neighbourCoresOf({ pipe, conch }: Round): number {
  return Math.max(pipe.neighbourCores, conch.neighbourCores)
}

function over(rounds: readonly Round[], figure: (round: Round) => number): Spread {
  return spreadOf(rounds.map(figure))
}

/** Each round of ours against the limit's round just before it. */
function ratioOf(rounds: readonly Round[]): Spread {
  return over(rounds, ({ pipe, conch }) => conch.cpuUsEach / pipe.cpuUsEach)
}

function addedP50(rounds: readonly Round[]): Spread {
  return over(rounds, ({ pipe, conch }) => conch.p50Ms - pipe.p50Ms)
}

function addedP99(rounds: readonly Round[]): Spread {
  return over(rounds, ({ pipe, conch }) => conch.p99Ms - pipe.p99Ms)
}

function goalsOf(loads: readonly LoadResult[]): Goal[] {
  const main = loads.find(({ streams }) => streams === MAIN_LOAD)
  if (!main) return []
  const where = `${MAIN_LOAD} streams × ${TOKENS_PER_SECOND} tokens/s`
  const ratio = ratioOf(main.rounds)
  const disk = over(main.rounds, ({ conch }) => conch.diskBytesEach)
  const p50 = addedP50(main.rounds)
  const p99 = addedP99(main.rounds)
  return [
    atMost({ what: `CPU per token, ${where}`, limit: 1.4, unit: '× the pipe', spread: ratio }),
    atMost({ what: `written to disk per token, ${where}`, limit: 1024, unit: 'bytes', spread: disk }),
    atMost({ what: `added latency p50, ${where}`, limit: 5, unit: 'ms', spread: p50 }),
    atMost({ what: `added latency p99, ${where}`, limit: 15, unit: 'ms', spread: p99 }),
  ]
}

function costTable(loads: readonly LoadResult[]): Table {
  return {
    title: 'CPU and disk per token',
    head: ['streams', 'pipe, µs', 'Conch, µs', 'ratio', 'disk, bytes', 'tokens/s', 'neighbours, cores'],
    rows: loads.map(({ streams, rounds }) => [
      String(streams),
      showSpread(over(rounds, ({ pipe }) => pipe.cpuUsEach)),
      showSpread(over(rounds, ({ conch }) => conch.cpuUsEach)),
      showSpread(ratioOf(rounds)),
      showSpread(over(rounds, ({ conch }) => conch.diskBytesEach)),
      showNumber(over(rounds, ({ conch }) => conch.perSecond).median),
      showNumber(over(rounds, neighbourCoresOf).median),
    ]),
  }
}

function latencyTable(loads: readonly LoadResult[]): Table {
  return {
    title: 'Latency of a token, model → client, ms',
    head: ['streams', 'pipe p50', 'Conch p50', 'added p50', 'pipe p99', 'Conch p99', 'added p99'],
    rows: loads.map(({ streams, rounds }) => [
      String(streams),
      showSpread(over(rounds, ({ pipe }) => pipe.p50Ms)),
      showSpread(over(rounds, ({ conch }) => conch.p50Ms)),
      showSpread(addedP50(rounds)),
      showSpread(over(rounds, ({ pipe }) => pipe.p99Ms)),
      showSpread(over(rounds, ({ conch }) => conch.p99Ms)),
      showSpread(addedP99(rounds)),
    ]),
  }
}

function memoryTable(loads: readonly LoadResult[]): Table {
  const fewest = loads[0]
  const most = (rounds: readonly Round[], of: keyof Round) => over(rounds, (round) => round[of].rssMb).most
  const kbEach = ({ streams, rounds }: LoadResult, of: keyof Round) =>
    fewest && streams > fewest.streams
      ? showNumber(((most(rounds, of) - most(fewest.rounds, of)) * 1000) / (streams - fewest.streams))
      : ''
  return {
    title: `Memory while streaming, and bytes on the wire (KB each: over that of ${fewest?.streams ?? 0} streams)`,
    head: ['streams', 'pipe, MB', 'KB each', 'Conch, MB', 'KB each', 'pipe, bytes a token', 'Conch, bytes a token'],
    rows: loads.map((load) => [
      String(load.streams),
      showNumber(most(load.rounds, 'pipe')),
      kbEach(load, 'pipe'),
      showNumber(most(load.rounds, 'conch')),
      kbEach(load, 'conch'),
      showNumber(over(load.rounds, ({ pipe }) => pipe.bytesEach).median),
      showNumber(over(load.rounds, ({ conch }) => conch.bytesEach).median),
    ]),
  }
}

function chartsOf(loads: readonly LoadResult[]): Chart[] {
  const x = loads.map(({ streams }) => streams)
  const medians = (figure: (round: Round) => number) => loads.map(({ rounds }) => over(rounds, figure).median)
  return [
    {
      file: 'cpu-per-token',
      title: 'CPU per token',
      kind: 'bars',
      unit: 'µs',
      xTitle: `streams at ${TOKENS_PER_SECOND} tokens/s`,
      x,
      series: [
        { name: 'raw pipe', values: medians(({ pipe }) => pipe.cpuUsEach) },
        { name: 'Conch', values: medians(({ conch }) => conch.cpuUsEach) },
      ],
    },
    {
      file: 'latency',
      title: 'Latency of a token',
      kind: 'bars',
      unit: 'ms',
      xTitle: `streams at ${TOKENS_PER_SECOND} tokens/s`,
      x,
      series: [
        { name: 'raw pipe p50', values: medians(({ pipe }) => pipe.p50Ms) },
        { name: 'Conch p50', values: medians(({ conch }) => conch.p50Ms) },
        { name: 'raw pipe p99', values: medians(({ pipe }) => pipe.p99Ms) },
        { name: 'Conch p99', values: medians(({ conch }) => conch.p99Ms) },
      ],
    },
  ]
}
