// Writes client/operations.ts from the description that the server gives of itself; with --check it only compares.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pino } from 'pino'
import { createApp } from '../server/app.ts'
import { parseCommandLine } from '../server/config/command-line.ts'
import { describeApi } from '../server/http/api-description/describe-api.ts'
import { renderClient } from './client/render-client.ts'

const ROOT = join(import.meta.dirname, '..')
const TARGET = join(ROOT, 'client', 'operations.ts')

const made = format(renderClient(await describeServer()))
if (process.argv.includes('--check')) {
  const isFresh = readFileSync(TARGET, 'utf8') === made
  if (!isFresh) process.stdout.write('client/operations.ts is not what the API describes: run `npm run client`\n')
  process.exitCode = isFresh ? 0 : 1
} else {
  writeFileSync(TARGET, made)
  const build = process.argv.indexOf('--build')
  if (build > 0) buildPackage(resolve(process.argv[build + 1] ?? 'dist/client'))
}

/** The client as a package of its own: JavaScript, types, and a manifest that names both. */
function buildPackage(folder: string): void {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const args = ['--project', join(ROOT, 'client', 'tsconfig.json'), '--outDir', folder]
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the client could not be built: ${stdout}`)
  const { version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const exports = { '.': { types: './index.d.ts', default: './index.js' } }
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'conch-client', version, license, type: 'module', exports }, null, 2),
  )
}

/** As the formatter of the project would have it, so that the file is checked like any other. */
function format(source: string): string {
  const biome = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome')
  const args = [biome, 'check', '--write', '--linter-enabled=false', `--stdin-file-path=${TARGET}`]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, input: source, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the generated client could not be formatted: ${stderr}`)
  return stdout
}

/** The description of a server with all its routes, which never listens. */
async function describeServer() {
  const dataDir = mkdtempSync(join(tmpdir(), 'conch-client-'))
  const parsed = parseCommandLine({ args: ['--data-dir', dataDir, '--model', 'practice'], variables: {} })
  if (parsed.command !== 'serve') throw new Error('no server is described by these flags')
  const app = await createApp({ config: parsed.config, version: '', log: pino({ level: 'silent' }) })
  try {
    return describeApi(app.server.swagger(), { version: '', port: 0 })
  } finally {
    await app.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
