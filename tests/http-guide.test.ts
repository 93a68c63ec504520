import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { ConchProcess, TestDataDir } from './conch-process.ts'

const GUIDE = readFileSync(new URL('../docs/http.md', import.meta.url), 'utf8')
const MARK = '\u0001'

interface Step {
  readonly commands: string
  /** What must be printed; undefined where the guide shows nothing. */
  readonly shown: string | undefined
}

/** The guide is about curl: where there is none, nothing can be said about it. */
const hasCurl = spawnSync('curl', ['--version']).status === 0

let printed: readonly string[]
let complaints: string
const steps = readSteps(GUIDE)

beforeAll(async () => {
  if (!hasCurl) return
  using dataDir = new TestDataDir()
  await using server = await ConchProcess.start(dataDir.path, ['--model', 'practice'])
  const script = steps.map(({ commands }) => `${commands}\nprintf '${MARK}'\n`).join('')
  const env = { PATH: process.env.PATH, CONCH: server.url, CONCH_DATA_DIR: dataDir.path }
  const { stdout, stderr } = await promisify(execFile)('sh', ['-u', '-c', script], { env })
  printed = stdout.split(MARK)
  complaints = stderr
})

test.runIf(hasCurl)('the guide has commands, and none of them complains', () => {
  expect(steps.length).toBeGreaterThan(10)
  expect(complaints).toBe('')
})

for (const [index, { commands, shown }] of steps.entries()) {
  test.runIf(hasCurl)(`docs/http.md, step ${index + 1}: ${commands.split('\n')[0]} prints what the guide shows`, () => {
    expect(printed[index]?.trim()).toMatch(patternOf(shown ?? ''))
  })
}

/** Each `sh` block, with the block of output that may follow before any text does. */
function readSteps(guide: string): readonly Step[] {
  const blocks = guide.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```(?:json|text)\n([\s\S]*?)^```\n)?/gm)
  return Array.from(blocks, ([, commands = '', shown]) => ({ commands: commands.trim(), shown: shown?.trim() }))
}

/** `…` stands for anything. */
function patternOf(shown: string): RegExp {
  const literals = shown.split('…').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${literals.join('[\\s\\S]*')}$`)
}
