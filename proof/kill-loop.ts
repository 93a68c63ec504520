import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkEvidence } from './checker/check.ts'
import { tellViolation } from './checker/violation.ts'
import type { Evidence } from './evidence/evidence.ts'
import { addHappenings, type Happening, happeningsIn } from './evidence/happenings.ts'
import { runKillLoop } from './kill-loop/kill-loop.ts'
import { planRuns } from './kill-loop/plan.ts'

/**
 * `npm run kill-loop -- --crashes N`: so many deaths of a real server, each run of some of them judged by the checker.
 * `--seed K` begins with run K. The last line of stdout is a report as JSON. Exit code 1 where something did not hold.
 */
const { values } = parseArgs({
  options: {
    crashes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    quiet: { type: 'string', default: '1000' },
  },
})
const happened = new Map<Happening, number>()
const died = new Map<string, number>()
let crashes = 0
let runs = 0
let failure: { seed: number; rules: string[] } | null = null
for (const plan of planRuns({ firstSeed: Number(values.seed), quietMs: Number(values.quiet) })) {
  if (crashes >= Number(values.crashes) || failure) break
  const { evidence, diedAt } = await runKillLoop(plan)
  runs += 1
  crashes += plan.lives.length
  for (const point of diedAt) died.set(point, (died.get(point) ?? 0) + 1)
  addHappenings(happened, happeningsIn(evidence))
  const violations = checkEvidence(evidence)
  for (const violation of violations.slice(0, 3))
    process.stderr.write(`run ${plan.seed}: ${tellViolation(violation)}\n`)
  if (violations.length > 0) keepEvidence(evidence)
  if (violations.length > 0) failure = { seed: plan.seed, rules: [...new Set(violations.map(({ rule }) => rule))] }
}
const neverDied = crashes >= 5 && died.size === 0
if (neverDied) process.stderr.write('no server has died at its fault point\n')
if (failure) process.stderr.write(`run the same again with: npm run kill-loop -- --seed ${failure.seed}\n`)
const report = { runs, crashes, diedAt: Object.fromEntries(died), failure, happened: Object.fromEntries(happened) }
process.stdout.write(`${JSON.stringify(report)}\n`)
process.exitCode = failure || neverDied ? 1 : 0

/** A real process is never the same twice, so what was seen is kept: the history line by line, and the rest. */
function keepEvidence({ history, ...rest }: Evidence): void {
  const folder = mkdtempSync(join(tmpdir(), 'conch-evidence-'))
  writeFileSync(join(folder, 'history.jsonl'), history.map((event) => `${JSON.stringify(event)}\n`).join(''))
  writeFileSync(join(folder, 'stored.json'), JSON.stringify(rest, null, 1))
  process.stderr.write(`the evidence is kept in ${folder}\n`)
}
