import type { MarkedText } from '../../protocol/search.ts'

/** More words than this make no search narrower that people can make sense of. */
const MAX_WORDS = 12
const WORD = /[\p{L}\p{N}\p{M}]+/gu

/** The words of what a person has typed. Everything else in it separates them and means nothing. */
export function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(WORD)].slice(0, MAX_WORDS).map(([word]) => word)
}

const EXCERPT_LENGTH = 240
/** So much of an excerpt may stand before its first hit. */
const BEFORE_HIT_LENGTH = 60
const MAX_HITS = 40
/** A message is looked through so far; an excerpt of one whose first hit stands later is its beginning. */
const LOOKED_THROUGH_LENGTH = 100_000

interface Span {
  readonly from: number
  readonly to: number
}

/** A piece of `text` around its first hit, of a bounded length, with all hits in it marked. The last word may go on. */
export function excerptOf(text: string, words: readonly string[]): MarkedText {
  const isHit = hitsFor(words)
  const first = firstHit(text, isHit)
  const from = first ? startOfPiece(text, first.from) : 0
  const to = endOfPiece(text, Math.max(from + EXCERPT_LENGTH, Math.min(first?.to ?? 0, from + 2 * EXCERPT_LENGTH)))
  const piece = text.slice(from, to)
  const marked = markHits(piece, isHit)
  const start = from > 0 ? [{ text: '…', hit: false }] : []
  const end = to < text.length ? [{ text: '…', hit: false }] : []
  return [...start, ...marked, ...end]
}

/** All of a short `text`, with the hits in it marked. */
export function markWords(text: string, words: readonly string[]): MarkedText {
  return markHits(text, hitsFor(words))
}

type IsHit = (word: string) => boolean

function hitsFor(words: readonly string[]): IsHit {
  const whole = new Set(words.map(fold))
  const begun = fold(words.at(-1) ?? '')
  return (word) => {
    const folded = fold(word)
    return whole.has(folded) || (begun !== '' && folded.startsWith(begun))
  }
}

/** As the index compares: without case and accents. */
function fold(word: string): string {
  return word
    .normalize('NFD')
    .replaceAll(/\p{Diacritic}/gu, '')
    .toLowerCase()
}

function firstHit(text: string, isHit: IsHit): Span | undefined {
  return hitsIn(text.slice(0, LOOKED_THROUGH_LENGTH), isHit).next().value
}

function* hitsIn(text: string, isHit: IsHit): Generator<Span, undefined> {
  for (const match of text.matchAll(WORD)) {
    if (isHit(match[0])) yield { from: match.index, to: match.index + match[0].length }
  }
}

function markHits(text: string, isHit: IsHit): MarkedText {
  const marked: MarkedText = []
  let at = 0
  for (const { from, to } of hitsIn(text, isHit)) {
    if (marked.length >= 2 * MAX_HITS) break
    if (from > at) marked.push({ text: text.slice(at, from), hit: false })
    marked.push({ text: text.slice(from, to), hit: true })
    at = to
  }
  if (at < text.length) marked.push({ text: text.slice(at), hit: false })
  return marked
}

/** Near `hit`, at the beginning of a word where there is one. */
function startOfPiece(text: string, hit: number): number {
  const earliest = hit - BEFORE_HIT_LENGTH
  if (earliest <= 0) return 0
  const space = text.slice(earliest, hit).search(/\s/)
  return space < 0 ? wholeCharacter(text, earliest) : earliest + space + 1
}

function endOfPiece(text: string, latest: number): number {
  return latest >= text.length ? text.length : wholeCharacter(text, latest)
}

/** Never in the middle of a surrogate pair. */
function wholeCharacter(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at
}
