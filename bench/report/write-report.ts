import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writePerformancePage } from './performance-page.ts'
import { type MeasuredPart, readResults, writeResults } from './results-file.ts'
import { drawChart } from './svg-chart.ts'

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url))
const FOLDER = join(DOCS, 'performance')
const RESULTS = join(FOLDER, 'results.json')
const PAGE = join(DOCS, 'performance.md')

/** Puts what was measured now in the place of what was known of these parts, in `order`, and writes everything anew. */
export function updateReport(measured: readonly MeasuredPart[], order: readonly string[]): void {
  mkdirSync(FOLDER, { recursive: true })
  const known = new Map([...readResults(RESULTS), ...measured].map((one) => [one.part, one]))
  const parts = order.flatMap((part) => known.get(part) ?? [])
  writeResults(RESULTS, parts)
  for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.svg'))) rmSync(join(FOLDER, name))
  for (const chart of parts.flatMap(({ result }) => result.charts)) {
    writeFileSync(join(FOLDER, `${chart.file}.svg`), drawChart(chart))
  }
  writePerformancePage(PAGE, parts)
}
