import type { Locator } from 'playwright-core'

/** What could run or fetch within `root`: elements and attributes, not the words that name them. */
export function activeContent(root: Locator): Promise<string[]> {
  return root.evaluate((drawn) => {
    const active = [
      'SCRIPT',
      'IFRAME',
      'OBJECT',
      'EMBED',
      'IMG',
      'STYLE',
      'LINK',
      'FORM',
      'VIDEO',
      'AUDIO',
      'BASE',
      'META',
    ]
    // diagrams are drawn in a frame without an origin, which diagrams.test.ts looks into
    const isDiagram = (element: Element) => element.matches('iframe[sandbox="allow-scripts"][src^="/diagram.html#"]')
    const elements = [...drawn.querySelectorAll('*')].filter((element) => !isDiagram(element))
    const tags = elements.map(({ tagName }) => tagName).filter((tag) => active.includes(tag.toUpperCase()))
    const attributes = elements
      // formulas are laid out by elements with sizes of their own, and a drawing has its height
      .flatMap((element) =>
        [...element.attributes].filter(({ name }) => name !== 'style' || !element.closest('.katex, [data-diagram]')),
      )
      .filter(({ name, value }) => {
        const isCode = name.startsWith('on') || ['srcdoc', 'style', 'ping', 'formaction'].includes(name)
        // an address that runs something, or that leaves the page where a click should not
        const isLive = ['href', 'src', 'xlink:href', 'action'].includes(name) && !/^(https?:|mailto:|#)/.test(value)
        return isCode || isLive
      })
    return [...tags, ...attributes.map(({ name, value }) => `${name}=${value}`)]
  })
}
