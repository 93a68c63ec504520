import { expect, test } from 'vitest'
import { TOKEN_LENGTH, TokenReader, tokenText } from './token-text.ts'

function readAll(...pieces: readonly string[]) {
  const underWayUs: number[] = []
  const reader = new TokenReader((us) => underWayUs.push(us))
  for (const piece of pieces) reader.read(piece, 2_000)
  return { count: reader.count, wrong: reader.wrong, underWayUs }
}

test('tokens are all of one length, and joined ones come apart again', () => {
  const tokens = [0, 1, 2].map((n) => tokenText(n, 1_000 + n))
  expect(tokens.map((token) => token.length)).toEqual([TOKEN_LENGTH, TOKEN_LENGTH, TOKEN_LENGTH])
  expect(readAll(tokens[0] ?? '', tokens.slice(1).join(''))).toEqual({
    count: 3,
    wrong: 0,
    underWayUs: [1_000, 999, 998],
  })
})

test('a token that is lost, doubled or broken is noticed', () => {
  const [first, second, third] = [0, 1, 2].map((n) => tokenText(n, 0)) as [string, string, string]
  expect(readAll(first, third)).toMatchObject({ count: 1, wrong: 1 })
  expect(readAll(first, first, second)).toMatchObject({ count: 2, wrong: 1 })
  expect(readAll(first, second.slice(0, 7))).toMatchObject({ count: 1, wrong: 1 })
})

test('a stamp is read right after the clock has passed the range of stamps', () => {
  const rangeUs = 36 ** 7
  const reader = new TokenReader((us) => expect(us).toBe(30))
  reader.read(tokenText(0, 5 * rangeUs - 10), 5 * rangeUs + 20)
  expect(reader.count).toBe(1)
})
