import type { BenchPlan } from './plan.ts'

/** Rounds in which others kept more of the machine busy than this are measured again, as long as there are tries left. */
const NOISY_CORES = 0.25

/** How often `takeRounds` measures at most, the warm-up included. */
export function mostMeasurements(plan: BenchPlan): number {
  return 1 + plan.rounds * plan.triesPerRound
}

/**
 * The plan's number of rounds after one that only warms up. Where the machine is shared, the quietest of those that were
 * tried: chosen by what others did meanwhile, never by what was measured. In the order in which they were taken.
 */
export async function takeRounds<Round>(
  plan: BenchPlan,
  measure: (round: number) => Promise<Round>,
  neighbourCoresOf: (round: Round) => number,
): Promise<readonly Round[]> {
  await measure(0)
  const taken: Round[] = []
  let quiet = 0
  while (quiet < plan.rounds && taken.length < plan.rounds * plan.triesPerRound) {
    const round = await measure(taken.length + 1)
    taken.push(round)
    if (neighbourCoresOf(round) <= NOISY_CORES) quiet += 1
  }
  const quietest = new Set([...taken].sort((a, b) => neighbourCoresOf(a) - neighbourCoresOf(b)).slice(0, plan.rounds))
  return taken.filter((round) => quietest.has(round))
}
