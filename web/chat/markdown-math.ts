/*
 * Formulas stand between dollars. A dollar is money far more often: between single dollars there is a formula only where
 * nothing but the formula touches them, and no digit follows, so that "$5 and $10" stays what it is.
 */

interface TreeNode {
  type: string
  value?: unknown
  children?: TreeNode[]
  position?: { start: { offset?: number }; end: { offset?: number } }
}

/** A remark plugin, to stand behind `remark-math`. */
export function keepMoneyAsText() {
  return (tree: TreeNode, file: { toString(): string }) => {
    keepMoney(tree, String(file))
  }
}

function keepMoney(node: TreeNode, source: string): void {
  for (const child of node.children ?? []) {
    if (child.type === 'inlineMath') keepIfMoney(child, source)
    else keepMoney(child, source)
  }
}

function keepIfMoney(math: TreeNode, source: string): void {
  const start = math.position?.start.offset
  const end = math.position?.end.offset
  if (start === undefined || end === undefined) return
  const written = source.slice(start, end)
  const isDouble = written.startsWith('$$')
  const isTouched = !/^\$\s|\s\$$/.test(written) && !/\d/.test(source.charAt(end))
  if (isDouble || isTouched) return
  for (const key of Object.keys(math)) Reflect.deleteProperty(math, key)
  Object.assign(math, { type: 'text', value: written })
}
