import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const KILL_LOOP = fileURLToPath(new URL('../proof/kill-loop.ts', import.meta.url))
const CRASHES = 15

/** The long one is `npm run kill-loop -- --crashes 500`; `proof/README.md` says what it does. */
test(`F19, F27: hold while a real server dies ${CRASHES} times, as far as anybody could see`, {
  timeout: 600_000,
}, async () => {
  const words = [KILL_LOOP, '--crashes', String(CRASHES), '--quiet', '200']
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const report = JSON.parse((await text(child.stdout)).trim().split('\n').at(-1) ?? '{}')
  expect(report).toMatchObject({ crashes: CRASHES, failure: null })
  expect(Object.keys(report.diedAt).length).toBeGreaterThan(5)
})
