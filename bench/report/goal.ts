import type { Spread } from '../harness/statistics.ts'
import type { Goal } from './part-result.ts'
import { showSpread } from './show-figure.ts'

interface Measured {
  readonly what: string
  readonly limit: number
  readonly unit: string
  readonly spread: Spread
}

/** Met where the middle round is at or below the limit. */
export function atMost({ what, limit, unit, spread }: Measured): Goal {
  return { what, goal: `≤ ${limit} ${unit}`, measured: showSpread(spread), met: spread.median <= limit }
}

/** Met where the middle round is at or above the limit. */
export function atLeast({ what, limit, unit, spread }: Measured): Goal {
  return { what, goal: `≥ ${limit} ${unit}`, measured: showSpread(spread), met: spread.median >= limit }
}
