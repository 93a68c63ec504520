import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { PartResult } from './part-result.ts'
import { writePerformancePage } from './performance-page.ts'
import { drawChart } from './svg-chart.ts'

const result: PartResult = {
  goals: [{ what: 'CPU per token', goal: '≤ 1.4 × the pipe', measured: '1.2 (1.1–1.3)', met: true }],
  tables: [{ title: 'Cost', head: ['streams', 'µs'], rows: [['200', '45']] }],
  charts: [
    {
      file: 'cpu',
      title: 'CPU <per> token',
      kind: 'bars',
      unit: 'µs',
      xTitle: 'streams',
      x: [1, 50],
      series: [{ name: 'Conch & co', values: [12, 34] }],
    },
  ],
  figures: {},
}

const part = {
  part: 'streams',
  takenAt: '2026-11-23 08:00',
  command: 'npm run bench',
  machine: 'a machine',
  loadBefore: 0.1,
  loadAfter: 1.2,
  diskFlushMs: 0.2,
  result,
}

test('the figures are written between the marks, again and again, and the words around them stay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'conch-page-'))
  try {
    const page = join(folder, 'performance.md')
    writeFileSync(page, 'Before.\n\n<!-- measured: begin -->\nold\n<!-- measured: end -->\n\nAfter.\n')
    writePerformancePage(page, [part])
    writePerformancePage(page, [part])
    const text = readFileSync(page, 'utf8')
    expect(text.startsWith('Before.\n\n<!-- measured: begin -->\n\n**Against the goals**')).toBe(true)
    expect(text.endsWith('<!-- measured: end -->\n\nAfter.\n')).toBe(true)
    expect(text.match(/\| 200 \| 45 \|/g)).toHaveLength(1)
    expect(text).toContain('![CPU <per> token](performance/cpu.svg)')
    expect(text).not.toContain('old')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test.each(['bars', 'lines'] as const)('a picture of %s is one that XML readers take', (kind) => {
  const [chart] = result.charts
  const picture = chart ? drawChart({ ...chart, kind }) : ''
  expect(picture).toContain('CPU &lt;per&gt; token')
  expect(picture).toContain('Conch &amp; co')
  expect(picture).not.toMatch(/NaN|undefined|Infinity/)
})
