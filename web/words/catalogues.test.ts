import { describe, expect, test } from 'vitest'
import type { Translation } from './catalogue.ts'
import { english } from './english/english.ts'
import { number as englishNumber } from './english/phrasing.ts'
import { german } from './german/german.ts'
import { count as germanCount, number as germanNumber } from './german/phrasing.ts'

type Say = (...values: readonly unknown[]) => string

/** Those that want more than numbers and texts have tests of their own. */
const ON_THEIR_OWN = ['holder.who', 'models.advice']

/** What is the same in both: names, signs, and texts of others. */
const SAME_IN_BOTH = [
  'appName',
  'duration',
  'settings.version',
  'keys.changed',
  'keys.names.ModOnMac',
  'keys.names.Alt',
  'keys.names.AltOnMac',
  'keys.names.Escape',
  'keys.names.ArrowUp',
  'keys.names.ArrowDown',
  'keys.names.ArrowLeft',
  'keys.names.ArrowRight',
  'models.size',
  'notConnected.command',
]

/** Each entry with its path: `models.size`. */
function entriesOf(words: object, path = ''): readonly (readonly [path: string, entry: string | Say])[] {
  return Object.entries(words).flatMap(([key, entry]) =>
    typeof entry === 'object' ? entriesOf(entry, `${path}${key}.`) : [[`${path}${key}`, entry]],
  )
}

/** Numbers that no text has by itself; where a text is wanted, they are written as they are. */
const FIRST = 1234
const SECOND = 5678

function sayAll(words: object): ReadonlyMap<string, string> {
  const said = entriesOf(words).map(([path, entry]) => {
    if (typeof entry === 'string') return [path, entry] as const
    return [path, ON_THEIR_OWN.includes(path) ? '' : entry(FIRST, SECOND)] as const
  })
  return new Map(said.filter(([path]) => !ON_THEIR_OWN.includes(path)))
}

const inEnglish = sayAll(english)
const inGerman = sayAll(german)

/** Which of the two values a text has in it, however its language writes numbers. */
function valuesIn(text: string | undefined): readonly number[] {
  const digits = text?.replace(/(\d)[.,\s](?=\d)/g, '$1') ?? ''
  return [FIRST, SECOND].filter((value) => digits.includes(String(value)))
}

test('German has each text that English has, and no other', () => {
  const pathsOf = (words: object) => entriesOf(words).map(([path]) => path)
  expect(pathsOf(german).sort()).toEqual(pathsOf(english).sort())
})

test('every text says something, and with the same values in it', () => {
  for (const [path, text] of inGerman) {
    expect(text.trim(), path).not.toBe('')
    expect([path, valuesIn(text)]).toEqual([path, valuesIn(inEnglish.get(path))])
  }
})

test('what is the same in both languages is so on purpose', () => {
  const numbersApart = (text: string | undefined) => text?.replace(/[.,]/g, '')
  const same = [...inGerman].filter(([path, text]) => numbersApart(text) === numbersApart(inEnglish.get(path)))
  expect(same.map(([path]) => path).sort()).toEqual([...SAME_IN_BOTH].sort())
})

describe('typography', () => {
  test.each([
    ['English', inEnglish, /^[^„]*$/],
    ['German', inGerman, /^[^“”„]*(„[^“”„]*“[^“”„]*)*$/],
  ] as const)('%s has its own quotation marks, and signs instead of typewriter’s', (_name, said, quotes) => {
    for (const [path, text] of said) {
      expect(text, path).toMatch(quotes)
      expect(text, path).not.toMatch(/["']|\.\.\.| {2}|\s$/)
    }
  })

  test('in German the dots of an ellipsis stand apart from the word', () => {
    for (const [path, text] of inGerman) expect(text, path).not.toMatch(/\S…/)
  })
})

test('numbers are written, and their words chosen, as the language does', () => {
  expect([englishNumber(12_345), germanNumber(12_345)]).toEqual(['12,345', '12.345'])
  expect([englishNumber(0.5, 1), germanNumber(0.5, 1)]).toEqual(['0.5', '0,5'])
  expect([0.04, 1.24, 12.4].map(english.duration)).toEqual(['0.0 s', '1.2 s', '12 s'])
  expect([0.04, 1.24, 12.4].map(german.duration)).toEqual(['0,0 s', '1,2 s', '12 s'])
  expect([0, 1, 2].map((value) => germanCount(value, 'Wort', 'Wörter'))).toEqual(['0 Wörter', '1 Wort', '2 Wörter'])
  expect([0, 1, 2].map(english.announce.complete)).toEqual([
    'Answer complete, 0 words',
    'Answer complete, 1 word',
    'Answer complete, 2 words',
  ])
})

test('whoever holds a turn is named in both languages', () => {
  const kinds = ['browser', 'cli', 'schedule', 'mcp', 'api'] as const
  for (const kind of kinds) {
    const turn = { kind, label: 'inbox', isOwn: false } as Parameters<typeof english.holder.who>[0]
    for (const { holder } of [english, german]) expect(holder.who(turn, 'this tab')).toContain('inbox')
    expect(german.holder.who(turn, 'this tab')).not.toBe(english.holder.who(turn, 'this tab'))
  }
})

test('a translation with a text too few, too many or of other values does not compile', () => {
  type Two = Translation<{ readonly one: 'a'; readonly deep: { readonly two: (count: number) => string } }>
  const right: Two = { one: 'x', deep: { two: (count) => `${count}` } }
  // @ts-expect-error: `deep.two` is missing
  const few: Two = { one: 'x', deep: {} }
  // @ts-expect-error: there is no `three`
  const many: Two = { one: 'x', deep: { two: String, three: 'y' } }
  // @ts-expect-error: the value is a number
  const other: Two = { one: 'x', deep: { two: (name: string) => name } }
  expect([right, few, many, other]).toHaveLength(4)
})
