import { expect, test } from 'vitest'
import { formatDay, formatElapsed, formatFullTime } from './time-format.ts'

test.each([
  [-5_000, '0:00'],
  [999, '0:00'],
  [42_000, '0:42'],
  [605_000, '10:05'],
  [3_753_000, '1:02:33'],
])('%i ms on a running clock is %s', (durationMs, shown) => {
  expect(formatElapsed(durationMs)).toBe(shown)
})

test('a day and a time are written in the language of the page', () => {
  const at = new Date(2026, 11, 31, 14, 2).getTime()
  expect(formatDay(at)).toContain('2026')
  expect(formatFullTime(at)).toMatch(/Thursday.*December/)
})
