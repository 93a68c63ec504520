import { SeededRandom } from '../../server/lib/seeded-random.ts'
import { FAULT_POINTS } from './fault-points.ts'
import type { KillLoopPlan, Life } from './kill-loop.ts'

const LIVES = 5

/**
 * Plans without end, one run for each seed. Over the runs every fault point has its turn, first at its first passing, then
 * at later ones; in each run one life is ended from outside, and one is frozen.
 */
export function* planRuns({ firstSeed, quietMs }: { firstSeed: number; quietMs: number }): Generator<KillLoopPlan> {
  for (let seed = firstSeed; ; seed += 1) yield { seed, quietMs, lives: livesOf(seed) }
}

function livesOf(seed: number): Life[] {
  const random = new SeededRandom(seed)
  return Array.from({ length: LIVES }, (_, life) => {
    const n = (seed - 1) * (LIVES - 1) + life
    const name = FAULT_POINTS[n % FAULT_POINTS.length]
    const passing = 1 + (Math.floor(n / FAULT_POINTS.length) % 12)
    const isFrozen = life === seed % LIVES
    const ending = seed % 3 === 0 ? 'terminate' : 'kill'
    return {
      faultPoint: life === LIVES - 1 ? null : `${name}:${passing}`,
      ending,
      isFrozen: isFrozen && random.below(2) === 0,
    }
  })
}
