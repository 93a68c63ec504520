// The project's own source files, read and parsed: what the checks of `check-*.mjs` have in common.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'vite'

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage'])

/** Paths of the files under `folder` whose name fits, from `folder`, in one order everywhere. */
export function listFiles(folder, fits) {
  const files = []
  const visit = (path) => {
    const items = readdirSync(join(folder, path), { withFileTypes: true })
    for (const item of items.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (item.name.startsWith('.') || NOT_OURS.has(item.name)) continue
      const inner = path === '' ? item.name : `${path}/${item.name}`
      if (item.isDirectory()) visit(inner)
      else if (fits(inner)) files.push(inner)
    }
  }
  visit('')
  return files
}

/** The syntax tree of a file, its comments, and the line of a place in it. */
export function parseFile(folder, path) {
  const text = readFileSync(join(folder, path), 'utf8')
  const { program, comments, errors } = parseSync(path, text)
  return { program, comments, errors, lineAt: lineCounter(text) }
}

/** Calls `see` for every node of a syntax tree, outer ones first. */
export function walk(node, see) {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, see)
  } else if (node && typeof node === 'object') {
    if (typeof node.type === 'string') see(node)
    for (const value of Object.values(node)) walk(value, see)
  }
}

export function lineCounter(text) {
  return (offset) => text.slice(0, offset).split('\n').length
}

/** Prints each finding and answers with the exit code. */
export function report(findings) {
  for (const { path, line, message } of findings) process.stdout.write(`${path}:${line}: ${message}\n`)
  return findings.length > 0 ? 1 : 0
}
