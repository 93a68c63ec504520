/** What one campaign has done, as docs/reliability.md shows it. */
export interface CampaignFigures {
  readonly commit: string
  readonly date: string
  readonly minutes: number
  readonly firstSeed: number
  readonly schedules: number
  readonly crashPoints: number
  readonly faultPoints: number
  readonly crashStates: number
  readonly diskErrors: number
  /** States that SPIN looked at; null where it did not run. */
  readonly modelStates: number | null
  readonly skipped: readonly string[]
  /** What did not hold, or was never seen. */
  readonly violations: readonly string[]
  /** The table that `npm run mutants` printed; null where it did not run. */
  readonly mutants: string | null
}

const BEGIN = '<!-- campaign: begin -->'
const END = '<!-- campaign: end -->'

export class NoPlaceError extends Error {
  override readonly name = 'NoPlaceError'
}

/** The page with these figures in the place of the last ones. */
export function withFigures(page: string, figures: CampaignFigures): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin) throw new NoPlaceError(`the page has no lines ${BEGIN} and ${END}`)
  return `${page.slice(0, begin)}${BEGIN}\n${tableOf(figures)}\n${page.slice(end)}`
}

function tableOf(figures: CampaignFigures): string {
  const { skipped, violations, mutants } = figures
  const rows = [
    ['commit', figures.commit],
    ['date', figures.date],
    ['minutes', String(figures.minutes)],
    ['seeds', `from ${figures.firstSeed} on`],
    ['schedules', String(figures.schedules)],
    ['deaths of a server', `${figures.crashPoints}, at ${figures.faultPoints} different fault points`],
    ['states after a power cut', String(figures.crashStates)],
    ['runs on a full or broken disk', String(figures.diskErrors)],
    ['states of the SPIN model', figures.modelStates === null ? 'not run' : String(figures.modelStates)],
    ['skipped', skipped.length === 0 ? 'nothing' : skipped.join('; ')],
    ['open violations', violations.length === 0 ? 'none' : violations.join('; ')],
  ]
  const table = ['| | |', '| --- | --- |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n')
  return mutants === null ? table : `${table}\n\n${mutants.trim()}`
}
