import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { text as readText } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { PART_NAMES } from '../bench/parts/all-parts.ts'

const BENCH = fileURLToPath(new URL('../bench/main.ts', import.meta.url))
const CAN_MEASURE = existsSync('/proc/self/schedstat')

// Beside other work it takes minutes; no figure of it is looked at.
test.runIf(CAN_MEASURE)('the bench still measures each of its parts', { timeout: 600_000 }, async () => {
  const bench = spawn(process.execPath, [BENCH, '--quick'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(bench, 'exit')
  const [figures, progress] = await Promise.all([readText(bench.stdout), readText(bench.stderr)])
  const [exitCode] = await exited
  expect(exitCode, progress).toBe(0)
  expect(progress.split('\n').filter((line) => line.endsWith(' …'))).toEqual(PART_NAMES.map((part) => `${part} …`))
  for (const title of ['CPU per token', 'Refusals of a busy session', 'Idle followers', 'Growth with the number']) {
    expect(figures).toContain(title)
  }
})
