// Constructs that hide a failure or step around the other checks. The folder it runs in is the one it looks at.
import { listFiles, parseFile, report, walk } from './source-files.mjs'

/** Rules whose exceptions stand in biome.jsonc by path, with a reason, and nowhere else. */
const NOT_TO_BE_IGNORED =
  /biome-ignore(-all|-start)?[\s\S]*(noRestrictedImports|noImportCycles|noProcessEnv|noExcessiveLines|useMaxParams|noExplicitAny|noNonNullAssertion|noDefaultExport|noTsIgnore|noSkippedTests|noFocusedTests|noFloatingPromises)/

const folder = process.cwd()
process.exitCode = report(listFiles(folder, (path) => /\.(ts|tsx|mjs)$/.test(path)).flatMap(findingsIn))

function findingsIn(path) {
  const { program, comments, errors, lineAt } = parseFile(folder, path)
  const findings = errors.map((error) => ({ path, line: 1, message: `cannot be parsed: ${error.message}` }))
  const add = (node, message) => findings.push({ path, line: lineAt(node.start), message })
  walk(program, (node) => {
    if (node.type === 'CatchClause' && node.body.body.length === 0) {
      add(node, 'an empty catch hides the failure; a comment in it changes nothing')
    }
    if (node.type === 'CallExpression' && swallowsRejection(node)) {
      add(node, 'a rejection is swallowed here; handle it, or let it through')
    }
    if (node.type === 'TSImportType') add(node, 'write `import type` at the top: boundaries are checked on imports')
  })
  for (const comment of comments) {
    if (/@ts-(ignore|nocheck)/.test(comment.value)) add(comment, 'types are not switched off')
    if (NOT_TO_BE_IGNORED.test(comment.value))
      add(comment, 'exceptions to this rule stand in biome.jsonc, with a reason')
  }
  return findings
}

/** `.catch(() => {})`, `.then(f, () => {})`, and the same with `undefined`, `null` or `void 0` as all that is answered. */
function swallowsRejection({ callee, arguments: given }) {
  if (callee.type !== 'MemberExpression') return false
  const method = callee.property.name ?? callee.property.value
  const handler = method === 'catch' ? given[0] : method === 'then' ? given[1] : undefined
  if (handler?.type !== 'ArrowFunctionExpression' && handler?.type !== 'FunctionExpression') return false
  const { body } = handler
  if (body.type === 'BlockStatement') return body.body.length === 0
  if (body.type === 'Identifier') return body.name === 'undefined'
  return (
    (body.type === 'Literal' && body.value === null) || (body.type === 'UnaryExpression' && body.operator === 'void')
  )
}
