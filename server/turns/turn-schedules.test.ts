import { expect, test } from 'vitest'
import { SeededRandom } from '../lib/seeded-random.ts'
import { hurriedClock, SqliteScenario } from '../store/store-scenario.ts'
import { TurnScenario } from './turn-scenario.ts'
import { type Happening, TurnSchedule } from './turn-schedule.ts'

/**
 * Random schedules of everything people and machines do to sessions, over a real database. `CONCH_SEEDS=1000` runs more
 * of them, `CONCH_SEED=17` runs that one alone.
 */
const SEEDS = Number(process.env.CONCH_SEEDS ?? 150)
const ONE_SEED = process.env.CONCH_SEED
const ONE_IN_CRASHES = 3
const SEEDS_PER_DATABASE = 30

/** Each must be seen at least once in the default run. */
const EXPECTED: readonly Happening[] = [
  'send accepted',
  'send turn_active',
  'send server_busy',
  'send queued',
  'send send_cancelled',
  'queued message started',
  'queue paused',
  'send cancelled before it started a turn',
  'turn completed',
  'turn failed',
  'turn cancelled',
  'turn interrupted',
  'stop came first',
  'stop came too late',
  'turn waited for its slot',
  'disk hiccup',
  'recovery put off by the disk',
  'turn resumed',
  'step void after a crash',
  'text that went on after a crash',
  'crash with active turns',
  'reader went on after a crash',
]

test(
  'I1, I2, I3, I4, I5, I8, I9, I10, I11, I12, D6: hold under random schedules of what people, disks and crashes do',
  async () => {
    const seeds = ONE_SEED ? [Number(ONE_SEED)] : Array.from({ length: SEEDS }, (_, n) => n + 1)
    const happened = new Map<Happening, number>()
    for (let first = 0; first < seeds.length; first += SEEDS_PER_DATABASE) {
      await runSeeds(seeds.slice(first, first + SEEDS_PER_DATABASE), happened)
    }
    if (seeds.length >= 150) expect(EXPECTED.filter((happening) => !happened.has(happening))).toEqual([])
  },
  120_000 + SEEDS * 1_000,
)

async function runSeeds(seeds: readonly number[], happened: Map<Happening, number>): Promise<void> {
  let server = new TurnScenario(await SqliteScenario.open({ pace: hurriedClock() }), { slots: 2, maxWaiting: 1 })
  for (const seed of seeds) {
    const schedule = new TurnSchedule(server, { random: new SeededRandom(seed), tag: `seed ${seed}` })
    try {
      server = await schedule.run({ crashes: seed % ONE_IN_CRASHES === 0 ? 1 + (seed % 4) : 0 })
    } catch (cause) {
      const rerun = `CONCH_SEED=${seed} npm test -- server/turns/turn-schedules.test.ts`
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`seed ${seed} failed: ${why}\nrerun it with ${rerun}`, { cause })
    }
    for (const [happening, times] of schedule.happened) happened.set(happening, (happened.get(happening) ?? 0) + times)
  }
  await server[Symbol.asyncDispose]()
}
