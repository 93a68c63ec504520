import { readFileSync, writeFileSync } from 'node:fs'
import type { PartResult, Table } from './part-result.ts'
import type { MeasuredPart } from './results-file.ts'

const BEGIN = '<!-- measured: begin -->'
const END = '<!-- measured: end -->'

/** Writes the measured part of the page again, between its two marks. Throws where the page has none. */
export function writePerformancePage(path: string, parts: readonly MeasuredPart[]): void {
  const page = readFileSync(path, 'utf8')
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`${path} has no place for the figures: ${BEGIN} … ${END}`)
  writeFileSync(path, `${page.slice(0, begin)}${BEGIN}\n\n${measuredText(parts)}\n\n${page.slice(end)}`)
}

function measuredText(parts: readonly MeasuredPart[]): string {
  return [goalsTable(parts), ...parts.map(partText)].join('\n\n')
}

function goalsTable(parts: readonly MeasuredPart[]): string {
  const goals = parts.flatMap(({ result }) => result.goals)
  const rows = goals.map(({ what, goal, measured, met }) => [what, goal, measured, met ? 'met' : '**missed**'])
  return markdownTable({ title: 'Against the goals', head: ['what', 'goal', 'measured', ''], rows })
}

function partText({
  part,
  takenAt,
  command,
  machine,
  loadBefore,
  loadAfter,
  diskFlushMs,
  result,
}: MeasuredPart): string {
  return [
    `## ${part}`,
    `\`${command}\`, ${takenAt}, on ${machine}; load average ${loadBefore} before and ${loadAfter} after, a flush to its disk ${diskFlushMs} ms.`,
    ...result.charts.map(({ file, title }) => `![${title}](performance/${file}.svg)`),
    ...result.tables.map(markdownTable),
  ].join('\n\n')
}

function markdownTable({ title, head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [`**${title}**`, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** The same for a terminal: columns under one another. */
export function terminalText({ goals, tables }: PartResult): string {
  const goalsAsTable: Table = {
    title: 'Goals',
    head: ['what', 'goal', 'measured', ''],
    rows: goals.map(({ what, goal, measured, met }) => [what, goal, measured, met ? 'met' : 'MISSED']),
  }
  return [...tables, ...(goals.length > 0 ? [goalsAsTable] : [])].map(terminalTable).join('\n\n')
}

export function terminalTable({ title, head, rows }: Table): string {
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
  const show = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd()
  return [title, ...lines.map((cells) => `  ${show(cells)}`)].join('\n')
}
