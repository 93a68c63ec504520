import { expect, test } from 'vitest'
import { parseCommandLine } from './command-line.ts'

function configOf(args: readonly string[], variables: Record<string, string> = {}) {
  const parsed = parseCommandLine({ args, variables })
  return parsed.command === 'serve' ? parsed.config : undefined
}

test('F18: row 115: a time that no timer can wait for is refused: the server would give up waiting at once', () => {
  expect(configOf(['--grace', '500h'])?.graceMs).toBe(500 * 3_600_000)
  expect(() => configOf(['--grace', '501h'])).toThrow(/--grace.*501h.*at most 500h/)
  expect(() => configOf([], { CONCH_GRACE: '600h' })).toThrow(/CONCH_GRACE=600h.*at most 500h/)
})
