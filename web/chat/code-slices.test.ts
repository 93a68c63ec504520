import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sliceCode } from './code-slices.ts'

const code = fc
  .array(fc.constantFrom('', 'a', 'bb', '\n', '\n\n', ' c\n'), { maxLength: 300 })
  .map((parts) => parts.join(''))

test('the slices together are the code, and none but the last ends within a line', () => {
  fc.assert(
    fc.property(code, (text) => {
      const slices = sliceCode(text)
      expect(slices.join('')).toBe(text)
      expect(slices.slice(0, -1).every((slice) => slice.endsWith('\n') && slice.split('\n').length === 41)).toBe(true)
    }),
  )
})

test('while code grows only its last slice changes', () => {
  fc.assert(
    fc.property(code, code, (text, more) => {
      const before = sliceCode(text).slice(0, -1)
      expect(sliceCode(text + more).slice(0, before.length)).toEqual(before)
    }),
  )
})
