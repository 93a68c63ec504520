/*
 * Marks what was found, without touching the page: the browser draws ranges over text that stays as it is. Where it cannot,
 * the messages are found and shown all the same.
 */

const ALL = 'found'
const CURRENT = 'found-current'
/** So many marks are enough for one screen. */
const MAX_RANGES = 500

/** Marks `query` in what is mounted under `root`. Answers with the first range within `currentRow`. */
export function markFound(root: HTMLElement, query: string, currentRow: Element | null): Range | null {
  if (!('highlights' in CSS)) return null
  const ranges = query.trim() === '' ? [] : rangesOf(root, query)
  const current = ranges.filter((range) => currentRow?.contains(range.startContainer))
  CSS.highlights.set(ALL, new Highlight(...ranges))
  CSS.highlights.set(CURRENT, new Highlight(...current))
  return current[0] ?? null
}

export function unmarkFound(): void {
  if (!('highlights' in CSS)) return
  CSS.highlights.delete(ALL)
  CSS.highlights.delete(CURRENT)
}

function rangesOf(root: HTMLElement, query: string): Range[] {
  const wanted = query.toLocaleLowerCase()
  const ranges: Range[] = []
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null && ranges.length < MAX_RANGES; node = walker.nextNode()) {
    const text = node.nodeValue?.toLocaleLowerCase() ?? ''
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      ranges.push(rangeAt(node, at, wanted.length))
    }
  }
  return ranges
}

/** Never past the node's end: a few letters change their length with their case. */
function rangeAt(node: Node, at: number, length: number): Range {
  const end = node.nodeValue?.length ?? 0
  const range = document.createRange()
  range.setStart(node, Math.min(at, end))
  range.setEnd(node, Math.min(at + length, end))
  return range
}
