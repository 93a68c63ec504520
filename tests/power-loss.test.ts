import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const POWER_LOSS = fileURLToPath(new URL('../proof/power-loss.ts', import.meta.url))

/** The long one is `npm run power-loss -- --states 500 --errors 100`. Where there is no strace it says that it was skipped. */
test('F33, F35: power cuts and a failing disk take back nothing that was acknowledged', {
  timeout: 600_000,
}, async () => {
  const words = [POWER_LOSS, '--states', '30', '--errors', '3']
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const report = JSON.parse((await text(child.stdout)).trim().split('\n').at(-1) ?? '{}')
  expect(report.failure).toBeNull()
  if (report.skipped === undefined) expect(report).toMatchObject({ states: 30, errors: 3 })
})
