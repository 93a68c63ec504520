import type { TurnUsage } from '../../protocol/turn.ts'
import type { ModelUsage } from './model.ts'

/** The clock's readings around one reply. `firstPieceMs` is null where nothing useful arrived. */
export interface ReplyTimes {
  readonly startedMs: number
  readonly firstPieceMs: number | null
  readonly endedMs: number
}

/** Puts together what the model counted and what the clock saw, as entries carry it. Null where nothing is known. */
export function measureReply(usage: ModelUsage | null, times: ReplyTimes): TurnUsage | null {
  const { startedMs, firstPieceMs, endedMs } = times
  const inputTokens = usage?.inputTokens ?? null
  const outputTokens = usage?.outputTokens ?? null
  if (inputTokens === null && outputTokens === null && firstPieceMs === null) return null
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    time_to_first_token_ms: firstPieceMs === null ? null : firstPieceMs - startedMs,
    tokens_per_second: firstPieceMs === null ? null : rateOf(outputTokens, endedMs - firstPieceMs),
  }
}

/** The first token does not count: it came at the beginning of the time that the others took. */
function rateOf(tokens: number | null, generationMs: number): number | null {
  return tokens !== null && tokens > 1 && generationMs > 0 ? ((tokens - 1) * 1000) / generationMs : null
}
