import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

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

interface Violation {
  readonly what: string
  readonly step: string
  readonly path: string
  readonly text: string
  readonly reported: string
}

const VIOLATIONS: readonly Violation[] = [
  {
    what: 'turns that import http',
    step: 'boundaries',
    path: 'server/turns/bad.ts',
    text: "import { serve } from '../http/serve.ts'\n\nserve(1)\n",
    reported: 'noRestrictedImports',
  },
  {
    what: 'an agent that imports turns, even only a type',
    step: 'boundaries',
    path: 'server/agent/bad.ts',
    text: "import type { Claim } from '../turns/claim.ts'\n\nexport type Bad = Claim\n",
    reported: 'noRestrictedImports',
  },
  {
    what: 'web that imports the server',
    step: 'boundaries',
    path: 'web/chat/bad.ts',
    text: "import { now } from '../../server/lib/clock.ts'\n\nnow()\n",
    reported: 'noRestrictedImports',
  },
  {
    what: 'a web client that imports React',
    step: 'boundaries',
    path: 'web/client/bad.ts',
    text: "import { useState } from 'react'\n\nuseState(1)\n",
    reported: 'noRestrictedImports',
  },
  {
    what: 'a web/ui that imports another folder',
    step: 'boundaries',
    path: 'web/ui/bad.ts',
    text: "import { label } from '../client/label.ts'\n\nlabel.trim()\n",
    reported: 'noRestrictedImports',
  },
  {
    what: 'protocol that imports more than zod',
    step: 'boundaries',
    path: 'protocol/bad.ts',
    text: "import { readFileSync } from 'node:fs'\n\nreadFileSync('x')\n",
    reported: 'noRestrictedImports',
  },
  {
    what: 'a store that imports http from a folder within',
    step: 'boundaries',
    path: 'server/store/sqlite/bad.ts',
    text: "import { serve } from '../../http/serve.ts'\n\nserve(1)\n",
    reported: 'noRestrictedImports',
  },
  {
    what: 'a dynamic import across a boundary',
    step: 'boundaries',
    path: 'server/turns/bad.ts',
    text: "export const bad = await import('../http/serve.ts')\n",
    reported: 'noRestrictedImports',
  },
  {
    what: 'a new folder of the server that reaches out',
    step: 'boundaries',
    path: 'server/new-folder/bad.ts',
    text: "import { now } from '../lib/clock.ts'\n\nnow()\n",
    reported: 'no list of imports',
  },
  {
    what: 'the environment read outside config',
    step: 'boundaries',
    path: 'server/lib/bad.ts',
    text: 'export const bad = process.env.HOME\n',
    reported: 'noProcessEnv',
  },
  {
    what: 'an import cycle, even of types only',
    step: 'boundaries',
    path: 'server/lib/clock.ts',
    text: "import type { startedAt } from './uptime.ts'\n\nexport const now = (): typeof startedAt => 1\n",
    reported: 'noImportCycles',
  },
  {
    what: 'a file of 401 lines',
    step: 'sizes',
    path: 'server/lib/bad.ts',
    text: lines(401),
    reported: 'noExcessiveLinesPerFile',
  },
  {
    what: 'a function of 61 lines',
    step: 'sizes',
    path: 'server/lib/bad.ts',
    text: `export function bad(): void {\n${lines(61)}}\n`,
    reported: 'noExcessiveLinesPerFunction',
  },
  {
    what: 'four parameters',
    step: 'sizes',
    path: 'server/lib/bad.ts',
    text: 'export const bad = (a: 1, b: 1, c: 1, d: 1) => a + b + c + d\n',
    reported: 'useMaxParams',
  },
  {
    what: 'any',
    step: 'lint',
    path: 'server/lib/bad.ts',
    text: 'export const bad: any = 1\n',
    reported: 'noExplicitAny',
  },
  {
    what: 'a non-null assertion',
    step: 'lint',
    path: 'server/lib/bad.ts',
    text: 'export const bad = [1].at(0)!\n',
    reported: 'noNonNullAssertion',
  },
  {
    what: 'a default export',
    step: 'lint',
    path: 'server/lib/bad.ts',
    text: 'export default 1\n',
    reported: 'noDefaultExport',
  },
  {
    what: 'a switched-off type error',
    step: 'lint',
    path: 'server/lib/bad.ts',
    text: "// @ts-ignore\nexport const bad: number = 'x'\n",
    reported: 'noTsIgnore',
  },
  {
    what: 'a skipped test',
    step: 'lint',
    path: 'server/lib/bad.test.ts',
    text: "import { test } from 'vitest'\n\ntest.skip('x', () => undefined)\n",
    reported: 'noSkippedTests',
  },
  {
    what: 'a focused test',
    step: 'lint',
    path: 'server/lib/bad.test.ts',
    text: "import { describe } from 'vitest'\n\ndescribe.only('x', () => undefined)\n",
    reported: 'noFocusedTests',
  },
  {
    what: 'a floating promise',
    step: 'lint',
    path: 'server/lib/bad.ts',
    text: 'async function work(): Promise<void> {\n  await 1\n}\n\nexport function bad(): void {\n  work()\n}\n',
    reported: 'noFloatingPromises',
  },
  {
    what: 'a semicolon',
    step: 'format',
    path: 'server/lib/bad.ts',
    text: 'export const bad = 1;\n',
    reported: 'bad.ts',
  },
  {
    what: 'a type error',
    step: 'types',
    path: 'server/lib/bad.ts',
    text: "export const bad: number = 'x'\n",
    reported: 'TS2322',
  },
  {
    what: 'an empty catch',
    step: 'constructs',
    path: 'server/lib/bad.ts',
    text: 'try {\n  globalThis.print()\n} catch {}\n',
    reported: 'bad.ts:3: an empty catch',
  },
  {
    what: 'a catch that only comments',
    step: 'constructs',
    path: 'server/lib/bad.ts',
    text: 'try {\n  globalThis.print()\n} catch (error) {\n  // nothing to do\n}\n',
    reported: 'bad.ts:3: an empty catch',
  },
  {
    what: 'a swallowed rejection',
    step: 'constructs',
    path: 'web/client/bad.ts',
    text: 'await fetch("/").catch(() => {})\n',
    reported: 'bad.ts:1: a rejection is swallowed',
  },
  {
    what: 'a swallowed rejection as second argument of then',
    step: 'constructs',
    path: 'web/client/bad.ts',
    text: 'await fetch("/").then(String, () => undefined)\n',
    reported: 'bad.ts:1: a rejection is swallowed',
  },
  {
    what: 'an exception that stands in the source',
    step: 'constructs',
    path: 'server/lib/bad.ts',
    text: '// biome-ignore lint/suspicious/noExplicitAny: in a hurry\nexport const bad: any = 1\n',
    reported: 'biome.jsonc',
  },
  {
    what: 'an imported type that no boundary sees',
    step: 'constructs',
    path: 'server/turns/bad.ts',
    text: "export type Bad = import('../http/serve.ts').Bad\n",
    reported: 'import type',
  },
  {
    what: 'a citation in a comment without an entry',
    step: 'citations',
    path: 'server/lib/bad.ts',
    text: '/** Holds always (I19). */\nexport const bad = 1\n',
    reported: 'bad.ts:1: I19 has no entry',
  },
  {
    what: 'a citation in the name of a test without an entry',
    step: 'citations',
    path: 'server/lib/bad.test.ts',
    text: "import { test } from 'vitest'\n\ntest.each([1])('F66: it goes on', () => undefined)\n",
    reported: 'bad.test.ts:3: F66 has no entry',
  },
  {
    what: 'a citation in a migration without an entry',
    step: 'citations',
    path: 'server/store/sqlite/migrations/001.sql',
    text: 'create table t (x);\n-- one row each (R4)\n',
    reported: '001.sql:2: R4 has no entry',
  },
  {
    what: 'two entries for one number',
    step: 'citations',
    path: 'docs/more.md',
    text: '- **I1** Again.\n',
    reported: 'more.md:1: I1 has an entry already',
  },
  {
    what: 'an export that nobody uses',
    step: 'unused',
    path: 'server/lib/clock.ts',
    text: 'export const now = () => 1\nexport const unusedName = 2\n',
    reported: 'unusedName',
  },
  {
    what: 'a file that nobody imports',
    step: 'unused',
    path: 'server/lib/bad.ts',
    text: 'export const bad = 1\n',
    reported: 'server/lib/bad.ts',
  },
]

describe('npm run check', () => {
  test('a clean tree passes', async () => {
    const steps = ['format', 'lint', 'types', 'boundaries', 'sizes', 'constructs', 'unused', 'duplicates', 'citations']
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

function lines(count: number): string {
  return '  globalThis.print()\n'.repeat(count)
}
