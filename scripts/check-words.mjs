// Every word on the screen stands in the catalogues of web/words, in each language. So no component has words of its own, but
// for what is the same in all of them: an element says so by `translate="no"`. And since the words are chosen after the modules
// are loaded, none reads them while it is. The folder it runs in is the one it looks at.
import { listFiles, parseFile, report, walk } from './source-files.mjs'

/** Attributes of ours and of HTML whose text people see or hear. */
const SAID =
  /^(?:aria-(?:label|description|placeholder|roledescription|valuetext)|title|alt|placeholder|label|hint|heading|lead)$/
const WORD = /\p{L}{2}/u
const FUNCTION = /Function|^MethodDefinition$|^PropertyDefinition$/

const folder = process.cwd()
const files = listFiles(
  folder,
  (path) => /^web\/(?!words\/).*\.tsx?$/.test(path) && !/\.(test|scenario)\.tsx?$/.test(path),
)
process.exitCode = report(files.flatMap(findingsIn))

function findingsIn(path) {
  const { program, lineAt } = parseFile(folder, path)
  const findings = []
  const add = ({ start }, message) => findings.push({ path, line: lineAt(start), message })
  walk(program, (node) => {
    if (node.type === 'JSXElement' && !isForNoLanguage(node)) {
      for (const literal of wordsOf(node)) add(literal, `“${literal.text}” belongs into the catalogues of web/words`)
    }
  })
  for (const node of readWhileLoading(program))
    add(node, 'words are read when something is drawn, not when a module is loaded')
  return findings
}

function isForNoLanguage({ openingElement }) {
  return openingElement.attributes.some(({ name, value }) => name?.name === 'translate' && value?.value === 'no')
}

/** What an element itself says, its children that are elements apart. */
function wordsOf({ openingElement, children }) {
  const said = openingElement.attributes.filter(({ name }) => SAID.test(name?.name ?? '')).map(({ value }) => value)
  return [...said, ...children].flatMap(literalsIn)
}

function literalsIn(node) {
  switch (node?.type) {
    case 'JSXText':
    case 'Literal':
      return typeof node.value === 'string' && WORD.test(node.value)
        ? [{ start: node.start, text: node.value.trim() }]
        : []
    case 'TemplateLiteral':
      return node.quasis
        .filter(({ value }) => WORD.test(value.cooked))
        .map(({ start, value }) => ({ start, text: value.cooked.trim() }))
    case 'JSXExpressionContainer':
      return literalsIn(node.expression)
    case 'ConditionalExpression':
      return [node.consequent, node.alternate].flatMap(literalsIn)
    case 'LogicalExpression':
      return (node.operator === '&&' ? [node.right] : [node.left, node.right]).flatMap(literalsIn)
    case 'BinaryExpression':
      return node.operator === '+' ? [node.left, node.right].flatMap(literalsIn) : []
    default:
      return []
  }
}

/** `words.…` outside of every function. */
function readWhileLoading(node) {
  if (Array.isArray(node)) return node.flatMap(readWhileLoading)
  if (!node || typeof node !== 'object' || FUNCTION.test(node.type)) return []
  if (node.type === 'MemberExpression' && node.object.name === 'words') return [node]
  return Object.values(node).flatMap(readWhileLoading)
}
