import { checkEvidence } from '../checker/check.ts'
import { tellViolation } from '../checker/violation.ts'
import { addHappenings, type Happening, happeningsIn } from '../evidence/happenings.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { Simulation } from './simulation.ts'

export interface SeedRange {
  readonly first: number
  readonly count: number
}

export interface SeedsReport {
  /** Schedules that ran. */
  readonly schedules: number
  readonly happened: Map<Happening, number>
  readonly staleWrites: number
  /** The first schedule in which something did not hold. */
  readonly failure: SeedFailure | null
}

export interface SeedFailure {
  readonly seed: number
  /** What was violated, with its story. */
  readonly story: string
}

/** What a thousand schedules or more must have seen, each at least once. */
export const EXPECTED: readonly Happening[] = [
  'send accepted',
  'send repeated by its key',
  'send refused with 404',
  'send refused with 409',
  'send refused with 422',
  'send refused with 429',
  'send refused with 503',
  'send refused with 507',
  'send without an answer that had committed',
  'send without an answer that had not',
  'stop came first',
  'stop came too late',
  'turn completed',
  'turn cancelled',
  'turn failed (backend_error)',
  'turn failed (storage)',
  'turn failed (idle_timeout)',
  'turn interrupted (restart)',
  'turn interrupted (shutdown)',
  'turn interrupted (truncated)',
  'turn taken over',
  'turn resumed',
  'turn resumed for the last time',
  'turn completed after it was resumed',
  'send queued',
  'send cancelled by its key',
  'queue paused or resumed',
  'message taken out of the queue',
  'message sent now',
  'message waited until its turn came',
  'message held back by a pause',
  'question put aside for another',
  'turn waited for its slot',
  'tool ran',
  'tool left unknown',
  'tool left unknown that had run',
  'reader cut by a crash',
  'reader went on from its cursor',
  'reader told to begin anew',
  'reader told of a delete',
  'recovery killed and run again',
  'disk refused a write',
]

/** Runs one schedule after the other until one fails. */
export async function runSeeds({ first, count }: SeedRange): Promise<SeedsReport> {
  const disk = new SimulatedDisk()
  const happened = new Map<Happening, number>()
  let staleWrites = 0
  for (let seed = first; seed < first + count; seed += 1) {
    const story = await runSeed(seed, disk, happened)
    staleWrites += disk.staleWrites
    const schedules = seed - first + 1
    if (story) return { schedules, happened, staleWrites, failure: { seed, story } }
  }
  return { schedules: count, happened, staleWrites, failure: null }
}

/** The story of what did not hold; undefined where everything did. */
async function runSeed(
  seed: number,
  disk: SimulatedDisk,
  happened: Map<Happening, number>,
): Promise<string | undefined> {
  disk.reset()
  try {
    const { evidence } = await new Simulation(seed, disk).run()
    addHappenings(happened, happeningsIn(evidence))
    const [violation] = checkEvidence(evidence)
    return violation && tellViolation(violation)
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}
