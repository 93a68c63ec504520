import { ConchServer } from '../harness/conch-server.ts'
import { HelperProcess } from '../harness/helper-process.ts'
import { mostMeasurements, takeRounds } from '../harness/rounds.ts'
import { sessionId } from '../harness/seed.ts'
import type { Stage } from '../harness/stage.ts'
import { type SampleSummary, spreadOf, summarizeSamples } from '../harness/statistics.ts'
import type { PipeAnswers } from '../pipe-process.ts'
import { atMost } from '../report/goal.ts'
import type { PartResult } from '../report/part-result.ts'
import { showNumber, showSpread } from '../report/show-figure.ts'

/** How long a message takes from the client to the model, commit included, when nothing else happens. */

const GAP_MS = 30

interface Round {
  readonly pipe: SampleSummary
  readonly conch: SampleSummary
  readonly neighbourCores: number
}

export async function measureTurnStart(stage: Stage): Promise<PartResult> {
  const { requests } = stage.plan
  using dataDir = stage.createDataDir()
  dataDir.seed({ sessions: requests * mostMeasurements(stage.plan), turnsEach: 0 })
  await using conch = await ConchServer.start({ dataDir: dataDir.path, modelUrl: stage.modelUrl })
  await using pipe = new HelperProcess<PipeAnswers>('pipe-process.ts')
  const pipeUrl = await pipe.ask('listen', { modelUrl: stage.modelUrl })
  const measureRound = async (round: number): Promise<Round> => {
    await stage.quiet(conch.pid, pipe.pid)
    const watch = stage.watchNeighbours(conch.pid, pipe.pid)
    const limit = await timePipedStarts(stage, pipeUrl, requests)
    const ours = await timeStarts(stage, { url: conch.url, firstSession: round * requests + 1, count: requests })
    return { pipe: limit, conch: ours, neighbourCores: watch.cores() }
  }
  const rounds = await takeRounds(stage.plan, measureRound, (round) => round.neighbourCores)
  const row = (name: string, of: 'pipe' | 'conch') => [
    name,
    showSpread(spreadOf(rounds.map((round) => round[of].p50Ms))),
    showSpread(spreadOf(rounds.map((round) => round[of].p99Ms))),
    showNumber(spreadOf(rounds.map((round) => round.neighbourCores)).median),
  ]
  const p50 = spreadOf(rounds.map(({ conch: ours }) => ours.p50Ms))
  return {
    goals: [atMost({ what: 'start of a turn: POST → request at the model, p50', limit: 3, unit: 'ms', spread: p50 })],
    tables: [
      {
        title: `Start of a turn, one at a time: POST → request at the model, ms (${requests} in each round)`,
        head: ['through', 'p50', 'p99', 'neighbours, cores'],
        rows: [row('raw pipe', 'pipe'), row('Conch', 'conch')],
      },
    ],
    charts: [],
    figures: rounds.map(({ pipe: limit, conch: ours, neighbourCores }) => ({
      pipe: { ...limit },
      conch: { ...ours },
      neighbourCores,
    })),
  }
}

/** Turns in seeded sessions, one after the other, each in another session. */
function timeStarts(
  stage: Stage,
  { url, firstSession, count }: { readonly url: string; readonly firstSession: number; readonly count: number },
): Promise<SampleSummary> {
  return timeArrivals(stage, count, (n, text) => ({
    url: `${url}/api/sessions/${sessionId(firstSession + n)}/turns`,
    body: { message: text },
  }))
}

function timePipedStarts(stage: Stage, url: string, count: number): Promise<SampleSummary> {
  return timeArrivals(stage, count, (_, text) => ({
    url,
    body: { model: 'bench', stream: true, messages: [{ role: 'user', content: text }] },
  }))
}

/** `requestFor` makes the `n`th request, whose message must be `text`: by it the model knows it again. */
export async function timeArrivals(
  stage: Stage,
  count: number,
  requestFor: (n: number, text: string) => { readonly url: string; readonly body: object },
): Promise<SampleSummary> {
  await stage.model.ask('behave', { kind: 'instant', tokens: 1 })
  await stage.model.ask('takeArrivals', 0)
  const messages = Array.from({ length: count }, (_, n) => {
    const text = `What about number ${n}?`
    return { text, ...requestFor(n, text) }
  })
  const sent = await stage.load.ask('sendAndNote', { messages, gapMs: GAP_MS })
  const arrived = await stage.model.ask('takeArrivals', count)
  const tookUs = Object.entries(sent).map(([text, atUs]) => {
    const arrivedUs = arrived[text]
    if (arrivedUs === undefined) throw new Error(`the model was never asked: ${text}`)
    return arrivedUs - atUs
  })
  return summarizeSamples(tookUs)
}
