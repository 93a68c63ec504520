/*
 * Draws one diagram in a page of its own, which stands in a frame without an origin (S10): whatever a diagram smuggles past
 * the library runs where there is no cookie, no storage, no network and no page around it. In comes a text, out goes a number:
 * the height of the drawing, 0 where there is none. The build writes this file into diagram.html; it can import nothing.
 */

interface DiagramEngine {
  readonly initialize: (options: Readonly<Record<string, unknown>>) => void
  readonly render: (id: string, text: string) => Promise<{ readonly svg: string }>
}

declare const mermaid: DiagramEngine

/** Those of styles.css that a drawing needs: day, then night. */
const COLOURS = {
  raised: ['#fffdfa', '#262220'],
  sunken: ['#f1eae1', '#161311'],
  wash: ['#f3e3de', '#35262a'],
  ink: ['#2b2422', '#ece5dc'],
  edge: ['#8f8177', '#7d7168'],
} as const

/** What a diagram's own text may not change. */
const FIXED = {
  startOnLoad: false,
  securityLevel: 'strict',
  suppressErrorRendering: true,
  htmlLabels: false,
  deterministicIds: true,
  maxTextSize: 20_000,
  maxEdges: 300,
  theme: 'base',
  fontFamily: 'ui-sans-serif, system-ui, sans-serif',
}

const UNWANTED = 'script, foreignObject, image, iframe, object, embed, animate, set, feImage'

let latest = ''
/** A drawing is as wide as there is room, and as high as that makes it; a new one is told of at once. */
const resized = new ResizeObserver((entries) => {
  const height = entries.at(-1)?.contentRect.height ?? 0
  if (height > 0) parent.postMessage(Math.ceil(height), '*')
})

function configure(isDark: boolean): void {
  const colour = (name: keyof typeof COLOURS) => COLOURS[name][isDark ? 1 : 0]
  document.documentElement.style.colorScheme = isDark ? 'dark' : 'light'
  mermaid.initialize({
    ...FIXED,
    secure: ['secure', 'themeVariables', 'themeCSS', 'dompurifyConfig', 'flowchart', ...Object.keys(FIXED)],
    flowchart: { htmlLabels: false },
    themeVariables: {
      darkMode: isDark,
      background: colour('raised'),
      primaryColor: colour('wash'),
      primaryTextColor: colour('ink'),
      primaryBorderColor: colour('edge'),
      secondaryColor: colour('sunken'),
      tertiaryColor: colour('raised'),
      lineColor: colour('edge'),
      textColor: colour('ink'),
      fontSize: '15px',
    },
  })
}

/** The drawing without what could load, lead away or run, should the library have left any of it. */
function parseDrawing(svg: string): SVGElement {
  const drawing = new DOMParser().parseFromString(svg, 'text/html').querySelector('svg')
  if (drawing === null) throw new Error('the library drew nothing')
  for (const element of drawing.querySelectorAll(UNWANTED)) element.remove()
  for (const element of drawing.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      const isPointer = name.endsWith('href') && !value.startsWith('#')
      if (isPointer || name.startsWith('on')) element.removeAttribute(name)
    }
  }
  return drawing
}

async function draw(text: string): Promise<void> {
  latest = text
  configure(location.hash === '#dark')
  try {
    const { svg } = await mermaid.render('diagram', text)
    if (text !== latest) return
    const drawing = parseDrawing(svg)
    document.body.replaceChildren(drawing)
    resized.disconnect()
    resized.observe(drawing)
  } catch {
    parent.postMessage(0, '*') // the library cannot read it; the page around shows it as text
  }
}

addEventListener('message', ({ source, data }) => {
  if (source === parent && typeof data === 'string') void draw(data)
})
addEventListener('hashchange', () => void draw(latest))
