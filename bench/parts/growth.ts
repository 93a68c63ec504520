import type { SeedSize } from '../harness/seed.ts'
import type { Stage } from '../harness/stage.ts'
import type { Chart, PartResult, Table } from '../report/part-result.ts'
import { showNumber } from '../report/show-figure.ts'
import { measureVitals, VITAL_NAMES, type Vitals, WORKING_SESSIONS } from './vitals.ts'

/** What becomes slower or larger as sessions, or the messages of one session, grow tenfold and tenfold again. */

interface GrowthPoint {
  readonly size: number
  readonly databaseMb: number
  readonly vitals: Vitals
}

const VITALS = Object.keys(VITAL_NAMES) as (keyof Vitals)[]

export async function measureSessionGrowth(stage: Stage): Promise<PartResult> {
  const points: GrowthPoint[] = []
  for (const size of stage.plan.growth.sessions) {
    // All over the place: what one request warms up must not help the next.
    const sessionOf = (n: number) => WORKING_SESSIONS + 1 + ((n * 7_919) % size)
    points.push(await measurePoint(stage, { size, seed: { sessions: size, turnsEach: 1 }, sessionOf }))
  }
  return resultOf(points, { file: 'growth-sessions', what: 'sessions, of one turn each' })
}

export async function measureMessageGrowth(stage: Stage): Promise<PartResult> {
  const points: GrowthPoint[] = []
  for (const size of stage.plan.growth.messages) {
    const sessionOf = () => WORKING_SESSIONS + 1
    points.push(await measurePoint(stage, { size, seed: { sessions: 1, turnsEach: size / 2 }, sessionOf }))
  }
  return resultOf(points, { file: 'growth-messages', what: 'messages in one session' })
}

async function measurePoint(
  stage: Stage,
  wanted: { readonly size: number; readonly seed: SeedSize; readonly sessionOf: (n: number) => number },
): Promise<GrowthPoint> {
  const { size, seed, sessionOf } = wanted
  using dataDir = stage.createDataDir()
  dataDir.seed({ sessions: WORKING_SESSIONS, turnsEach: 0 })
  dataDir.seed(seed)
  const { databaseMb } = dataDir
  const vitals = await measureVitals(stage, { dataDir: dataDir.path, sessionOf })
  stage.say(`at ${size.toLocaleString('en-US')}: ready in ${showNumber(vitals.readyMs)} ms`)
  return { size, databaseMb, vitals }
}

function resultOf(points: readonly GrowthPoint[], { file, what }: { file: string; what: string }): PartResult {
  const table: Table = {
    title: `Growth with the number of ${what}`,
    head: ['', ...points.map(({ size }) => size.toLocaleString('en-US'))],
    rows: [
      ...VITALS.map((vital) => [VITAL_NAMES[vital], ...points.map(({ vitals }) => showNumber(vitals[vital]))]),
      ['database, MB', ...points.map(({ databaseMb }) => showNumber(databaseMb))],
    ],
  }
  const chart: Chart = {
    file,
    title: `Growth with the number of ${what}`,
    kind: 'lines',
    unit: '× the first',
    xTitle: what,
    x: points.map(({ size }) => size),
    series: VITALS.map((vital) => ({
      name: VITAL_NAMES[vital].replace(/, (p50 )?(ms|MB|µs)$/, ''),
      values: points.map(({ vitals }) => vitals[vital] / (points[0]?.vitals[vital] || 1)),
    })),
  }
  return {
    goals: [],
    tables: [table],
    charts: [chart],
    figures: points.map((point) => ({ ...point, vitals: { ...point.vitals } })),
  }
}
