import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Where a planted mistake is looked for, and how. */
export interface Tier {
  readonly name: string
  /** The program and its words. Ends with a report as one line of JSON; exit code 1 where it has found something. */
  readonly command: readonly string[]
}

const PROGRAMS = fileURLToPath(new URL('../', import.meta.url))
const PLANT = new URL('./plant.ts', import.meta.url).href

export const SIMULATOR: Tier = { name: 'simulator', command: ['simulate.ts', '--seeds', '2000'] }
const KILL_LOOP: Tier = { name: 'kill loop', command: ['kill-loop.ts', '--crashes', '120'] }
const POWER_LOSS: Tier = { name: 'power loss', command: ['power-loss.ts', '--states', '120'] }

/** The tier that is there to find each mistake. */
export const TIER_OF: ReadonlyMap<string, Tier> = new Map([
  ['M1', SIMULATOR],
  ['M2', SIMULATOR],
  ['M3', KILL_LOOP],
  ['M4', KILL_LOOP],
  ['M5', POWER_LOSS],
  ['M6', SIMULATOR],
  ['M7', SIMULATOR],
  ['M9', SIMULATOR],
  ['M10', SIMULATOR],
  ['M11', KILL_LOOP],
  ['M12', SIMULATOR],
])

export type Found =
  | { readonly status: 'found'; readonly rule: string; readonly seed: string }
  | { readonly status: 'missed' }
  | { readonly status: 'skipped'; readonly why: string }

/** Runs a tier with a mistake in the source, until it has found something. */
export function lookFor(number: string, { command: [program, ...words] }: Tier): Found {
  const env = { ...process.env, PROOF_PLANTED: number, NODE_OPTIONS: `--import ${PLANT}` }
  const result = spawnSync(process.execPath, [PROGRAMS + program, ...words], { env, encoding: 'utf8' })
  const skipped = /^skipped: (.*)$/m.exec(result.stdout)?.[1]
  if (skipped) return { status: 'skipped', why: skipped }
  return result.status === 0 ? { status: 'missed' } : foundBy(result)
}

/** A program that broke down has found nothing: only a told violation counts. */
function foundBy({ stdout, stderr }: SpawnSyncReturns<string>): Found {
  const told = /^(?:seed|run|state) (\S+): ([IFD]\d+):/m.exec(stderr)
  if (!told) throw new Error(`the tier broke down:\n${stderr}\n${stdout}`)
  return { status: 'found', seed: told[1] ?? '', rule: told[2] ?? '' }
}
