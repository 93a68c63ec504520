import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

/** What the web app costs before anything is drawn, by the build that `npm test` has just made. */

const BUILD = fileURLToPath(new URL('../dist/web', import.meta.url))
const MAX_FIRST_SCRIPT_BYTES = 250 * 1024

const page = readFileSync(join(BUILD, 'index.html'), 'utf8')

function firstScripts(): string[] {
  const tags = page.match(/<(script|link)[^>]*>/g) ?? []
  const isScript = (tag: string) => tag.startsWith('<script') || tag.includes('modulepreload')
  return tags.filter(isScript).flatMap((tag) => /(?:src|href)="([^"]+\.js)"/.exec(tag)?.[1] ?? [])
}

test('the scripts of the first paint are at most 250 KB, compressed', () => {
  const scripts = firstScripts()
  expect(scripts.length).toBeGreaterThan(0)
  const bytes = scripts.map((path) => gzipSync(readFileSync(join(BUILD, path)), { level: 9 }).byteLength)
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MAX_FIRST_SCRIPT_BYTES)
})

test('what only some answers need is not among them', () => {
  const first = firstScripts().map((path) => readFileSync(join(BUILD, path), 'utf8'))
  // names that only these libraries have
  for (const late of ['KaTeX parse error', 'createHighlighterCore']) {
    expect(first.some((script) => script.includes(late))).toBe(false)
  }
})

test('the page names no other origin', () => {
  expect(page.match(/(?:src|href|content)="(?:https?:)?\/\/[^"]*"/g)).toBeNull()
})
