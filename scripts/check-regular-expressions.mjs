// S23: a regular expression in what ships must take linear time on every text, hostile ones included.
import { analyse } from 'scslre'
import { listFiles, parseFile, report, walk } from './source-files.mjs'

const SHIPPED = /^(client|protocol|server|web)\//
const NOT_SHIPPED = /\.(contract|scenario|test)\.tsx?$/

const folder = process.cwd()
const files = listFiles(folder, (path) => SHIPPED.test(path) && /\.tsx?$/.test(path) && !NOT_SHIPPED.test(path))
process.exitCode = report(files.flatMap(findingsIn))

function findingsIn(path) {
  const { program, lineAt } = parseFile(folder, path)
  const findings = []
  walk(program, (node) => {
    const problem = node.type === 'Literal' && node.regex ? problemOf(node.regex) : undefined
    if (problem) findings.push({ path, line: lineAt(node.start), message: problem })
  })
  return findings
}

function problemOf({ pattern, flags }) {
  const [report] = analyse({ source: pattern, flags }, { reportTypes: { Move: true } }).reports
  if (!report) return undefined
  const growth = report.exponential ? 'exponential' : 'more than linear'
  return `/${pattern}/${flags} takes ${growth} time (${report.type}); write one that is linear, or read the text by hand`
}
