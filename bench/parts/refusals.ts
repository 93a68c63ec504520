import { transcriptSchema } from '../../protocol/transcript.ts'
import type { BareRouteAnswers } from '../bare-route-process.ts'
import { ConchServer } from '../harness/conch-server.ts'
import { HelperProcess } from '../harness/helper-process.ts'
import { expectAnswer, openRequest } from '../harness/json-request.ts'
import { takeRounds } from '../harness/rounds.ts'
import { sessionId } from '../harness/seed.ts'
import type { Stage, WindowMeasure } from '../harness/stage.ts'
import { spreadOf } from '../harness/statistics.ts'
import { atLeast } from '../report/goal.ts'
import type { Goal, PartResult, Table } from '../report/part-result.ts'
import { showNumber, showSpread } from '../report/show-figure.ts'

/**
 * What a refusal costs while somebody else's turn runs, against a bare Fastify route that parses and validates the same
 * body and sends the same answer: once with all of our headers, byte for byte, and once with the body alone.
 */

interface Round {
  readonly body: WindowMeasure
  readonly bytes: WindowMeasure
  readonly conch: WindowMeasure
}

const MESSAGE = { message: 'Is somebody speaking here already? I have a question about page 12.' }
const BURST = 1_000

export async function measureRefusals(stage: Stage): Promise<PartResult> {
  using dataDir = stage.createDataDir()
  dataDir.seed({ sessions: 2, turnsEach: 0 })
  await using conch = await ConchServer.start({ dataDir: dataDir.path, modelUrl: stage.modelUrl })
  const url = await openBusySession(stage, conch)
  const refusal = await readRefusal(url)
  await using bareBody = await startBareRoute(refusal.body, {})
  await using bareBytes = await startBareRoute(refusal.body, refusal.headers)
  const pids = [conch.pid, bareBody.process.pid, bareBytes.process.pid]
  const measureRound = async (round: number): Promise<Round> => {
    const measured: Round = {
      body: await flood(stage, bareBody, pids),
      bytes: await flood(stage, bareBytes, pids),
      conch: await flood(stage, { url, process: conch }, pids),
    }
    const [ours, bare] = [showNumber(measured.conch.perSecond), showNumber(measured.bytes.perSecond)]
    stage.say(`refusals, ${round === 0 ? 'warm-up' : `round ${round}`}: ${ours}/s, bare ${bare}/s`)
    return measured
  }
  const rounds = await takeRounds(stage.plan, measureRound, ({ body, bytes, conch: ours }) =>
    Math.max(body.neighbourCores, bytes.neighbourCores, ours.neighbourCores),
  )
  await stage.model.ask('finishAll')
  const burst = await sendBurst(stage, conch.url)
  return {
    goals: goalsOf(rounds, burst),
    tables: [refusalsTable(rounds)],
    charts: [],
    figures: {
      rounds: rounds.map(({ body, bytes, conch: ours }) => ({
        body: { ...body },
        bytes: { ...bytes },
        conch: { ...ours },
      })),
      burst: { ...burst },
    },
  }
}

/** Starts a turn that lasts until the model is told to finish. Answers with where other sends are refused. */
export async function openBusySession(stage: Stage, conch: ConchServer): Promise<string> {
  const url = `${conch.url}/api/sessions/${sessionId(1)}/turns`
  await stage.model.ask('behave', { kind: 'held' })
  await expectAnswer({ url, body: MESSAGE }, 201)
  return url
}

export async function startFlood(stage: Stage, url: string): Promise<void> {
  await stage.load.ask('startRequests', { url, body: MESSAGE, connections: stage.plan.connections, status: 409 })
}

/** A refusal as it goes over the wire, without what Node or the connection adds. */
async function readRefusal(url: string): Promise<{ body: string; headers: Record<string, string> }> {
  const response = await openRequest({ url, body: MESSAGE })
  let body = ''
  for await (const text of response.setEncoding('utf8')) body += text
  if (response.statusCode !== 409) throw new Error(`the second send was answered ${response.statusCode}: ${body}`)
  const ofConnection = ['date', 'connection', 'keep-alive', 'content-length', 'content-type']
  const headers = Object.entries(response.headers).flatMap(([name, value]) =>
    typeof value === 'string' && !ofConnection.includes(name) ? [[name, value] as const] : [],
  )
  return { body, headers: Object.fromEntries(headers) }
}

