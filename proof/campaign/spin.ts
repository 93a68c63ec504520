import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MODEL = fileURLToPath(new URL('../spin/one-turn.pml', import.meta.url))

export type SpinResult =
  | { readonly status: 'holds'; readonly states: number }
  | { readonly status: 'broken'; readonly what: string }
  | { readonly status: 'skipped'; readonly why: string }

/** Lets SPIN look at every run of the model; and at the one without a fence, in which it must find an error. */
export function runSpin(): SpinResult {
  for (const tool of [['spin', '-V'] as const, ['cc', '--version'] as const]) {
    if (spawnSync(tool[0], [tool[1]]).error) return { status: 'skipped', why: `${tool[0]} is not installed` }
  }
  const safety = verify([], ['-a', '-m100000'])
  const endings = verify([], ['-E', '-m100000', '-noclaim'])
  const unfenced = verify(['-DUNFENCED'], ['-a', '-m100000'])
  if (safety.errors !== 0)
    return { status: 'broken', what: 'SPIN: a write of somebody who is not the owner takes effect' }
  if (endings.errors !== 0) return { status: 'broken', what: 'SPIN: a turn does not end once and as it was told' }
  if (unfenced.errors === 0) return { status: 'broken', what: 'SPIN does not find the missing fence' }
  return { status: 'holds', states: safety.states + endings.states }
}

function verify(define: readonly string[], words: readonly string[]): { errors: number; states: number } {
  const folder = mkdtempSync(join(tmpdir(), 'conch-spin-'))
  try {
    const options = { cwd: folder, encoding: 'utf8' } as const
    spawnSync('spin', [...define, '-a', MODEL], options)
    spawnSync('cc', ['-w', '-O2', '-o', 'pan', 'pan.c'], options)
    const { stdout } = spawnSync(join(folder, 'pan'), words, options)
    const errors = Number(/errors: (\d+)/.exec(stdout)?.[1])
    const states = Number(/(\d+) states, stored/.exec(stdout)?.[1])
    if (Number.isNaN(errors)) throw new Error(`SPIN has not finished: ${stdout}`)
    return { errors, states }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
