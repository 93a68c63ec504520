import fc from 'fast-check'
import { expect, test } from 'vitest'
import { excerptOf, markWords, wordsOf } from './search-words.ts'

test('words are letters, digits and the marks on them; all else separates', () => {
  expect(wordsOf('  "tide* -AND (2nd) Crème हिन्दी 東京!')).toEqual(['tide', 'AND', '2nd', 'Crème', 'हिन्दी', '東京'])
  expect(wordsOf('\0"*()')).toEqual([])
  expect(wordsOf('a '.repeat(100))).toHaveLength(12)
})

test('an excerpt stands around its first hit, and says where it leaves something out', () => {
  const text = `${'before '.repeat(60)}the tide turns ${'after '.repeat(60)}`
  const excerpt = excerptOf(text, ['tide'])
  const whole = excerpt.map((piece) => piece.text).join('')
  expect(excerpt.filter(({ hit }) => hit)).toEqual([{ text: 'tide', hit: true }])
  expect(whole.startsWith('…before ')).toBe(true)
  expect(whole.indexOf('tide')).toBeLessThan(70)
  expect(whole.endsWith('…')).toBe(true)
  expect(whole.length).toBeLessThan(250)
})

test('a short text is its own excerpt; whole words are hits, and the last one also where it goes on', () => {
  expect(excerptOf('Tides and tidings, tide', ['and', 'tid'])).toEqual([
    { text: 'Tides', hit: true },
    { text: ' ', hit: false },
    { text: 'and', hit: true },
    { text: ' ', hit: false },
    { text: 'tidings', hit: true },
    { text: ', ', hit: false },
    { text: 'tide', hit: true },
  ])
  expect(markWords('sandy and', ['and'])).toEqual([
    { text: 'sandy ', hit: false },
    { text: 'and', hit: true },
  ])
})

test('whatever was said and asked: the pieces are the text, bounded and well formed', () => {
  const words = fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 4 })
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 60 }), words, (texts, asked) => {
      const text = texts.join(' ')
      const query = wordsOf(asked.join(' '))
      expect(
        markWords(text, query)
          .map((piece) => piece.text)
          .join(''),
      ).toContain(text.slice(0, 1))
      const excerpt = excerptOf(text, query)
      const whole = excerpt.map((piece) => piece.text).join('')
      expect(whole.isWellFormed()).toBe(true)
      expect(whole.length).toBeLessThanOrEqual(500)
      expect(text).toContain(whole.replace(/^…/, '').replace(/…$/, ''))
    }),
  )
})

test('an endless word makes no endless excerpt', () => {
  const excerpt = excerptOf(`start ${'a'.repeat(50_000)}`, ['aa'])
  expect(excerpt.map(({ text }) => text).join('').length).toBeLessThanOrEqual(500)
})
