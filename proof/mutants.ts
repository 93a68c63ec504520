import { parseArgs } from 'node:util'
import { MISTAKES } from './planted/mistakes.ts'
import { lookFor, TIER_OF } from './planted/tiers.ts'

/**
 * `npm run mutants`: plants each mistake of docs/faults.md, one after the other, and looks whether the tier that is there to
 * find it does. `--only M2,M10` plants these alone. Exit code 1 where one was missed.
 */
const { values } = parseArgs({ options: { only: { type: 'string' } } })
const only = values.only?.split(',')
process.stdout.write('| mistake in the source | number | found by | rule | seed |\n| --- | --- | --- | --- | --- |\n')
for (const { number, words } of MISTAKES.filter((mistake) => only?.includes(mistake.number) ?? true)) {
  const tier = TIER_OF.get(number)
  if (!tier) throw new Error(`no tier is there to find ${number}`)
  const found = lookFor(number, tier)
  if (found.status === 'missed') process.exitCode = 1
  const end = found.status === 'found' ? `${tier.name} | ${found.rule} | ${found.seed}` : tellMissing(found)
  process.stdout.write(`| ${words} | ${number} | ${end} |\n`)
}

function tellMissing(found: Exclude<ReturnType<typeof lookFor>, { status: 'found' }>): string {
  return found.status === 'skipped' ? `skipped: ${found.why} | | ` : '**missed** | | '
}
