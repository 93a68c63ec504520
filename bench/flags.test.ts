import { expect, test } from 'vitest'
import { parseFlags } from './flags.ts'
import { PART_NAMES } from './parts/all-parts.ts'

test('without flags every part is measured and docs/ is written', () => {
  expect(parseFlags([])).toMatchObject({ task: 'measure', parts: PART_NAMES, write: true, plan: { isQuick: false } })
})

test('a quick run measures every part and writes nothing', () => {
  expect(parseFlags(['--quick'])).toMatchObject({ parts: PART_NAMES, write: false, plan: { isQuick: true } })
})

test('parts, loads and lengths can be chosen', () => {
  const flags = parseFlags(['--only', 'streams,refusals', '--streams', '4,8', '--window', '2.5', '--no-write'])
  expect(flags).toMatchObject({ parts: ['streams', 'refusals'], write: false })
  expect(flags.plan).toMatchObject({ streamCounts: [4, 8], windowMs: 2_500 })
})

test.each([['--only', 'dreams'], ['--rounds', '0'], ['--window', 'long'], ['--fast']])(
  '%s %s is refused',
  (...args) => {
    expect(() => parseFlags(args)).toThrow(expect.objectContaining({ code: 'flag' }))
  },
)
