import { expect, test } from 'vitest'
import { formatDuration, formatElapsed } from './time-format.ts'

test.each([
  [-5_000, '0:00'],
  [999, '0:00'],
  [42_000, '0:42'],
  [605_000, '10:05'],
  [3_753_000, '1:02:33'],
])('%i ms on a running clock is %s', (durationMs, shown) => {
  expect(formatElapsed(durationMs)).toBe(shown)
})

test.each([
  [40, '0.0 s'],
  [1_240, '1.2 s'],
  [12_400, '12 s'],
])('%i ms took %s', (durationMs, shown) => {
  expect(formatDuration(durationMs)).toBe(shown)
})
