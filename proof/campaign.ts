import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runSpin } from './campaign/spin.ts'
import { type CampaignFigures, withFigures } from './campaign/table.ts'

/**
 * `npm run campaign`: everything that this folder can do, and its figures on docs/reliability.md. Schedules, deaths and power
 * cuts run side by side, each for `--minutes M` and on until there are `--schedules`, `--crashes` and `--states` of them;
 * planted mistakes and SPIN come on top. `--dry` writes no page.
 * Exit code 1 where something did not hold.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    schedules: { type: 'string', default: '0' },
    crashes: { type: 'string', default: '0' },
    states: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    mutants: { type: 'boolean', default: false },
    dry: { type: 'boolean', default: false },
  },
})
const PAGE = fileURLToPath(new URL('../docs/reliability.md', import.meta.url))
const startedAt = Date.now()
const endsAt = startedAt + Number(values.minutes) * 60_000
const firstSeed = Number(values.seed)
const skipped: string[] = []
const violations: string[] = []

const spin = runSpin()
if (spin.status === 'skipped') skipped.push(`SPIN (${spin.why})`)
if (spin.status === 'broken') violations.push(spin.what)
const [schedules, deaths, cuts] = await Promise.all([simulate(), killServers(), cutPower()])
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

interface Pieces {
  readonly program: string
  readonly wordsOf: (piece: number) => readonly string[]
  /** False once there is as much as was asked for. */
  readonly wantsMore: () => boolean
}

/** Runs a program of this folder in pieces until there are enough and the time is over. Each answers with its report. */
async function* pieces({ program, wordsOf, wantsMore }: Pieces): AsyncGenerator<Record<string, unknown>> {
  for (let piece = 0; piece === 0 || wantsMore() || Date.now() < endsAt; piece += 1) {
    const file = fileURLToPath(new URL(`./${program}`, import.meta.url))
    const child = spawn(process.execPath, [file, ...wordsOf(piece)], { stdio: ['ignore', 'pipe', 'pipe'] })
    const [told, complaints, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    process.stderr.write(complaints)
    if (status !== 0) violations.push(`${program} ${wordsOf(piece).join(' ')}: ${firstLine(complaints)}`)
    yield JSON.parse(told.trim().split('\n').at(-1) || '{}')
    if (status !== 0) return
  }
}

async function simulate(): Promise<number> {
  let total = 0
  const wordsOf = (piece: number) => ['--seed', `${firstSeed + piece * 5_000}`, '--seeds', '5000']
  const wantsMore = () => total < Number(values.schedules)
  for await (const report of pieces({ program: 'simulate.ts', wordsOf, wantsMore })) {
    total += Number(report.schedules ?? 0)
    say(`${total} schedules`)
  }
  return total
}

async function killServers(): Promise<{ crashes: number; points: Set<string> }> {
  const total = { crashes: 0, points: new Set<string>() }
  const wordsOf = (piece: number) => ['--seed', `${firstSeed + piece * 8}`, '--crashes', '40']
  const wantsMore = () => total.crashes < Number(values.crashes)
  for await (const report of pieces({ program: 'kill-loop.ts', wordsOf, wantsMore })) {
    total.crashes += Number(report.crashes ?? 0)
    for (const point of Object.keys(report.diedAt ?? {})) total.points.add(point)
    say(`${total.crashes} deaths at ${total.points.size} fault points`)
  }
  return total
}

async function cutPower(): Promise<{ states: number; errors: number }> {
  const total = { states: 0, errors: 0 }
  const wantsMore = () => total.states < Number(values.states)
  const wordsOf = (piece: number) => ['--seed', `${firstSeed + piece * 10}`, '--states', '100', '--errors', '20']
  for await (const report of pieces({ program: 'power-loss.ts', wordsOf, wantsMore })) {
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
