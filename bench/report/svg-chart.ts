import type { Chart } from './part-result.ts'
import { showNumber } from './show-figure.ts'

const WIDTH = 760
const HEIGHT = 320
const LEFT = 64
const TOP = 44
const PLOT_WIDTH = 470
const PLOT_HEIGHT = 220
const LEGEND_LEFT = LEFT + PLOT_WIDTH + 24
/** Readable on a white page and on a dark one. */
const COLOURS = ['#8b949e', '#2f81f7', '#c69026', '#bc4c00', '#3fb950', '#a371f7', '#db61a2', '#39c5cf']

/** A picture of a chart, without anything from outside: it may stand in a page as it is. */
export function drawChart(chart: Chart): string {
  const marks = chart.kind === 'bars' ? drawBars(chart) : drawLines(chart)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="12" fill="#768390">`,
    `<title>${escapeText(chart.title)}</title>`,
    text({ x: LEFT, y: 22, size: 15 }, `${chart.title}, ${chart.unit}`),
    text({ x: LEFT + PLOT_WIDTH / 2, y: HEIGHT - 12, anchor: 'middle' }, chart.xTitle),
    ...marks,
    ...drawLegend(chart),
    '</svg>',
    '',
  ].join('\n')
}

function drawBars(chart: Chart): string[] {
  const largest = Math.max(...chart.series.flatMap(({ values }) => values))
  const scale = niceScale(largest)
  const y = (value: number) => TOP + PLOT_HEIGHT * (1 - value / scale.top)
  const groupWidth = PLOT_WIDTH / chart.x.length
  const barWidth = (groupWidth * 0.8) / chart.series.length
  const bars = chart.series.flatMap(({ values }, nth) =>
    values.flatMap((value, group) => {
      const x = LEFT + group * groupWidth + groupWidth * 0.1 + nth * barWidth
      const height = TOP + PLOT_HEIGHT - y(value)
      return [
        `<rect x="${round(x)}" y="${round(y(value))}" width="${round(barWidth - 2)}" height="${round(height)}" fill="${colourOf(nth)}"/>`,
        text({ x: x + barWidth / 2, y: y(value) - 4, anchor: 'middle', size: 10 }, showNumber(value)),
      ]
    }),
  )
  const names = chart.x.map((name, group) =>
    text(
      { x: LEFT + (group + 0.5) * groupWidth, y: TOP + PLOT_HEIGHT + 18, anchor: 'middle' },
      name.toLocaleString('en-US'),
    ),
  )
  return [...scale.ticks.flatMap((tick) => gridLine(y(tick), tick)), ...bars, ...names]
}

function drawLines(chart: Chart): string[] {
  const values = chart.series.flatMap((series) => series.values).filter((value) => value > 0)
  const low = 10 ** Math.floor(Math.log10(Math.min(...values, 0.99)))
  const high = 10 ** Math.ceil(Math.log10(Math.max(...values, 1.01)))
  const y = (value: number) => TOP + PLOT_HEIGHT * (1 - logShare(value, low, high))
  const [first = 1, last = 1] = [chart.x[0], chart.x.at(-1)]
  const x = (value: number) => LEFT + PLOT_WIDTH * (0.06 + 0.88 * logShare(value, first, last))
  const lines = chart.series.flatMap(({ values: line }, nth) => {
    const points = line.flatMap((value, index) => {
      const at = chart.x[index]
      return at !== undefined && value > 0 ? [{ x: round(x(at)), y: round(y(value)) }] : []
    })
    const path = points.map((point) => `${point.x},${point.y}`).join(' ')
    const dots = points.map((point) => `<circle cx="${point.x}" cy="${point.y}" r="3" fill="${colourOf(nth)}"/>`)
    return [`<polyline points="${path}" fill="none" stroke="${colourOf(nth)}" stroke-width="2"/>`, ...dots]
  })
  const names = chart.x.map((at) =>
    text({ x: x(at), y: TOP + PLOT_HEIGHT + 18, anchor: 'middle' }, at.toLocaleString('en-US')),
  )
  const ticks = powersOfTen(low, high)
  return [...ticks.flatMap((tick) => gridLine(y(tick), tick)), ...lines, ...names]
}

function drawLegend({ series }: Chart): string[] {
  return series.flatMap(({ name }, nth) => {
    const y = TOP + 12 + nth * 20
    return [
      `<rect x="${LEGEND_LEFT}" y="${y - 9}" width="10" height="10" fill="${colourOf(nth)}"/>`,
      text({ x: LEGEND_LEFT + 16, y, size: 11 }, name),
    ]
  })
}

function gridLine(y: number, value: number): string[] {
  const line = `<line x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${round(y)}" y2="${round(y)}" stroke="#768390" stroke-opacity="0.25"/>`
  return [line, text({ x: LEFT - 8, y: y + 4, anchor: 'end', size: 11 }, String(value))]
}

interface TextPlace {
  readonly x: number
  readonly y: number
  readonly anchor?: 'middle' | 'end'
  readonly size?: number
}

function text({ x, y, anchor, size }: TextPlace, content: string): string {
  const attributes = `${anchor ? ` text-anchor="${anchor}"` : ''}${size ? ` font-size="${size}"` : ''}`
  return `<text x="${round(x)}" y="${round(y)}"${attributes}>${escapeText(content)}</text>`
}

/** Steps of 1, 2 or 5 times a power of ten, four or five of them. */
function niceScale(largest: number): { readonly top: number; readonly ticks: readonly number[] } {
  const rough = Math.max(largest, Number.EPSILON) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough
  const count = Math.ceil(largest / step)
  const ticks = Array.from({ length: count + 1 }, (_, nth) => Number((nth * step).toPrecision(6)))
  return { top: count * step, ticks }
}

function powersOfTen(low: number, high: number): number[] {
  const ticks: number[] = []
  for (let tick = low; tick <= high * 1.001; tick *= 10) ticks.push(Number(tick.toPrecision(3)))
  return ticks
}

function logShare(value: number, low: number, high: number): number {
  return high > low ? Math.log(value / low) / Math.log(high / low) : 0.5
}

function colourOf(nth: number): string {
  return COLOURS[nth % COLOURS.length] ?? '#768390'
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
