import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MarkedText } from '../../protocol/search.ts'
import { plainExcerpt } from './plain-excerpt.ts'

/** `text` as an excerpt with all places of `word` as its hits. */
function excerpt(text: string, word = 'moon'): MarkedText {
  return text.split(word).flatMap((piece, index) => {
    const before = index === 0 ? [] : [{ text: word, hit: true }]
    return piece === '' ? before : [...before, { text: piece, hit: false }]
  })
}

function shown(text: string): string {
  return plainExcerpt(excerpt(text))
    .map((piece) => (piece.hit ? `<${piece.text}>` : piece.text))
    .join('')
}

test.each([
  ['The **moon** and the *sun*, ~~once~~ __twice__', 'The <moon> and the sun, once twice'],
  ['`the moon` and ``a ` moon``', 'the <moon> and a ` <moon>'],
  ['## The moon', 'The <moon>'],
  ['> * of the moon', 'of the <moon>'],
  ['| moon | tide |\n|---|:-:|\n| full | high |', ' <moon>  tide \n\n full  high '],
  ['see [the **moon**](https://example.org/moon_x) and ![a tide](/moon.png)', 'see the <moon><moon> and a tide<moon>'],
  ['```moon\nmoon_rise = 2 ** 3 | x\n```\n*so*', '<moon>\n<moon>_rise = 2 ** 3 | x\n\nso'],
  ['2 * 3 = 6, snake_case, a | b, the moon', '2 * 3 = 6, snake_case, a | b, the <moon>'],
  ['\\*not bold\\* moon', '*not bold* <moon>'],
  ['… cut **in the `middle moon', '… cut in the middle <moon>'],
])('a hit is shown without its markup: %j', (text, plain) => {
  expect(shown(text)).toBe(plain)
})

test('whatever was written, the hits stay as they are and nothing is added', () => {
  const piece = fc.record({
    text: fc.string({ unit: fc.constantFrom(...'*_`~|[]()!#>\\- \nab😀') }),
    hit: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const plain = plainExcerpt(pieces)
      const hits = (all: MarkedText) => all.filter(({ hit, text }) => hit && text !== '').map(({ text }) => text)
      expect(hits(plain)).toEqual(hits(pieces))
      let at = 0
      const all = [...pieces.map(({ text }) => text).join('')]
      for (const character of plain.flatMap(({ text }) => [...text])) {
        at = all.indexOf(character, at) + 1
        expect(at).toBeGreaterThan(0)
      }
    }),
  )
})
