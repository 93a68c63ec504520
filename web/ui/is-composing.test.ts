import { expect, test } from 'vitest'
import { isComposing } from './is-composing.ts'

test.each([
  { event: { isComposing: true, keyCode: 13 }, expected: true },
  // Safari: the Enter that confirms what was written
  { event: { isComposing: false, keyCode: 229 }, expected: true },
  { event: { isComposing: false, keyCode: 13 }, expected: false },
])('a key belongs to the input method ($event): $expected', ({ event, expected }) => {
  expect(isComposing(event)).toBe(expected)
})
