import type { MarkedText } from '../../protocol/search.ts'

/*
 * An excerpt is a piece of what people and models wrote, cut anywhere, so that nobody can parse it as the Markdown that it is.
 * What looks like markup is left out, line by line; what was searched for stays, even where it is part of some.
 */

const FENCE = /^\s*(?:```[^`]*|~~~.*)$/
/** Lines under headings, between paragraphs, and under the head of a table. */
const RULE = /^[\s|:=*_-]{3,}$/
const BLOCK_MARKS = /^[\s>]*(?:#{1,6}\s|[*+]\s)?/
const INLINE_MARKS = /`+|\\[\\`*_~|[\]#>]|!?\[[^[\]]*\]\([^()\s]*\)|[*_]+|~~|\|/g
const WORD_CHARACTER = /[\p{L}\p{N}]/u

/** `excerpt` without its markup: the same hits, in the same order, each whole. */
export function plainExcerpt(excerpt: MarkedText): MarkedText {
  const isMarkup = markupOf(excerpt.map(({ text }) => text).join(''))
  let from = 0
  return excerpt.flatMap(({ text, hit }) => {
    const at = from
    from += text.length
    const kept = hit ? text : Array.from({ length: text.length }, (_, i) => (isMarkup[at + i] ? '' : text[i])).join('')
    return kept === '' ? [] : [{ text: kept, hit }]
  })
}

/** A 1 for each code unit of `text` that is markup. */
function markupOf(text: string): Uint8Array {
  const marks = new Uint8Array(text.length)
  let at = 0
  let isCode = false
  for (const line of text.split('\n')) {
    const ofLine = marks.subarray(at, at + line.length)
    const isFence = FENCE.test(line)
    if (isFence) isCode = !isCode
    if (isFence || (!isCode && RULE.test(line))) ofLine.fill(1)
    else if (!isCode) markLine(line, ofLine)
    at += line.length + 1
  }
  return marks
}

function markLine(line: string, marks: Uint8Array): void {
  marks.fill(1, 0, BLOCK_MARKS.exec(line)?.[0].length)
  const isTableRow = line.trimStart().startsWith('|') || line.split('|').length > 2
  const inline = new RegExp(INLINE_MARKS)
  for (let match = inline.exec(line); match !== null; match = inline.exec(line)) {
    const [mark] = match
    const end = match.index + mark.length
    if (mark.startsWith('`')) inline.lastIndex = markCode(line, marks, { from: match.index, end })
    else if (mark.startsWith('\\')) marks[match.index] = 1
    else if (mark.endsWith(')')) inline.lastIndex = markLink(line, marks, { from: match.index, end })
    else if (mark === '|' ? isTableRow : isDelimiter(line, match.index, end)) marks.fill(1, match.index, end)
  }
}

interface Span {
  readonly from: number
  readonly end: number
}

/** Code is shown as it is. Answers where it goes on after it. */
function markCode(line: string, marks: Uint8Array, { from, end }: Span): number {
  marks.fill(1, from, end)
  const close = line.indexOf(line.slice(from, end), end)
  if (close < 0) return end
  marks.fill(1, close, close + end - from)
  return close + end - from
}

/** Of a link or an image its words are shown. Answers where they begin. */
function markLink(line: string, marks: Uint8Array, { from, end }: Span): number {
  const words = line.indexOf('[', from) + 1
  marks.fill(1, from, words)
  marks.fill(1, line.indexOf('](', words), end)
  return words
}

/** Not so between spaces, as in 2 * 3, nor within a word, as in snake_case. */
function isDelimiter(line: string, from: number, end: number): boolean {
  const [before = ' ', after = ' '] = [line[from - 1], line[end]]
  if (before.trim() === '' && after.trim() === '') return false
  return !(WORD_CHARACTER.test(before) && WORD_CHARACTER.test(after))
}
