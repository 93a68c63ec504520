import { describe, expect, test } from 'vitest'
import { splitMarkdown } from './markdown-blocks.ts'
import { findPlainRanges } from './markdown-limits.ts'

const HOSTILE: Readonly<Record<string, string>> = {
  'quotes within quotes': '>'.repeat(100_000),
  'lists within lists': '- '.repeat(100_000),
  'numbers within numbers': '1. '.repeat(100_000),
  'stars without an end': '*'.repeat(100_000),
  'stars and words': '*a_'.repeat(30_000),
  'brackets without an end': '['.repeat(100_000),
  'links that never close': '[a]('.repeat(30_000),
  'a table of a megabyte': `| a | b |\n|---|---|\n${'| x | y |\n'.repeat(100_000)}`,
  'tags that never close': '<a '.repeat(30_000),
  'code that never closes': '``a'.repeat(30_000),
  entities: '&amp;'.repeat(30_000),
  'one endless line': 'word '.repeat(40_000),
  'one endless list': '- a\n'.repeat(30_000),
  'endless definitions': '[a]: /x\n'.repeat(30_000),
}

describe('row 111: what would hold up the page is plain text', () => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    test(name, () => {
      const { blocks } = splitMarkdown(`Before.\n\n${text}\n\nAfter, in **bold**.`)
      expect(blocks.map(({ isPlain }) => isPlain)).toEqual([false, true, false])
      expect(blocks[1]?.text.trim()).toBe(text.trim())
    })
  }

  test('a text without an end is plain from where it is too long', () => {
    const paragraph = `${'word '.repeat(100)}\n\n`
    const { blocks } = splitMarkdown(paragraph.repeat(1_000))
    expect(blocks.at(-1)?.isPlain).toBe(true)
    expect(blocks.length).toBeLessThan(400)
    expect(blocks.map(({ text }) => text).join('')).toBe(paragraph.repeat(1_000))
  })
})

test('what people and models write is never plain', () => {
  const row = '| a longer cell | another one with **bold** words |\n'
  const usual = [
    `| a | b |\n|---|---|\n${row.repeat(100)}`,
    '- item\n'.repeat(500),
    `> ${'quoted words '.repeat(300)}`,
    `\`\`\`ts\n${'const a = [1, 2] * 3\n'.repeat(20_000)}\`\`\``,
    '1. a\n   - b\n     - c\n       > d\n         - e\n',
    'A sentence of some length, with *marks* and `code`. '.repeat(100),
  ]
  for (const text of usual) expect(findPlainRanges(text)).toEqual([])
})

test('I2: text that becomes too much while it is written splits as it does when it is stored', () => {
  const text = `Before.\n\n${'# a\n'.repeat(2_900)}- b\n${'# c\n'.repeat(300)}\n\nAfter.`
  let split = splitMarkdown('')
  for (let end = 0; end < text.length; end += 997) split = splitMarkdown(text.slice(0, end), split)
  split = splitMarkdown(text, split)
  expect(split.blocks).toEqual(splitMarkdown(text).blocks)
  expect(split.blocks.some(({ isPlain }) => isPlain)).toBe(true)
})
