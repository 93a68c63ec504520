import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { SeededRandom } from '../server/lib/seeded-random.ts'
import { tellViolation, type Violation } from './checker/violation.ts'
import { type CrashState, crashStates } from './power-loss/crash-states.ts'
import { judge, parseTold } from './power-loss/judge.ts'
import { ScratchFolder, traceWorkload, whyNoStrace } from './power-loss/strace.ts'

/**
 * `npm run power-loss -- --states N --errors M`: so many states in which a power cut may leave the disk, and so many runs
 * whose disk is full or broken at the nth write or sync. Each is opened, recovered and held against what had been
 * acknowledged. Linux with strace; elsewhere it says `skipped:` and why. The last line of stdout is a report as JSON.
 */
const { values } = parseArgs({
  options: {
    states: { type: 'string', default: '200' },
    errors: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
})
const report = { states: 0, errors: 0, failure: null as string | null }
const why = whyNoStrace()
if (why === undefined) {
  await tryPowerCuts(Number(values.states), Number(values.seed))
  await tryErrors(Number(values.errors), Number(values.seed))
} else {
  process.stdout.write(`skipped: ${why}\n`)
}
process.stdout.write(`${JSON.stringify({ ...report, ...(why !== undefined && { skipped: why }) })}\n`)
process.exitCode = report.failure === null ? 0 : 1

async function tryPowerCuts(wanted: number, firstSeed: number): Promise<void> {
  for (let seed = firstSeed; report.states < wanted && !report.failure; seed += 1) {
    using folder = new ScratchFolder()
    const { events, exitCode, stderr } = traceWorkload(folder, seed)
    if (exitCode !== 0) throw new Error(`the workload ended with ${exitCode}: ${stderr}`)
    const all = [...crashStates(events, new SeededRandom(seed))]
    for (const state of spread(all, wanted - report.states)) {
      if (report.failure) break
      report.states += 1
      take(`${seed}/${state.cut}/${state.mode}`, await judgeState(state, folder.database))
    }
  }
}

async function judgeState({ files, told }: CrashState, database: string): Promise<Violation[]> {
  using folder = new ScratchFolder()
  for (const [path, bytes] of files) writeFileSync(join(folder.path, basename(path)), bytes)
  if (!files.has(database) && told !== '') return [{ rule: 'I6', says: 'the database is not there', story: [] }]
  return await judge(folder.database, parseTold(told), ['kill'])
}

/** The nth write or sync of the database fails, with `ENOSPC` or `EIO`, and every one after it too, or this one alone. */
async function tryErrors(wanted: number, seed: number): Promise<void> {
  for (let n = 1; n <= wanted && !report.failure; n += 1) {
    const error = n % 2 === 0 ? 'ENOSPC' : 'EIO'
    const calls = n % 3 === 0 ? 'fsync,fdatasync' : 'pwrite64'
    const when = n % 5 === 0 ? `${n}+` : `${n}`
    using folder = new ScratchFolder()
    const paths = ['', '-wal'].flatMap((end) => ['-P', folder.database + end])
    const inject = [...paths, '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}:when=${when}`]
    const { told } = traceWorkload(folder, seed, inject)
    report.errors += 1
    if (!existsSync(folder.database)) continue // it could not even begin
    take(`${error} at ${calls} ${when}`, await judgeCopy(folder, told))
  }
}

async function judgeCopy(folder: ScratchFolder, told: string): Promise<Violation[]> {
  using copy = new ScratchFolder()
  for (const end of ['', '-wal']) {
    if (existsSync(folder.database + end)) copyFileSync(folder.database + end, copy.database + end)
  }
  return await judge(copy.database, parseTold(told), ['disk', 'kill'])
}

function take(name: string, violations: readonly Violation[]): void {
  const [first] = violations
  if (!first) return
  report.failure = name
  process.stderr.write(`state ${name.replaceAll(' ', '-')}: ${tellViolation(first)}\n`)
}

/** At most `count` of them, evenly. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all]
  return Array.from({ length: count }, (_, n) => all[Math.floor((n * all.length) / count)]).filter(
    (one) => one !== undefined,
  )
}
