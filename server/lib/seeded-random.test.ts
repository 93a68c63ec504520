import { expect, test } from 'vitest'
import { SeededRandom } from './seeded-random.ts'

const numbers = (seed: number) => {
  const random = new SeededRandom(seed)
  return Array.from({ length: 1_000 }, () => random.below(10))
}

test('the same seed gives the same numbers, another seed gives others', () => {
  expect(numbers(7)).toEqual(numbers(7))
  expect(numbers(8)).not.toEqual(numbers(7))
})

test('every number comes about equally often', () => {
  const counts = Array.from({ length: 10 }, (_, n) => numbers(1).filter((number) => number === n).length)
  expect(Math.min(...counts)).toBeGreaterThan(60)
  expect(Math.max(...counts)).toBeLessThan(140)
})

test('there is nothing to pick from an empty list', () => {
  expect(() => new SeededRandom(1).pick([])).toThrow()
})
