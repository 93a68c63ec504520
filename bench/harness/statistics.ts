/** What a list of samples says, in milliseconds. `count` 0 has zeros. */
export interface SampleSummary {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export function summarizeSamples(samplesUs: readonly number[]): SampleSummary {
  const sorted = Float64Array.from(samplesUs).sort()
  return {
    count: sorted.length,
    p50Ms: quantile(sorted, 0.5) / 1000,
    p99Ms: quantile(sorted, 0.99) / 1000,
    maxMs: quantile(sorted, 1) / 1000,
  }
}

/** Nearest rank in ascending values; 0 where there are none. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * ascending.length))
  return ascending[rank - 1] ?? 0
}

/** The middle one of several rounds, and how far apart they were. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
  readonly rounds: readonly number[]
}

/** Throws without rounds: a figure that nothing was measured for must not be told. */
export function spreadOf(rounds: readonly number[]): Spread {
  const sorted = Float64Array.from(rounds).sort()
  const least = sorted[0]
  const most = sorted.at(-1)
  if (least === undefined || most === undefined) throw new Error('there is no round to tell of')
  const low = sorted[(sorted.length - 1) >> 1] ?? least
  const high = sorted[sorted.length >> 1] ?? most
  return { median: (low + high) / 2, least, most, rounds }
}
