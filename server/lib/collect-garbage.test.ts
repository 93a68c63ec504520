import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** In a process of its own: what vitest runs tests in is watched by others, who hold on to things. */
const PROGRAM = `
import { setImmediate as nextRound } from 'node:timers/promises'
import { collectGarbage } from ${JSON.stringify(new URL('./collect-garbage.ts', import.meta.url))}
const kept = { rows: new Array(1_000).fill('row') }
const [lost, held] = [new WeakRef({ rows: new Array(1_000).fill('row') }), new WeakRef(kept)]
await nextRound() // a WeakRef holds its target for the round of the event loop in which it was made
await collectGarbage()
console.log(lost.deref() === undefined, held.deref() === kept)
`

test('What nothing points to any more is gone, and what is in use stays', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    encoding: 'utf8',
  })
  expect(stdout, stderr).toBe('true true\n')
})
