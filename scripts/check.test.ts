import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { VIOLATIONS } from './planted-violations.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CONFIGURATION = [
  'biome.jsonc',
  'biome.server.jsonc',
  'biome.web.jsonc',
  'tsconfig.json',
  'knip.json',
  '.jscpd.json',
]

/** A small tree that keeps every rule. Each test plants one violation in it. */
const CLEAN_TREE: Readonly<Record<string, string>> = {
  'docs/invariants.md':
    '# Invariants\n\n- **I1** One at a time.\n\n| no. | fault |\n| --- | --- |\n| F5 | twice |\n\n## D3 Together\n',
  'protocol/ids.ts': "import { z } from 'zod'\n\nexport const seqSchema = z.int()\n",
  'server/main.ts': "import { start } from './app.ts'\n\nstart()\n",
  'server/app.ts': [
    "import { seqSchema } from '../protocol/ids.ts'",
    "import { agent } from './agent/agent.ts'",
    "import { serve } from './http/serve.ts'",
    '',
    '/** One turn at a time (I1, F5), committed together (D3). */',
    'export function start(): void {',
    '  serve(seqSchema.parse(agent))',
    '}',
    '',
  ].join('\n'),
  'server/agent/agent.ts': "import { startedAt } from '../lib/uptime.ts'\n\nexport const agent = startedAt\n",
  'server/lib/clock.ts': 'export function now(): number {\n  return Date.now()\n}\n',
  'server/lib/uptime.ts': "import { now } from './clock.ts'\n\nexport const startedAt = now()\n",
  'server/turns/claim.ts': "import { now } from '../lib/clock.ts'\n\nexport const claimedAt = now()\n",
  'server/http/serve.ts': [
    "import { claimedAt } from '../turns/claim.ts'",
    '',
    'export function serve(seq: number): void {',
    '  process.stdout.write(`$' + '{seq} $' + '{claimedAt}`)',
    '}',
    '',
  ].join('\n'),
  'vite.config.ts': "import { defineConfig } from 'vite'\n\nexport default defineConfig({ root: 'web' })\n",
  'web/index.html': '<script type="module" src="/main.tsx"></script>\n',
  'web/main.tsx': "import { label } from './client/label.ts'\n\ndocument.title = label\n",
  'web/client/label.ts':
    "import { seqSchema } from '../../protocol/ids.ts'\n\nexport const label = String(seqSchema.parse(1))\n",
  'web/styles.css': '@import "tailwindcss";\n\n@theme {\n  --color-shell: #fff;\n}\n\n.card {\n  @apply p-2;\n}\n',
}

let tree: string

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'conch-check-'))
  for (const file of CONFIGURATION) cpSync(join(ROOT, file), join(tree, file))
  plant('package.json', `${JSON.stringify({ type: 'module', dependencies: { vite: '*', zod: '*' } }, null, 2)}\n`)
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
  for (const [path, text] of Object.entries(CLEAN_TREE)) plant(path, text)
})

afterEach(() => rmSync(tree, { recursive: true, force: true }))

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true })
  writeFileSync(join(tree, path), text)
}

/** Runs single steps of `check` on the tree; what they print, and whether they passed. */
function check(...steps: string[]): Promise<{ readonly passed: boolean; readonly output: string }> {
  const args = [join(ROOT, 'scripts', 'check.mjs'), `--root=${tree}`, ...steps]
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => resolve({ passed: !error, output: stdout + stderr }))
  })
}

describe('npm run check', () => {
  test('a clean tree passes', async () => {
    const steps = [
      'format',
      'lint',
      'types',
      'boundaries',
      'sizes',
      'regexes',
      'constructs',
      'unused',
      'duplicates',
      'citations',
    ]
    const { passed, output } = await check(...steps)
    expect(output).toContain(`${steps.length} of ${steps.length} checks passed`)
    expect(passed).toBe(true)
  })

  test.each(VIOLATIONS)('$what is reported by $step', async ({ step, path, text, reported }) => {
    plant(path, text)
    const { passed, output } = await check(step)
    expect(output).toContain(reported)
    expect(passed).toBe(false)
  })

  test('a copied piece of code is reported by duplicates', async () => {
    const copied = Array.from(
      { length: 20 },
      (_, at) => `  total += Math.max(${at}, total, first, second) * ${at}`,
    ).join('\n')
    for (const name of ['one', 'two']) {
      plant(
        `server/lib/${name}.ts`,
        `export function ${name}(first: number, second: number) {\n  let total = 0\n${copied}\n  return total\n}\n`,
      )
    }
    const { passed, output } = await check('duplicates')
    expect(output).toContain('server/lib/two.ts')
    expect(passed).toBe(false)
  })

  test('tests may set up parts that their folder may not import', async () => {
    plant('server/turns/claim.test.ts', "import { serve } from '../http/serve.ts'\n\nserve(1)\n")
    expect(await check('boundaries')).toMatchObject({ passed: true })
  })

  test('a lock that lacks a part for some system is reported', async () => {
    const packages = {
      '': { dependencies: { zod: '*' } },
      'node_modules/a': { optionalDependencies: { 'a-darwin-arm64': '1.0.0' } },
    }
    plant('package-lock.json', JSON.stringify({ packages }))
    const { passed, output } = await check('lock')
    expect(output).toContain('a-darwin-arm64@1.0.0')
    expect(passed).toBe(false)
  })

  test('a step that does not exist is named', async () => {
    const { passed, output } = await check('spelling')
    expect(output).toContain('No such check: spelling')
    expect(passed).toBe(false)
  })
})
