import { expect, test } from 'vitest'
import { QUICK_PLAN } from './plan.ts'
import { mostMeasurements, takeRounds } from './rounds.ts'

const plan = { ...QUICK_PLAN, dataRoot: '/tmp', rounds: 2, triesPerRound: 2 }

async function roundsWithNeighbours(
  ...cores: readonly number[]
): Promise<{ kept: readonly number[]; measured: number }> {
  let measured = 0
  const measure = async (round: number) => {
    measured += 1
    return round
  }
  const kept = await takeRounds(plan, measure, (round) => cores[round - 1] ?? 0)
  return { kept, measured }
}

test('the first measurement only warms up', async () => {
  expect(await roundsWithNeighbours(0, 0)).toEqual({ kept: [1, 2], measured: 3 })
})

test('noisy rounds are measured again while there are tries, and the quietest are kept', async () => {
  expect(await roundsWithNeighbours(1.2, 0, 0.1)).toEqual({ kept: [2, 3], measured: 4 })
  expect(await roundsWithNeighbours(1.2, 0.9, 0.4, 1.1)).toEqual({ kept: [2, 3], measured: mostMeasurements(plan) })
})
