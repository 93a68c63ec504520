import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchPlan, FULL_PLAN, QUICK_PLAN } from './harness/plan.ts'
import { PART_NAMES, type PartName } from './parts/all-parts.ts'

export const HELP = `npm run bench -- [flags]

  --only PART[,PART…]   ${PART_NAMES.join(', ')}
  --quick               every part, tiny, to see that the bench works; writes nothing
  --rounds N            rounds of each comparison (${FULL_PLAN.rounds})
  --window SECONDS      length of a measured window (${FULL_PLAN.windowMs / 1000})
  --streams N[,N…]      loads of the part streams (${FULL_PLAN.streamCounts})
  --patience SECONDS    longest wait for a quiet machine before a window (${FULL_PLAN.patienceMs / 1000})
  --data-root FOLDER    where databases are made: the disk that is measured (${tmpdir()})
  --no-write            print the figures, leave docs/ as it is
  --profile             where the time goes at 200 streams and under refusals; no figures
  --render              write docs/performance.md and its pictures again from the last results
`

/** A flag that cannot be used. The message is for the person who typed it. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
  readonly code = 'flag'
}

export interface BenchFlags {
  readonly task: 'help' | 'render' | 'profile' | 'measure'
  readonly parts: readonly PartName[]
  readonly plan: BenchPlan
  /** Whether docs/ is to be written. */
  readonly write: boolean
}

/** Throws `FlagError`. */
export function parseFlags(args: readonly string[]): BenchFlags {
  const { values } = parse(args)
  const { quick, rounds, window, streams, patience, only } = values
  const base = quick ? QUICK_PLAN : FULL_PLAN
  return {
    task: values.help ? 'help' : values.render ? 'render' : values.profile ? 'profile' : 'measure',
    parts: only === undefined ? PART_NAMES : only.split(',').map(partNamed),
    write: values.write && !quick,
    plan: {
      ...base,
      ...(rounds !== undefined && { rounds: atLeast('--rounds', rounds, 1) }),
      ...(window !== undefined && { windowMs: atLeast('--window', window, 0.1) * 1000 }),
      ...(patience !== undefined && { patienceMs: atLeast('--patience', patience, 0) * 1000 }),
      ...(streams !== undefined && { streamCounts: streams.split(',').map((count) => atLeast('--streams', count, 1)) }),
      dataRoot: resolve(values['data-root']),
    },
  }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const toggle = { type: 'boolean', default: false } as const
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        ...{ only: text, rounds: text, window: text, streams: text, patience: text },
        ...{ quick: toggle, profile: toggle, render: toggle, help: toggle },
        write: { type: 'boolean', default: true },
        'data-root': { type: 'string', default: tmpdir() },
      },
    })
  } catch (error) {
    throw new FlagError(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
  }
}

function partNamed(name: string): PartName {
  const part = PART_NAMES.find((candidate) => candidate === name)
  if (!part) throw new FlagError(`there is no part ${name}; there are ${PART_NAMES.join(', ')}`)
  return part
}

function atLeast(flag: string, text: string, least: number): number {
  const value = Number(text)
  if (!(value >= least)) throw new FlagError(`${flag} must be a number of at least ${least}, not ${text}`)
  return value
}
