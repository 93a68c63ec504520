import { TOKENS_PER_SECOND } from '../harness/plan.ts'
import { sessionId } from '../harness/seed.ts'
import type { Stage, WindowMeasure } from '../harness/stage.ts'
import type { StreamsWanted } from '../load/token-streams.ts'

export interface TokensWanted {
  readonly target: StreamsWanted['target']
  readonly url: string
  readonly pid: number
  /** Our servers that are up and not measured. */
  readonly others?: readonly number[]
  readonly streams: number
  /** Number of the first seeded session to use; each stream has one. */
  readonly firstSession: number
}

export interface TokensMeasure extends WindowMeasure {
  /** What the client read for each token, frames and all. */
  readonly bytesEach: number
}

/** One window of paced streams through one server. Throws where a token was lost, doubled or out of order. */
export async function measureTokens(stage: Stage, wanted: TokensWanted): Promise<TokensMeasure> {
  const { pid, others = [] } = wanted
  await stage.quiet(pid, ...others)
  await openStreams(stage, wanted)
  const measure = await stage.measureWindow(pid, others)
  return { ...measure, bytesEach: await finishStreams(stage) }
}

/** Resolves when every stream has had its first token. */
export async function openStreams(stage: Stage, { target, url, streams, firstSession }: TokensWanted): Promise<void> {
  await stage.model.ask('behave', { kind: 'paced', tokensPerSecond: TOKENS_PER_SECOND })
  await stage.load.ask('openStreams', {
    target,
    url,
    streams: Array.from({ length: streams }, (_, index) => ({
      name: `Stream ${index}, please.`,
      sessionId: sessionId(firstSession + index),
    })),
  })
}

/** Ends the streams, each checked token for token. Answers with the bytes that arrived for each token. */
export async function finishStreams(stage: Stage): Promise<number> {
  const written = await stage.model.ask('finishAll')
  const { faults, bytes } = await stage.load.ask('finishStreams', written)
  if (faults.length > 0) throw new Error(`${faults.length} faults in what arrived: ${faults.slice(0, 3).join('; ')}`)
  return bytes / Object.values(written).reduce((sum, tokens) => sum + tokens, 0)
}
