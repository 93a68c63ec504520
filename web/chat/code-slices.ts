const LINES_PER_SLICE = 40

/**
 * Cuts code into pieces of whole lines. A long block is laid out, coloured and drawn piece by piece: while it grows only
 * its last piece changes.
 */
export function sliceCode(code: string): readonly string[] {
  const slices: string[] = []
  let start = 0
  let end = 0
  let lines = 0
  while (end < code.length) {
    const lineBreak = code.indexOf('\n', end)
    end = lineBreak === -1 ? code.length : lineBreak + 1
    lines += 1
    if (lines < LINES_PER_SLICE && end < code.length) continue
    slices.push(code.slice(start, end))
    start = end
    lines = 0
  }
  return slices
}
