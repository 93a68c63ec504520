import type { Page } from 'playwright-core'

/*
 * What can be measured of a page as it is drawn. Each function answers with what is wrong, in words that help to find it.
 */

/** Visible text that does not fit where it stands, and is not made to: no ellipsis, nothing that scrolls. */
export function clippedText(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const isIn = (element: Element, styles: (style: CSSStyleDeclaration) => boolean) => {
      for (let at: Element | null = element; at !== null; at = at.parentElement)
        if (styles(getComputedStyle(at))) return true
      return false
    }
    const mayScroll = ({ overflowX }: CSSStyleDeclaration) => overflowX === 'auto' || overflowX === 'scroll'
    const mayBeCut = (style: CSSStyleDeclaration) =>
      style.textOverflow === 'ellipsis' || style.clipPath === 'inset(50%)'
    const found: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement
      const text = node.textContent?.trim() ?? ''
      if (parent === null || text === '' || !parent.checkVisibility()) continue
      if (isIn(parent, mayBeCut)) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const rect of range.getClientRects()) {
        const isOutside = rect.left < -0.5 || rect.right > innerWidth + 0.5
        if (isOutside && !isIn(parent, mayScroll)) found.push(`outside the screen: ${text}`)
      }
      const box = parent.getBoundingClientRect()
      const isCut = getComputedStyle(parent).overflowX === 'hidden' && parent.scrollWidth > Math.ceil(box.width) + 1
      if (isCut) found.push(`cut off: ${text}`)
    }
    return [...new Set(found)]
  })
}

/** What can be touched and is smaller than a finger, links within a text apart: there the line decides (WCAG 2.5.8). */
export function smallTargets(page: Page, leastPx: number): Promise<string[]> {
  return page.evaluate((least) => {
    const selector = 'button, a[href], input, textarea, select, summary, [role^=menuitem], [role=option], [role=tab]'
    return [...document.querySelectorAll(selector)]
      .filter(
        (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.prose p, .prose li'),
      )
      .filter((element) => !(element instanceof HTMLInputElement && element.type === 'file'))
      .flatMap((element) => {
        const box = (element.closest('label') ?? element).getBoundingClientRect()
        if (box.width <= 1 || (box.width >= least && box.height >= least)) return []
        const name = element.getAttribute('aria-label') ?? element.textContent
        return [`${element.tagName} ${name}: ${box.width.toFixed(0)} x ${box.height.toFixed(0)}`]
      })
  }, leastPx)
}

/** Lines of running text with more characters than an eye follows back; code and tables have lines of their own. */
export function longLines(page: Page, most: number): Promise<string[]> {
  return page.evaluate((limit) => {
    const found: string[] = []
    for (const block of document.querySelectorAll('p, li, h1, h2, h3, blockquote, dd')) {
      if (!block.checkVisibility() || block.closest('pre, table, .katex') !== null) continue
      const lines = new Map<number, string>()
      const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        if (node.parentElement?.closest('p, li, h1, h2, h3, blockquote, dd') !== block) continue
        for (const word of (node.textContent ?? '').matchAll(/\S+\s*/g)) {
          const range = document.createRange()
          range.setStart(node, word.index)
          range.setEnd(node, word.index + word[0].trimEnd().length)
          const { bottom, width } = range.getBoundingClientRect()
          if (width === 0) continue
          const line = Math.round(bottom / 8)
          lines.set(line, (lines.get(line) ?? '') + word[0])
        }
      }
      for (const line of lines.values()) if (line.trim().length > limit) found.push(`${line.trim().length}: ${line}`)
    }
    return found
  }, most)
}

/** Strong colours on the page other than those of the theme with these names; code and formulas have their own. */
export function strayColours(page: Page, names: readonly string[]): Promise<string[]> {
  return page.evaluate((allowedNames) => {
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    if (context === null) throw new Error('the browser draws no canvas')
    const channelsOf = (colour: string): readonly [number, number, number, number] => {
      context.clearRect(0, 0, 1, 1)
      context.fillStyle = colour
      context.fillRect(0, 0, 1, 1)
      const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data
      return [red, green, blue, alpha]
    }
    const isStrong = ([red, green, blue, alpha]: readonly [number, number, number, number]) =>
      alpha > 127 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60
    const probe = document.body.appendChild(document.createElement('i'))
    const allowed = allowedNames.map((name) => {
      probe.style.color = `var(--color-${name})`
      return channelsOf(getComputedStyle(probe).color).slice(0, 3)
    })
    probe.remove()
    const isAllowed = (colour: readonly number[]) =>
      allowed.some((one) => one.every((channel, at) => Math.abs(channel - (colour[at] ?? 0)) <= 24))
    const found = new Set<string>()
    for (const element of document.body.querySelectorAll('*')) {
      if (!element.checkVisibility() || element.closest('pre') !== null) continue
      const style = getComputedStyle(element)
      for (const colour of [style.color, style.backgroundColor, style.borderTopColor, style.outlineColor]) {
        const channels = channelsOf(colour)
        if (isStrong(channels) && !isAllowed(channels)) found.add(`${element.tagName}: ${colour}`)
      }
    }
    return [...found]
  }, names)
}

/** What Tab reaches and does not show that it has the focus, by an outline or by the border of the box around it. */
export async function unseenFocus(page: Page, steps: number): Promise<string[]> {
  const found: string[] = []
  for (let step = 0; step < steps; step += 1) {
    await page.keyboard.press('Tab')
    const unseen = await page.evaluate(() => {
      const focused = document.activeElement
      if (focused === null || focused === document.body) return null
      const accent = document.body.appendChild(document.createElement('i'))
      accent.style.color = 'var(--color-accent)'
      const { color } = getComputedStyle(accent)
      accent.remove()
      const isMarked = (element: Element | null) => {
        if (element === null) return false
        const style = getComputedStyle(element)
        const hasOutline = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2
        return (
          (hasOutline && style.outlineColor === color) ||
          [style.borderTopColor, style.borderBottomColor].includes(color)
        )
      }
      if (isMarked(focused) || isMarked(focused.closest('label')) || isMarked(focused.parentElement)) return null
      return focused.outerHTML.slice(0, 200)
    })
    if (unseen !== null) found.push(unseen)
  }
  return [...new Set(found)]
}
