/** Text that may stand in a page as it is. Only `html` makes it. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Insertion = string | number | Html | readonly Html[]

/** A piece of a page. What is inserted is escaped, unless it is a piece itself. */
export function html(parts: TemplateStringsArray, ...insertions: readonly Insertion[]): Html {
  return new Html(
    parts.map((part, index) => part + (index < insertions.length ? render(insertions[index] ?? '') : '')).join(''),
  )
}

/** Text whose only markup is code between backticks. */
export function inlineCode(text: string): Html {
  return html`${text.split('`').map((piece, index) => (index % 2 === 0 ? html`${piece}` : html`<code>${piece}</code>`))}`
}

function render(insertion: Insertion): string {
  if (insertion instanceof Html) return insertion.text
  if (typeof insertion === 'string' || typeof insertion === 'number') return escapeText(String(insertion))
  return insertion.map((piece) => piece.text).join('')
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
