/*
 * Each paragraph, list, heading and cell runs as its own first letter does. It is told here, once for each piece that is
 * drawn: the browser's own ways to find out (`dir="auto"`, `unicode-bidi: plaintext`) look at a growing answer again with each
 * frame, and made typing beside one several times slower.
 */

interface TreeNode {
  readonly type: string
  readonly tagName?: string
  readonly value?: string
  readonly properties?: Record<string, unknown>
  readonly children?: readonly TreeNode[]
}

const DIRECTED: ReadonlySet<string> = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'td', 'th'])
const LETTER = /\p{L}/u
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

type Direction = 'ltr' | 'rtl'

/** A plugin of rehype. The whole runs from left to right; what runs otherwise than what it stands in is told so. */
export function markDirections(): (tree: TreeNode) => void {
  return (tree) => mark(tree, 'ltr')
}

function mark(node: TreeNode, around: Direction): void {
  let direction = around
  if (node.properties !== undefined && DIRECTED.has(node.tagName ?? '')) {
    direction = directionOf(node) ?? around
    if (direction !== around) node.properties.dir = direction
  }
  for (const child of node.children ?? []) mark(child, direction)
}

function directionOf(node: TreeNode): Direction | null {
  const letter = firstLetter(node)
  if (letter === null) return null
  return RIGHT_TO_LEFT.test(letter) ? 'rtl' : 'ltr'
}

function firstLetter(node: TreeNode): string | null {
  if (node.type === 'text') return LETTER.exec(node.value ?? '')?.[0] ?? null
  for (const child of node.children ?? []) {
    const letter = firstLetter(child)
    if (letter !== null) return letter
  }
  return null
}
