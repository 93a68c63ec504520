/*
 * Markdown has shapes that take its parser far longer than they are long: deep nesting, endless emphasis, tables of a
 * megabyte. Nobody writes them for a reader. They are shown as the plain text they are, before any parser sees them, and by
 * the text alone, so that an answer looks the same while it is written and ever after (row 111).
 */

/** A stretch of text that is shown as it is. */
export interface PlainRange {
  readonly start: number
  readonly end: number
}

/** Of all that is drawn as markdown, code apart; what stands after it is plain. */
const MAX_TEXT_LENGTH = 150_000
/** Between two blank lines, outside of code. */
const MAX_CHUNK_LENGTH = 12_000
const MAX_CHUNK_MARKS = 600
const MAX_NESTING = 16

const FENCE = /^ {0,3}(`{3,}|~{3,})/
const CONTAINERS = /^(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])))*/
const CONTAINER = />|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])/g
const MARK = /[*_~[`<\\&$]/g

/** The parts of `text` that would hold up the page if they were drawn as markdown, first to last. */
export function findPlainRanges(text: string): readonly PlainRange[] {
  const ranges: PlainRange[] = []
  let chunk = newChunk(0)
  let length = 0
  let fence = ''
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline + 1
    const line = text.slice(start, end)
    const marker = FENCE.exec(line)?.[1] ?? ''
    const isCode = fence !== ''
    fence = isCode ? (marker.startsWith(fence) ? '' : fence) : marker
    if (isCode || fence !== '' || line.trim() === '') {
      if (chunk.isTooMuch) ranges.push({ start: chunk.start, end: start })
      else length += chunk.length
      chunk = newChunk(end)
    } else {
      addLine(chunk, line)
      const isTooLong = !chunk.isTooMuch && length + chunk.length > MAX_TEXT_LENGTH
      if (isTooLong) return [...ranges, { start: chunk.start, end: text.length }]
    }
    start = end
  }
  if (chunk.isTooMuch) ranges.push({ start: chunk.start, end: text.length })
  return ranges
}

/** Lines without a blank one between them. */
interface Chunk {
  readonly start: number
  length: number
  marks: number
  isTooMuch: boolean
}

function newChunk(start: number): Chunk {
  return { start, length: 0, marks: 0, isTooMuch: false }
}

function addLine(chunk: Chunk, line: string): void {
  if (chunk.isTooMuch) return
  chunk.length += line.length
  chunk.marks += count(line, MARK)
  chunk.isTooMuch = chunk.length > MAX_CHUNK_LENGTH || chunk.marks > MAX_CHUNK_MARKS || nestingOf(line) > MAX_NESTING
}

function nestingOf(line: string): number {
  return count(CONTAINERS.exec(line)?.[0] ?? '', CONTAINER)
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
