import remarkGfm from 'remark-gfm'
import remarkMath from 'remark-math'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { findPlainRanges, type PlainRange } from './markdown-limits.ts'

/*
 * Cuts markdown into its outermost blocks, so that a growing answer draws only its last one again.
 *
 * Two things must hold. Drawing the blocks one by one gives what drawing the whole text gives: where a block ends is for
 * the same parser to say that draws it. And a block, once another stands two places after it, never changes while text is
 * added at the end: markdown is read line by line, and only the last line may not be whole. So a longer text is parsed
 * from the last but one block on, and all before it is taken over.
 */

export interface MarkdownBlock {
  readonly text: string
  /** A fenced block of code; null for everything else. */
  readonly fence: Fence | null
  /** Only defines where links or footnotes lead; another block may use it. */
  readonly isDefinition: boolean
  /** Shown as it is: drawn as markdown it could hold up the page. */
  readonly isPlain: boolean
}

export interface Fence {
  readonly language: string
  readonly code: string
  /** False while its closing line has not come. */
  readonly isClosed: boolean
}

export interface SplitMarkdown {
  readonly text: string
  readonly blocks: readonly MarkdownBlock[]
  /** What all blocks define, to be read with each that may use it. */
  readonly definitions: string
  readonly plainRanges: readonly PlainRange[]
}

const NOTHING: SplitMarkdown = { text: '', blocks: [], definitions: '', plainRanges: [] }

const parser = unified().use(remarkParse).use(remarkGfm).use(remarkMath).freeze()
type ParsedNode = ReturnType<typeof parser.parse>['children'][number]

/** Splits `text`. With the split of a text that this one begins with, unchanged blocks are taken over as they are. */
export function splitMarkdown(text: string, previous: SplitMarkdown = NOTHING): SplitMarkdown {
  if (text === previous.text) return previous
  const isLonger = text.startsWith(previous.text)
  const longerFence = isLonger ? lengthenOpenFence(text, previous) : null
  if (longerFence !== null) return longerFence
  const plainRanges = findPlainRanges(text)
  const kept = isLonger && startAlike(plainRanges, previous.plainRanges) ? previous.blocks.slice(0, -2) : []
  const start = kept.reduce((length, block) => length + block.text.length, 0)
  const blocks = [...kept, ...splitFrom(start, text, plainRanges)]
  const definitions = blocks.filter((block) => block.isDefinition).map((block) => block.text.trim())
  return { text, blocks, definitions: definitions.join('\n\n'), plainRanges }
}

/** False where text that was markdown before is plain now: the blocks made of it are no more. */
function startAlike(ranges: readonly PlainRange[], before: readonly PlainRange[]): boolean {
  return ranges.length === before.length && ranges.every((range, index) => range.start === before[index]?.start)
}

function splitFrom(start: number, text: string, plainRanges: readonly PlainRange[]): readonly MarkdownBlock[] {
  const blocks: MarkdownBlock[] = []
  let place = start
  for (const range of plainRanges) {
    if (range.end <= place) continue
    blocks.push(...parseBlocks(text.slice(place, range.start)))
    const plain = text.slice(Math.max(place, range.start), range.end)
    blocks.push({ text: plain, fence: null, isDefinition: false, isPlain: true })
    place = range.end
  }
  return [...blocks, ...parseBlocks(text.slice(place))]
}

/** Long code arrives in many pieces, and nothing in it but its closing line means anything: it is not parsed again. */
function lengthenOpenFence(text: string, previous: SplitMarkdown): SplitMarkdown | null {
  const last = previous.blocks.at(-1)
  if (last === undefined || last.fence === null || last.fence.isClosed) return null
  const added = text.slice(previous.text.length)
  const lastLine = last.text.slice(last.text.lastIndexOf('\n') + 1)
  const hasPlainStart = /^[`~].*\n/.test(last.text)
  if (!hasPlainStart || /[`~\r]/.test(lastLine + added)) return null
  const block = { ...last, text: last.text + added, fence: { ...last.fence, code: codeWithin(last.text + added) } }
  return { ...previous, text, blocks: [...previous.blocks.slice(0, -1), block] }
}

function codeWithin(openFence: string): string {
  return openFence.slice(openFence.indexOf('\n') + 1).replace(/\n$/, '')
}

function parseBlocks(text: string): readonly MarkdownBlock[] {
  const nodes = parser.parse(text).children
  const starts = nodes.map((node, index) => (index === 0 ? 0 : lineStart(text, node)))
  return nodes.map((node, index) => readBlock(node, text.slice(starts[index], starts[index + 1])))
}

/** With its indent, which belongs to the block's meaning. */
function lineStart(text: string, node: ParsedNode): number {
  const offset = node.position?.start.offset ?? 0
  return text.lastIndexOf('\n', offset - 1) + 1
}

function readBlock(node: ParsedNode, text: string): MarkdownBlock {
  const isDefinition = node.type === 'definition' || node.type === 'footnoteDefinition'
  if (node.type !== 'code') return { text, fence: null, isDefinition, isPlain: false }
  const [, marker] = /^\s*(`{3,}|~{3,})/.exec(text) ?? []
  if (marker === undefined) return { text, fence: null, isDefinition, isPlain: false }
  const lines = text.trimEnd().split('\n')
  const isClosed = lines.length > 1 && closes(marker, lines.at(-1) ?? '')
  return { text, fence: { language: node.lang ?? '', code: node.value, isClosed }, isDefinition, isPlain: false }
}

function closes(marker: string, line: string): boolean {
  const [indent = ''] = /^ */.exec(line) ?? []
  const bare = line.trim()
  return indent.length <= 3 && bare.length >= marker.length && bare === marker.charAt(0).repeat(bare.length)
}
