import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runSpin } from './campaign/spin.ts'
import { type CampaignFigures, withFigures } from './campaign/table.ts'

/**
 * `npm run campaign`: everything that this folder can do, and its figures on docs/reliability.md. `--minutes M` is the time
 * for schedules, deaths and power cuts, in three equal shares; planted mistakes and SPIN come on top. `--dry` writes no page.
 * Exit code 1 where something did not hold.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    mutants: { type: 'boolean', default: false },
    dry: { type: 'boolean', default: false },
  },
})
const PAGE = fileURLToPath(new URL('../docs/reliability.md', import.meta.url))
const startedAt = Date.now()
const shareMs = (Number(values.minutes) * 60_000) / 3
const firstSeed = Number(values.seed)
const skipped: string[] = []
const violations: string[] = []

const spin = runSpin()
if (spin.status === 'skipped') skipped.push(`SPIN (${spin.why})`)
if (spin.status === 'broken') violations.push(spin.what)
const schedules = simulate()
const deaths = killServers()
const cuts = cutPower()
const mutants = values.mutants ? plantMistakes() : null

const figures: CampaignFigures = {
  ...{ commit: commitName(), date: new Date().toISOString().slice(0, 10), firstSeed, skipped, violations, mutants },
  minutes: Math.round((Date.now() - startedAt) / 60_000),
  schedules,
  crashPoints: deaths.crashes,
  faultPoints: deaths.points.size,
  crashStates: cuts.states,
  diskErrors: cuts.errors,
  modelStates: spin.status === 'holds' ? spin.states : null,
}
if (!values.dry) writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), figures))
process.stdout.write(`${JSON.stringify({ ...figures, mutants: mutants !== null }, null, 2)}\n`)
process.exitCode = violations.length > 0 ? 1 : 0

/** Runs a program of this folder in pieces until its share of the time is over. Each piece answers with its report. */
function* pieces(program: string, wordsOf: (piece: number) => string[]): Generator<Record<string, unknown>> {
  const endsAt = Date.now() + shareMs
  for (let piece = 0; piece === 0 || Date.now() < endsAt; piece += 1) {
    const file = fileURLToPath(new URL(`./${program}`, import.meta.url))
    const words = [file, ...wordsOf(piece)]
    const result = spawnSync(process.execPath, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    process.stderr.write(result.stderr)
    if (result.status !== 0) violations.push(`${program} ${wordsOf(piece).join(' ')}: ${firstLine(result.stderr)}`)
    yield JSON.parse(result.stdout.trim().split('\n').at(-1) || '{}')
    if (result.status !== 0) return
  }
}

function simulate(): number {
  let total = 0
  for (const report of pieces('simulate.ts', (piece) => [
    '--seed',
    `${firstSeed + piece * 5_000}`,
    '--seeds',
    '5000',
  ])) {
    total += Number(report.schedules ?? 0)
    say(`${total} schedules`)
  }
  return total
}

function killServers(): { crashes: number; points: Set<string> } {
  const total = { crashes: 0, points: new Set<string>() }
  for (const report of pieces('kill-loop.ts', (piece) => ['--seed', `${firstSeed + piece * 8}`, '--crashes', '40'])) {
    total.crashes += Number(report.crashes ?? 0)
    for (const point of Object.keys(report.diedAt ?? {})) total.points.add(point)
    say(`${total.crashes} deaths at ${total.points.size} fault points`)
  }
  return total
}

function cutPower(): { states: number; errors: number } {
  const total = { states: 0, errors: 0 }
  const words = (piece: number) => ['--seed', `${firstSeed + piece * 10}`, '--states', '100', '--errors', '20']
  for (const report of pieces('power-loss.ts', words)) {
    if (typeof report.skipped === 'string') {
      skipped.push(`power cuts (${report.skipped})`)
      break
    }
    total.states += Number(report.states ?? 0)
    total.errors += Number(report.errors ?? 0)
    say(`${total.states} states after a power cut`)
  }
  return total
}

function plantMistakes(): string {
  const file = fileURLToPath(new URL('./mutants.ts', import.meta.url))
  const { stdout, status } = spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) violations.push('a planted mistake was missed')
  return stdout
}

function commitName(): string {
  return spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim()
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
