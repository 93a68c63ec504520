import { expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import { CODE_LIFETIME_MS, MAX_OPEN_CODES, OneTimeCodes } from './one-time-codes.ts'

test('D10: a code works once', () => {
  const codes = new OneTimeCodes(new ManualClock())
  const code = codes.issue()
  expect(code).toMatch(/^[A-Za-z0-9_-]{32}$/)
  expect(codes.redeem(code)).toBe(true)
  expect(codes.redeem(code)).toBe(false)
})

test('a code that was never issued does not work', () => {
  const codes = new OneTimeCodes(new ManualClock())
  codes.issue()
  expect(codes.redeem('')).toBe(false)
  expect(codes.redeem('x'.repeat(32))).toBe(false)
})

test('a code works until five minutes have passed, whatever else is issued meanwhile', () => {
  const clock = new ManualClock()
  const codes = new OneTimeCodes(clock)
  const [first, second] = [codes.issue(), codes.issue()]
  clock.advance(CODE_LIFETIME_MS - 1)
  codes.issue()
  expect(codes.redeem(first)).toBe(true)
  clock.advance(1)
  expect(codes.redeem(second)).toBe(false)
})

test('open codes are bounded: one more forgets the oldest', () => {
  const codes = new OneTimeCodes(new ManualClock())
  const issued = Array.from({ length: MAX_OPEN_CODES + 1 }, () => codes.issue())
  expect(issued.filter((code) => codes.redeem(code))).toEqual(issued.slice(1))
})
