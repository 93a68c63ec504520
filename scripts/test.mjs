// `npm test`: makes ready what is missing, then runs `check` and all tests. `npm test -- FILE …` runs only these tests.
// Its last line is always `N passed, N failed`, and it fails when anything failed or nothing ran.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWeb } from './build-web.mjs'
import { runChecks } from './check.mjs'
import { ensureChromium, findChromium } from './chromium.mjs'
import { bundledNode, root, runInPlace, runScript, say } from './run.mjs'
import { setUp } from './set-up.mjs'

await runScript(async () => {
  const args = process.argv.slice(2)
  const counts = { passed: 0, failed: 0 }
  try {
    await setUp()
    await buildWeb()
    const chromium = mayDriveBrowser(args) ? await ensureChromium() : findChromium()
    if (args.length === 0) add(counts, await runChecks())
    add(counts, await runVitest(args, chromium))
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    counts.failed += 1
  }
  if (counts.passed + counts.failed === 0) say('No test ran.')
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`)
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0
})

/** True unless the arguments name files and none of them is a browser test. */
function mayDriveBrowser(args) {
  const files = args.filter((arg) => !arg.startsWith('-'))
  return files.length === 0 || files.some((file) => file.includes('browser'))
}

function add(counts, { passed, failed }) {
  counts.passed += passed
  counts.failed += failed
}

/** The counts come from Vitest's own report in a file; whatever it does not explain counts as one failure. */
async function runVitest(args, chromium) {
  const folder = mkdtempSync(join(tmpdir(), 'conch-test-'))
  try {
    const report = join(folder, 'report.json')
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const env = chromium ? { ...process.env, CONCH_CHROMIUM: chromium } : process.env
    const code = await runInPlace(bundledNode, [vitest, 'run', ...reporters, ...args], { env })
    return countTests(readReport(report), code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    say(`Vitest left no report (${error.message}): it counts as failed.`)
    return null
  }
}

function countTests(report, code) {
  if (!report) return { passed: 0, failed: 1 }
  const tests = report.testResults.flatMap((file) => file.assertionResults)
  const passed = tests.filter((test) => test.status === 'passed').length
  const failedTests = tests.filter((test) => test.status === 'failed').length
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const failed = failedTests + brokenFiles
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed }
}
