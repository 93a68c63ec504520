import { loadavg } from 'node:os'
import { type BenchFlags, FlagError, HELP, parseFlags } from './flags.ts'
import { BenchDataDir } from './harness/data-dir.ts'
import { describeMachine, isInMemory, measureFlushMs } from './harness/machine.ts'
import { NotMeasurableError, requireProc } from './harness/process-usage.ts'
import { Stage } from './harness/stage.ts'
import { PART_NAMES, PARTS, type PartName } from './parts/all-parts.ts'
import { profileHotPaths } from './parts/profile.ts'
import { terminalTable, terminalText } from './report/performance-page.ts'
import type { MeasuredPart } from './report/results-file.ts'
import { updateReport } from './report/write-report.ts'

/**
 * `npm run bench`: measures the server against its limits and writes `docs/performance.md`, where it stands what is
 * measured and how. Figures go to stdout, what is going on to stderr.
 */

const EXIT_USAGE = 2

/** What no part measures; said at the end of each run. */
const NOT_MEASURED = [
  'a disk with slow flushes, and what power cuts leave: docs/decisions/README.md has the measurements of D3',
  'the web app: first bytes of JavaScript, typing while streaming',
  'several servers on one database; Windows and macOS, where there is no /proc',
]

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)) // servers end with us
const args = process.argv.slice(2)
try {
  await run(parseFlags(args))
} catch (error) {
  if (!(error instanceof FlagError || error instanceof NotMeasurableError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = EXIT_USAGE
}

async function run(flags: BenchFlags): Promise<void> {
  if (flags.task === 'help') process.stdout.write(HELP)
  else if (flags.task === 'render') updateReport([], PART_NAMES)
  else await measure(flags)
}

async function measure(flags: BenchFlags): Promise<void> {
  requireProc()
  using emptyDataDir = await BenchDataDir.create(flags.plan.dataRoot)
  const openStage = () => Stage.open(flags.plan, { emptyDataDir, say: (line) => process.stderr.write(`  ${line}\n`) })
  if (flags.task === 'profile') await printProfile(openStage)
  else await measureParts(flags, openStage)
}

type OpenStage = () => Promise<Stage>

async function printProfile(openStage: OpenStage): Promise<void> {
  await using stage = await openStage()
  for (const table of await profileHotPaths(stage)) process.stdout.write(`${terminalTable(table)}\n\n`)
}

async function measureParts({ parts, plan, write }: BenchFlags, openStage: OpenStage): Promise<void> {
  const diskFlushMs = twoDigits(measureFlushMs(plan.dataRoot))
  const load = loadavg().map(twoDigits).join(' ')
  process.stdout.write(`${describeMachine()}\nload average ${load}; a flush to ${plan.dataRoot} ${diskFlushMs} ms\n`)
  const notMeasured = [...NOT_MEASURED]
  if (isInMemory(plan.dataRoot))
    notMeasured.unshift(`bytes written to disk: ${plan.dataRoot} is in memory (--data-root)`)
  const measured: MeasuredPart[] = []
  for (const part of parts) {
    process.stderr.write(`${part} …\n`)
    const outcome = await measurePart(openStage, part, diskFlushMs)
    if ('failure' in outcome) notMeasured.unshift(`${part}: ${outcome.failure}`)
    else measured.push(outcome)
  }
  process.stdout.write(`\nNot measured:\n${notMeasured.map((what) => `  - ${what}`).join('\n')}\n`)
  if (write && measured.length > 0) updateReport(measured, PART_NAMES)
  if (measured.length < parts.length) process.exitCode = 1
}

/** One part that fails must not cost an hour of others: each has processes of its own. */
async function measurePart(
  openStage: OpenStage,
  part: PartName,
  diskFlushMs: number,
): Promise<MeasuredPart | { readonly failure: string }> {
  const loadBefore = twoDigits(loadavg()[0] ?? 0)
  try {
    await using stage = await openStage()
    const result = await PARTS[part](stage)
    process.stdout.write(`\n${terminalText(result)}\n`)
    const takenAt = new Date().toISOString().slice(0, 16).replace('T', ' ')
    const command = ['npm run bench --', ...args].join(' ').replace(/ --$/, '')
    const loadAfter = twoDigits(loadavg()[0] ?? 0)
    return { part, takenAt, command, machine: describeMachine(), loadBefore, loadAfter, diskFlushMs, result }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

function twoDigits(value: number): number {
  return Math.round(value * 100) / 100
}