interface FloodTarget extends AsyncDisposable {
  readonly url: string
  readonly process: { readonly pid: number }
}

async function startBareRoute(body: string, headers: Record<string, string>): Promise<FloodTarget> {
  const process = new HelperProcess<BareRouteAnswers>('bare-route-process.ts')
  const address = await process.ask('listen', { body, headers })
  return {
    process,
    url: `${address}/api/sessions/${sessionId(1)}/turns`,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  }
}

async function flood(
  stage: Stage,
  { url, process }: Pick<FloodTarget, 'url' | 'process'>,
  pids: readonly number[],
): Promise<WindowMeasure> {
  await stage.quiet(...pids)
  await startFlood(stage, url)
  const others = pids.filter((pid) => pid !== process.pid)
  const measure = await stage.measureWindow(process.pid, others)
  const wrong = await stage.load.ask('stopRequests')
  if (wrong > 0) throw new Error(`${wrong} of the answers were no 409`)
  return measure
}

interface Burst {
  readonly accepted: number
  readonly refused: number
  readonly tookMs: number
  /** Messages that the session has when the accepted turn has ended: two, where the others left no trace. */
  readonly messages: number
}

/** A thousand sends to one session at the same moment. */
async function sendBurst(stage: Stage, url: string): Promise<Burst> {
  await stage.model.ask('behave', { kind: 'held' })
  const session = `${url}/api/sessions/${sessionId(2)}`
  const { statuses, tookMs } = await stage.load.ask('sendAtOnce', {
    url: `${session}/turns`,
    body: MESSAGE,
    count: BURST,
  })
  await stage.model.ask('finishAll')
  const messages = await countSettledMessages(session)
  return { accepted: statuses['201'] ?? 0, refused: statuses['409'] ?? 0, tookMs, messages }
}

async function countSettledMessages(session: string): Promise<number> {
  for (;;) {
    const answer: unknown = JSON.parse(await expectAnswer({ url: `${session}/transcript` }, 200))
    const { active_turn, messages } = transcriptSchema.parse(answer)
    if (!active_turn) return messages.length
  }
}

function goalsOf(rounds: readonly Round[], burst: Burst): Goal[] {
  const ratio = spreadOf(rounds.map(({ bytes, conch }) => conch.perSecond / bytes.perSecond))
  const { accepted, refused, messages, tookMs } = burst
  return [
    atLeast({ what: 'refusals per second', limit: 0.7, unit: '× a bare route with the same answer', spread: ratio }),
    {
      what: `${BURST} sends to one session at once`,
      goal: `1 accepted, ${BURST - 1} × 409, no trace of them`,
      measured: `${accepted} accepted, ${refused} × 409, ${messages} messages in the session; ${showNumber(tookMs)} ms`,
      met: accepted === 1 && refused === BURST - 1 && messages === 2,
    },
  ]
}

function refusalsTable(rounds: readonly Round[]): Table {
  const row = (name: string, of: keyof Round) => [
    name,
    showSpread(spreadOf(rounds.map((round) => round[of].perSecond))),
    showSpread(spreadOf(rounds.map((round) => round[of].cpuUsEach))),
    showSpread(spreadOf(rounds.map((round) => round[of].p50Ms))),
    showSpread(spreadOf(rounds.map((round) => round[of].p99Ms))),
    showSpread(spreadOf(rounds.map((round) => round.conch.perSecond / round[of].perSecond))),
    showNumber(spreadOf(rounds.map((round) => round[of].neighbourCores)).median),
  ]
  return {
    title: 'Refusals of a busy session',
    head: ['who answers', 'per second', 'CPU each, µs', 'p50, ms', 'p99, ms', 'Conch ÷ this', 'neighbours, cores'],
    rows: [
      row('bare route, same body', 'body'),
      row('bare route, same bytes with headers', 'bytes'),
      row('Conch', 'conch'),
    ],
  }
}
