// `npm run check`: what must hold of the source itself. Every step runs, also after one that fails.
// `npm run check -- types lint` runs these steps only; `--root=FOLDER` looks at another tree with the same tools.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundledNode, root, run, runScript, StepFailed } from './run.mjs'
import { setUp } from './set-up.mjs'

const BOUNDARIES = ['style/noRestrictedImports', 'style/noProcessEnv', 'suspicious/noImportCycles']
const SIZES = ['style/noExcessiveLinesPerFile', 'complexity/noExcessiveLinesPerFunction', 'complexity/useMaxParams']

const STEPS = [
  { name: 'format', words: 'format and order of imports', ...biome('check', ['--linter-enabled=false']) },
  {
    name: 'lint',
    words: 'lint',
    ...biome(
      'lint',
      [...BOUNDARIES, ...SIZES].map((rule) => `--skip=${rule}`),
    ),
  },
  { name: 'types', words: 'types', ...tool('typescript/bin/tsc', ['--noEmit']) },
  {
    name: 'boundaries',
    words: 'boundaries between folders',
    ...biome(
      'lint',
      BOUNDARIES.map((rule) => `--only=${rule}`),
    ),
  },
  {
    name: 'sizes',
    words: 'sizes',
    ...biome(
      'lint',
      SIZES.map((rule) => `--only=${rule}`),
    ),
  },
  { name: 'regexes', words: 'linear regular expressions', ...script('check-regular-expressions.mjs') },
  { name: 'constructs', words: 'forbidden constructs', ...script('check-constructs.mjs') },
  { name: 'words', words: 'words on the screen', ...script('check-words.mjs') },
  {
    name: 'unused',
    words: 'unused code',
    ...tool('knip/bin/knip.js', ['--no-progress']),
  },
  { name: 'duplicates', words: 'duplicates', ...tool('jscpd/run-jscpd.js', ['--no-tips', '--no-colors', '.']) },
  { name: 'client', words: 'the generated client', ...script('generate-client.ts', ['--check']) },
  { name: 'lock', words: 'package-lock.json', ...script('check-lock.mjs') },
  { name: 'citations', words: 'citations', ...script('check-citations.mjs') },
]

/** Runs the named steps, or all, and prints one line each. Answers with how many passed and failed. */
export async function runChecks({ names = [], folder = root } = {}) {
  const unknown = names.filter((name) => !STEPS.some((step) => step.name === name))
  if (unknown.length > 0) {
    throw new StepFailed(
      `No such check: ${unknown.join(', ')}. There are: ${STEPS.map((step) => step.name).join(', ')}.`,
    )
  }
  const counts = { passed: 0, failed: 0 }
  for (const step of STEPS) {
    if (names.length > 0 && !names.includes(step.name)) continue
    const startedAtMs = Date.now()
    const { code, output } = await run(bundledNode, [step.program, ...step.args], { cwd: folder, capture: true })
    const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1)
    counts[code === 0 ? 'passed' : 'failed'] += 1
    process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'}  ${step.words} (${step.name}, ${seconds} s)\n`)
    if (code !== 0) process.stdout.write(`${indent(output.trim())}\n`)
  }
  return counts
}

function biome(command, args) {
  const reporting = ['--reporter=concise', '--max-diagnostics=none', '--diagnostic-level=warn', '--error-on-warnings']
  return tool('@biomejs/biome/bin/biome', [command, ...reporting, ...args, '.'])
}

function tool(path, args) {
  return { program: join(root, 'node_modules', ...path.split('/')), args }
}

function script(name, args = []) {
  return { program: join(root, 'scripts', name), args }
}

function indent(text) {
  return text.replace(/^/gm, '        ')
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runScript(async () => {
    const args = process.argv.slice(2)
    const folder = args.find((arg) => arg.startsWith('--root='))?.slice('--root='.length)
    if (folder === undefined) await setUp()
    else if (!existsSync(folder)) throw new StepFailed(`There is no folder ${folder}.`)
    const names = args.filter((arg) => !arg.startsWith('--'))
    const { passed, failed } = await runChecks({ names, folder: folder ?? root })
    process.stdout.write(`${passed} of ${passed + failed} checks passed\n`)
    return failed > 0 ? 1 : 0
  })
}
