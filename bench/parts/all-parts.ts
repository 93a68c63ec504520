import type { Stage } from '../harness/stage.ts'
import type { PartResult } from '../report/part-result.ts'
import { measureFollowers } from './followers.ts'
import { measureMessageGrowth, measureSessionGrowth } from './growth.ts'
import { measureLongSession } from './long-session.ts'
import { measureProcessLife } from './process-life.ts'
import { measureRefusals } from './refusals.ts'
import { measureStreams } from './streams.ts'
import { measureTurnRate } from './turn-rate.ts'
import { measureTurnStart } from './turn-start.ts'

/** In the order in which the page shows them. */
export const PARTS = {
  streams: measureStreams,
  refusals: measureRefusals,
  'turn-start': measureTurnStart,
  'turn-rate': measureTurnRate,
  'process-life': measureProcessLife,
  followers: measureFollowers,
  'long-session': measureLongSession,
  'session-growth': measureSessionGrowth,
  'message-growth': measureMessageGrowth,
} as const satisfies Record<string, (stage: Stage) => Promise<PartResult>>

export type PartName = keyof typeof PARTS

export const PART_NAMES = Object.keys(PARTS) as readonly PartName[]
