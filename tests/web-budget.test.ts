import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

/** What the web app costs before anything is drawn, by the build that `npm test` has just made. */

const BUILD = fileURLToPath(new URL('../dist/web', import.meta.url))
const MAX_FIRST_SCRIPT_BYTES = 250 * 1024
const MAX_FIRST_ANSWER_BYTES = 450 * 1024

const page = readFileSync(join(BUILD, 'index.html'), 'utf8')

function firstScripts(): string[] {
  const tags = page.match(/<(script|link)[^>]*>/g) ?? []
  const isScript = (tag: string) => tag.startsWith('<script') || tag.includes('modulepreload')
  return tags.filter(isScript).flatMap((tag) => /(?:src|href)="([^"]+\.js)"/.exec(tag)?.[1] ?? [])
}

test('the scripts of the first paint are at most 250 KB, compressed', () => {
  const scripts = firstScripts()
  expect(scripts.length).toBeGreaterThan(0)
  expect(sentBytes(scripts)).toBeLessThanOrEqual(MAX_FIRST_SCRIPT_BYTES)
})

test('the scripts up to the first answer are at most 450 KB, compressed', () => {
  const transcript = readdirSync(join(BUILD, 'assets')).filter((name) => /^transcript-[^.]*\.js$/.test(name))
  expect(transcript).toHaveLength(1)
  const scripts = new Set(firstScripts())
  const fetched = transcript.map((name) => `/assets/${name}`)
  for (const path of fetched) {
    if (scripts.has(path)) continue
    scripts.add(path)
    const code = readFileSync(join(BUILD, path), 'utf8')
    // what a script imports at once, not what it may import later
    for (const [, name] of code.matchAll(/from"\.\/([^"]+\.js)"/g)) fetched.push(`/assets/${name}`)
  }
  expect(sentBytes([...scripts])).toBeLessThanOrEqual(MAX_FIRST_ANSWER_BYTES)
})

function sentBytes(scripts: readonly string[]): number {
  const bytes = scripts.map((path) => gzipSync(readFileSync(join(BUILD, path)), { level: 9 }).byteLength)
  return bytes.reduce((sum, size) => sum + size, 0)
}

test('what only some need is not among them: formulas, colours of code, markdown, the settings, the worker of the streams', () => {
  const first = new Set(firstScripts())
  const all = readdirSync(join(BUILD, 'assets')).filter((name) => name.endsWith('.js'))
  // what only these have in them
  for (const late of [
    /KaTeX parse error/,
    /ShikiError/,
    /gfmTable/,
    /GET \/api\/streams/,
    /data-testid["']?:["'`]settings["'`]/,
  ]) {
    const holders = all.filter((name) => late.test(readFileSync(join(BUILD, 'assets', name), 'utf8')))
    expect(holders, `no script has ${late}`).not.toEqual([])
    expect(holders.filter((name) => first.has(`/assets/${name}`))).toEqual([])
  }
})

test('D17: what draws diagrams is in a page of its own and in no script of the app', () => {
  const library = '__esbuild_esm_mermaid'
  expect(readFileSync(join(BUILD, 'diagram.html'), 'utf8')).toContain(library)
  for (const name of readdirSync(join(BUILD, 'assets')).filter((file) => file.endsWith('.js'))) {
    expect(readFileSync(join(BUILD, 'assets', name), 'utf8').includes(library), name).toBe(false)
  }
})

test('the page names no other origin', () => {
  expect(page.match(/(?:src|href|content)="(?:https?:)?\/\/[^"]*"/g)).toBeNull()
})
