import type { TurnUsage } from '../../protocol/turn.ts'
import type { ModelUsage } from './model.ts'

/** What one step, or several together, took. `generationMs` runs from the first piece to the end of the reply. */
export interface Measure {
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly timeToFirstTokenMs: number | null
  /** Tokens that arrived during `generationMs`: all but each step's first, which came at its beginning. */
  readonly generatedTokens: number
  readonly generationMs: number
}

/** The clock's readings around one reply. `firstPieceMs` is null where nothing useful arrived. */
export interface ReplyTimes {
  readonly startedMs: number
  readonly firstPieceMs: number | null
  readonly endedMs: number
}

/** Puts together what the model counted and what the clock saw. */
export function measureReply(usage: ModelUsage | null, times: ReplyTimes): Measure {
  const outputTokens = usage?.outputTokens ?? null
  const canRate = outputTokens !== null && outputTokens > 1 && times.firstPieceMs !== null
  return {
    inputTokens: usage?.inputTokens ?? null,
    outputTokens,
    timeToFirstTokenMs: times.firstPieceMs === null ? null : times.firstPieceMs - times.startedMs,
    generatedTokens: canRate ? outputTokens - 1 : 0,
    generationMs: canRate && times.firstPieceMs !== null ? times.endedMs - times.firstPieceMs : 0,
  }
}

/** The measure of two pieces of a turn, the earlier one first. */
export function addMeasures(earlier: Measure, later: Measure): Measure {
  return {
    inputTokens: addCounts(earlier.inputTokens, later.inputTokens),
    outputTokens: addCounts(earlier.outputTokens, later.outputTokens),
    timeToFirstTokenMs: earlier.timeToFirstTokenMs ?? later.timeToFirstTokenMs,
    generatedTokens: earlier.generatedTokens + later.generatedTokens,
    generationMs: earlier.generationMs + later.generationMs,
  }
}

/** As entries carry it. Null where nothing is known. */
export function toTurnUsage(measure: Measure): TurnUsage | null {
  const { inputTokens, outputTokens, timeToFirstTokenMs, generatedTokens, generationMs } = measure
  if (inputTokens === null && outputTokens === null && timeToFirstTokenMs === null) return null
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    time_to_first_token_ms: timeToFirstTokenMs,
    tokens_per_second: generationMs > 0 ? (generatedTokens * 1000) / generationMs : null,
  }
}

function addCounts(one: number | null, other: number | null): number | null {
  if (one === null) return other
  return other === null ? one : one + other
}
