import fc from 'fast-check'
import { renderToStaticMarkup } from 'react-dom/server'
import ReactMarkdown from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { describe, expect, test } from 'vitest'
import { splitMarkdown } from './markdown-blocks.ts'

function draw(text: string): string {
  return renderToStaticMarkup(<ReactMarkdown remarkPlugins={[remarkGfm]}>{text}</ReactMarkdown>)
}

/** Line breaks between elements are of no meaning. */
function withoutGaps(html: string): string {
  return html.replace(/>\s+</g, '><').trim()
}

function drawInBlocks(text: string): string {
  const { blocks } = splitMarkdown(text)
  return blocks.map((block) => draw(block.text)).join('')
}

/** Without indented code: after a list's lazy line the parser cuts it in two where it stands, and reads it whole alone. */
const FRAGMENTS = [
  'A paragraph of words.\n\n',
  'One\nover two lines.\n',
  'Ends without a break',
  '\n',
  '\n\n\n',
  '# Heading\n',
  'Underlined\n===\n\n',
  '---\n',
  '- item\n',
  '- item\n\n- loose item\n',
  '  continued\n',
  '   - nested\n',
  '1. first\n2. second\n\n',
  '1) first\n',
  '3. third\n',
  '> quoted\n> more\n\n',
  '> quoted\nlazy\n',
  '```ts\nconst a = 1\n\nconst b = 2\n```\n',
  '~~~\n```\n\n~~~\n',
  '````md\n```\ninner\n```\n````\n\n',
  '```\nnot closed\n\n',
  '- ```sh\n  ls\n\n  pwd\n  ```\n',
  '  ```\n',
  '   ```py\n   x = 1\n\n   y = 2\n   ```\n',
  '| a | b |\n| --- | --- |\n| 1 | 2 |\n\n',
  '- [ ] open\n- [x] done\n\n',
  'text with `code` and **bold**\n',
  '*   * *\n',
  '+ plus\n',
]

const documents = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 9 }).map((parts) => parts.join(''))

describe('cutting markdown into blocks', () => {
  test('the blocks together are the text, unless it is blank', () => {
    fc.assert(
      fc.property(documents, (text) => {
        const joined = splitMarkdown(text).blocks.map((block) => block.text)
        expect(joined.join('')).toBe(text.trim() === '' ? '' : text)
      }),
    )
  })

  test('drawing the blocks one by one gives what drawing the whole text gives', () => {
    fc.assert(
      fc.property(documents, (text) => {
        expect(withoutGaps(drawInBlocks(text))).toBe(withoutGaps(draw(text)))
      }),
      { numRuns: 300 },
    )
  })

  test('text that grows piece by piece is cut as if it had come at once', () => {
    fc.assert(
      fc.property(documents, fc.array(fc.nat({ max: 200 }), { maxLength: 12 }), (text, cuts) => {
        const places = [...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length]
        const grown = places.reduce((split, at) => splitMarkdown(text.slice(0, at), split), splitMarkdown(''))
        expect(grown).toEqual(splitMarkdown(text))
      }),
      { numRuns: 300 },
    )
  })

  test('a block that is followed by two others is taken over as it is', () => {
    const before = splitMarkdown('one\n\ntwo\n\nthree')
    const after = splitMarkdown('one\n\ntwo\n\nthree and more', before)
    expect(after.blocks[0]).toBe(before.blocks[0])
  })

  test('a list item that was half written joins its list once it is one', () => {
    const half = splitMarkdown('1. one\n\n2')
    expect(half.blocks).toHaveLength(2)
    expect(splitMarkdown('1. one\n\n2. two', half).blocks).toHaveLength(1)
  })

  test('text that does not go on from the last one is cut afresh', () => {
    expect(splitMarkdown('other\n\ntext', splitMarkdown('one\n\ntwo\n\nthree')).blocks).toHaveLength(2)
  })

  test('a fence is a block of its own, open until its closing line', () => {
    const open = splitMarkdown('text\n```ts title="a"\nconst a = 1\n')
    expect(open.blocks.at(-1)?.fence).toEqual({ language: 'ts', code: 'const a = 1', isClosed: false })
    const closed = splitMarkdown('text\n```ts title="a"\nconst a = 1\n```\nafter', open)
    expect(closed.blocks.map((block) => block.fence?.isClosed)).toEqual([undefined, true, undefined])
    expect(closed.blocks[1]?.fence?.code).toBe('const a = 1')
  })

  test('indented code stays in one block over its blank lines', () => {
    expect(splitMarkdown('text\n\n    a\n\n    b\n\nmore').blocks.map((block) => block.text)).toEqual([
      'text\n\n',
      '    a\n\n    b\n\n',
      'more',
    ])
  })

  test('definitions are gathered from wherever they stand', () => {
    const text = 'See [the notes][n].\n\n```\n[n]: not this\n```\n\n[n]: https://example.com/n\n'
    expect(splitMarkdown(text).definitions).toBe('[n]: https://example.com/n')
  })
})
