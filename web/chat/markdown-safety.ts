import type { Options as SanitizeSchema } from 'rehype-sanitize'

/*
 * What text from a model may become (S9, S10). Markdown is turned into a tree, everything in it that is not on this list
 * is dropped, and the rest becomes React elements: no HTML is ever parsed by the browser, and nothing is fetched.
 */
export const MARKDOWN_SCHEMA: SanitizeSchema = {
  tagNames: [
    ...['p', 'br', 'hr', 'blockquote', 'ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
    ...['strong', 'em', 'del', 'sup', 'a', 'img', 'code', 'pre', 'section', 'input'],
    ...['table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  attributes: {
    a: ['href', 'title'],
    img: ['src', 'alt', 'title'],
    code: [['className', /^language-[^\s]{1,32}$/]],
    h2: [['className', 'sr-only']],
    li: [['className', 'task-list-item']],
    ul: [['className', 'contains-task-list']],
    ol: ['start', ['className', 'contains-task-list']],
    input: [['type', 'checkbox'], 'checked', ['disabled', true]],
    th: ['align'],
    td: ['align'],
  },
  required: { input: { type: 'checkbox', disabled: true } },
  protocols: { href: ['http', 'https', 'mailto'], src: ['http', 'https', 'data'] },
  strip: ['script', 'style'],
  clobber: [],
}

/** The address of a link that may be followed: absolute, and of a kind that runs nothing. Null for any other. */
export function safeLink(href: unknown): string | null {
  const url = parseUrl(href)
  if (url === null) return null
  return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null
}

const RASTER_IMAGE = /^data:image\/(png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]+$/

/**
 * Where an image may come from. One that the text itself carries may be shown: nothing is fetched for it. One from
 * elsewhere may be offered, never loaded: loading it would tell its host that it was read, and what the address holds.
 */
export type ImageSource =
  | { readonly kind: 'carried'; readonly src: string }
  | { readonly kind: 'remote'; readonly url: string }
  | { readonly kind: 'none' }

export function readImageSource(src: unknown): ImageSource {
  if (typeof src !== 'string') return { kind: 'none' }
  if (RASTER_IMAGE.test(src)) return { kind: 'carried', src }
  const url = parseUrl(src)
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? { kind: 'remote', url: url.href } : { kind: 'none' }
}

function parseUrl(text: unknown): URL | null {
  return typeof text === 'string' ? URL.parse(text) : null
}

interface TreeNode {
  type: string
  value?: unknown
  children?: TreeNode[]
}

/** A rehype plugin: HTML within markdown is shown as the text it is, instead of vanishing from the answer. */
export function showHtmlAsText() {
  return (tree: TreeNode) => {
    turnRawIntoText(tree)
  }
}

function turnRawIntoText(node: TreeNode): void {
  if (node.type === 'raw') node.type = 'text'
  for (const child of node.children ?? []) turnRawIntoText(child)
}
