import { expect, test } from 'vitest'
import { quantile, spreadOf, summarizeSamples } from './statistics.ts'

test('quantiles are samples that occurred, by the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => n + 1)
  expect([0.5, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([50, 99, 100])
  expect(quantile([7], 0.01)).toBe(7)
})

test('samples in microseconds are told in milliseconds, in whatever order they came', () => {
  expect(summarizeSamples([3_000, 1_000, 2_000])).toEqual({ count: 3, p50Ms: 2, p99Ms: 3, maxMs: 3 })
})

test('a spread has the middle, the least and the most; without rounds there is none', () => {
  expect(spreadOf([3, 1, 2])).toMatchObject({ median: 2, least: 1, most: 3 })
  expect(spreadOf([4, 1, 2, 3]).median).toBe(2.5)
  expect(() => spreadOf([])).toThrow('no round')
})
