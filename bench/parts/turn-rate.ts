import { ConchServer } from '../harness/conch-server.ts'
import { takeRounds } from '../harness/rounds.ts'
import { sessionId } from '../harness/seed.ts'
import type { Stage, WindowMeasure } from '../harness/stage.ts'
import { spreadOf } from '../harness/statistics.ts'
import type { PartResult } from '../report/part-result.ts'
import { showNumber, showSpread } from '../report/show-figure.ts'

/** Turns per second with a model that answers at once: what a turn costs apart from its tokens. */

const SESSIONS = 2_000

export async function measureTurnRate(stage: Stage): Promise<PartResult> {
  using dataDir = stage.createDataDir()
  dataDir.seed({ sessions: SESSIONS, turnsEach: 0 })
  await using conch = await ConchServer.start({ dataDir: dataDir.path, modelUrl: stage.modelUrl })
  const rows: string[][] = []
  const figures: { clients: number; rounds: readonly WindowMeasure[] }[] = []
  for (const clients of [1, stage.plan.turnClients]) {
    const measureRound = () => measureTurns(stage, conch, { clients, sessions: SESSIONS })
    const rounds = await takeRounds(stage.plan, measureRound, (round) => round.neighbourCores)
    const spread = (figure: (round: WindowMeasure) => number) => showSpread(spreadOf(rounds.map(figure)))
    rows.push([
      String(clients),
      spread((round) => round.perSecond),
      spread((round) => round.cpuUsEach),
      spread((round) => round.p50Ms),
      spread((round) => round.p99Ms),
      spread((round) => round.diskBytesEach),
      showNumber(spreadOf(rounds.map((round) => round.neighbourCores)).median),
    ])
    figures.push({ clients, rounds })
  }
  return {
    goals: [],
    tables: [
      {
        title: 'Whole turns with a model that answers one token at once: POST → turn.ended at the client',
        head: ['clients', 'turns/s', 'CPU each, µs', 'p50, ms', 'p99, ms', 'disk each, bytes', 'neighbours, cores'],
        rows,
      },
    ],
    charts: [],
    figures: figures.map(({ clients, rounds }) => ({ clients, rounds: rounds.map((round) => ({ ...round })) })),
  }
}

/** One window of clients that send message after message, in the first `sessions` of the seeded ones. */
export async function measureTurns(
  stage: Stage,
  conch: ConchServer,
  { clients, sessions }: { readonly clients: number; readonly sessions: number },
): Promise<WindowMeasure> {
  await stage.quiet(conch.pid)
  await stage.model.ask('behave', { kind: 'instant', tokens: 1 })
  const sessionIds = Array.from({ length: sessions }, (_, n) => sessionId(n + 1))
  await stage.load.ask('startTurns', { url: conch.url, sessionIds, clients })
  const measure = await stage.measureWindow(conch.pid)
  await stage.load.ask('stopTurns')
  return measure
}
