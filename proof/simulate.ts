import { fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Happening } from './evidence/happenings.ts'
import { addHappenings } from './evidence/happenings.ts'
import { EXPECTED, runSeeds, type SeedsReport } from './simulator/run-seeds.ts'

/**
 * `npm run simulate -- --seeds N`: N schedules from seed 1 on, over all processors. `--seed K` runs that one alone; with both,
 * N schedules from K on.
 * The last line of stdout is a report as JSON. Exit code 1 where something did not hold, or was never seen.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    /** For the processes that this one starts. */
    child: { type: 'boolean', default: false },
  },
})
const first = Number(values.seed ?? 1)
const count = Number(values.seeds ?? (values.seed === undefined ? 1_000 : 1))
if (values.child) {
  const report = await runSeeds({ first, count })
  process.send?.({ ...report, happened: [...report.happened] })
} else {
  process.exitCode = tellReport(await runEverywhere(), count)
}

/** Each processor runs its share. */
async function runEverywhere(): Promise<SeedsReport> {
  const jobs = Math.min(availableParallelism(), Math.ceil(count / 50))
  const share = Math.ceil(count / jobs)
  const starts = Array.from({ length: jobs }, (_, job) => first + job * share)
  const reports = await Promise.all(starts.map((start) => runElsewhere(start, Math.min(share, first + count - start))))
  const happened = new Map<Happening, number>()
  for (const report of reports) addHappenings(happened, report.happened)
  return {
    happened,
    schedules: reports.reduce((sum, { schedules }) => sum + schedules, 0),
    staleWrites: reports.reduce((sum, { staleWrites }) => sum + staleWrites, 0),
    failure: reports.find(({ failure }) => failure)?.failure ?? null,
  }
}

async function runElsewhere(start: number, seeds: number): Promise<SeedsReport> {
  const child = fork(import.meta.filename, ['--child', '--seed', String(start), '--seeds', String(seeds)])
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (typeof message !== 'object' || message === null) throw new Error(`a simulating process ended with ${message}`)
  return { ...message, happened: new Map(message.happened) }
}

/** Answers with the exit code. */
function tellReport({ schedules, happened, staleWrites, failure }: SeedsReport, wanted: number): number {
  const unseen = wanted >= 1_000 && !failure ? EXPECTED.filter((happening) => !happened.has(happening)) : []
  if (failure) {
    process.stderr.write(`seed ${failure.seed}: ${failure.story}\n`)
    process.stderr.write(`run it again with: npm run simulate -- --seed ${failure.seed}\n`)
  }
  if (unseen.length > 0) process.stderr.write(`never seen: ${unseen.join(', ')}\n`)
  if (wanted >= 1_000 && !failure && staleWrites === 0) process.stderr.write('no late write was ever refused\n')
  const report = {
    schedules,
    staleWrites,
    failedSeed: failure?.seed ?? null,
    unseen,
    happened: Object.fromEntries(happened),
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
  return failure || unseen.length > 0 || (wanted >= 1_000 && staleWrites === 0) ? 1 : 0
}
