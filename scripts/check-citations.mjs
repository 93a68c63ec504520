// Comments and test names cite decisions (D), invariants (I), faults (F), security requirements (S), design rules (R) and
// planted mistakes (M) by number. Each number must have its one entry under docs/: a heading, a list item or a table row
// that begins with it. Where a table says which tests try a row (`| row F5 | …names of files… |`), each of these cites the row.
// The folder it runs in is the one it looks at.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lineCounter, listFiles, parseFile, report, walk } from './source-files.mjs'

const CITATION = /(?<![\w#])[DIFSRM]\d{1,2}(?!\w)/g
const ENTRY = /^(?:#{1,6}\s+|\s*[-*]\s+\*\*|\|\s*)\**([DIFSRM]\d{1,2})(?!\w)/
const TEST_FUNCTIONS = new Set(['test', 'it', 'describe', 'suite'])

const TRIED = /^\|\s*rows? (F\d[^|]*)\|(.*)\|/
/** In backticks: a folder ends with a slash, and a command has spaces. */
const FILE_NAME = /`([^`\s]*[^`\s/])`/g

const folder = process.cwd()
const { entries, tried, findings } = readEntries()
/** What the names of each test file's tests cite. */
const cited = new Map()
for (const path of listFiles(folder, (name) => /\.(ts|tsx|mjs|sql)$/.test(name))) {
  const { texts, lineAt } = path.endsWith('.sql') ? textsOfSql(path) : textsOfCode(path)
  for (const { text, start } of texts) {
    for (const match of text.matchAll(CITATION)) {
      if (/\.(test|contract)\.tsx?$/.test(path)) cited.set(path, [...(cited.get(path) ?? []), match[0]])
      if (entries.has(match[0])) continue
      findings.push({ path, line: lineAt(start + match.index), message: `${match[0]} has no entry under docs/` })
    }
  }
}
for (const { path, line, number, name } of tried) {
  const isCited = [...cited].some(([file, numbers]) => isNamed(file, name) && numbers.includes(number))
  if (!isCited) findings.push({ path, line, message: `no test of a file named ${name} cites ${number}` })
}
process.exitCode = report(findings)

function isNamed(file, name) {
  return `/${file}`.replace(/\.(test|contract)\.tsx?$/, '').endsWith(`/${name}`)
}

function readEntries() {
  const entries = new Map()
  const tried = []
  const findings = []
  for (const path of listFiles(folder, (name) => /^docs\/.*\.md$/.test(name))) {
    const lines = readFileSync(join(folder, path), 'utf8').split('\n')
    for (const [index, line] of lines.entries()) {
      const [, numbers = '', names = ''] = TRIED.exec(line) ?? []
      for (const [number] of numbers.matchAll(CITATION)) {
        for (const [, name] of names.matchAll(FILE_NAME)) tried.push({ path, line: index + 1, number, name })
      }
      const number = ENTRY.exec(line)?.[1]
      if (!number) continue
      const earlier = entries.get(number)
      if (earlier) findings.push({ path, line: index + 1, message: `${number} has an entry already, in ${earlier}` })
      else entries.set(number, path)
    }
  }
  return { entries, tried, findings }
}

function textsOfCode(path) {
  const { program, comments, lineAt } = parseFile(folder, path)
  const texts = comments.map((comment) => ({ text: comment.value, start: comment.start }))
  walk(program, (node) => {
    if (node.type !== 'CallExpression' || !TEST_FUNCTIONS.has(nameOf(node.callee))) return
    const title = node.arguments[0]
    if (title?.type === 'Literal') texts.push({ text: String(title.value), start: title.start })
    if (title?.type === 'TemplateLiteral')
      texts.push(...title.quasis.map((part) => ({ text: part.value.raw, start: part.start })))
  })
  return { texts, lineAt }
}

function textsOfSql(path) {
  const text = readFileSync(join(folder, path), 'utf8')
  const comments = text.matchAll(/--.*|\/\*[\s\S]*?\*\//g)
  return { texts: Array.from(comments, (match) => ({ text: match[0], start: match.index })), lineAt: lineCounter(text) }
}

/** The name at the start of a callee: `test` of `test`, `test.each(rows)` and `test.concurrent`. */
function nameOf(callee) {
  if (callee.type === 'Identifier') return callee.name
  if (callee.type === 'MemberExpression') return nameOf(callee.object)
  if (callee.type === 'CallExpression') return nameOf(callee.callee)
  return callee.type === 'TaggedTemplateExpression' ? nameOf(callee.tag) : ''
}
