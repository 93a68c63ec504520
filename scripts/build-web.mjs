// Builds the web app into dist/web when its sources have changed since the last time, by their content.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundledNode, root, run, StepFailed, say } from './run.mjs'

const SOURCES = ['web', 'client', 'protocol', 'index.html', 'vite.config.ts', 'package-lock.json']
const TARGET = join(root, 'dist', 'web')
/** Built here first: a failed build leaves the last good one, and a running server never sees half of one. */
const NEXT = join(root, 'dist', 'web.next')
const STAMP = join(root, 'dist', 'web.sources')

/** Rejects with `StepFailed` when the build fails; the build before it stays in place. */
export async function buildWeb() {
  const fingerprint = fingerprintOf(SOURCES)
  if (existsSync(join(TARGET, 'index.html')) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint) return
  say('Building the web app …')
  rmSync(NEXT, { recursive: true, force: true })
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = ['build', '--config', 'vite.config.ts', '--outDir', NEXT, '--emptyOutDir', '--logLevel', 'warn']
  const { code, output } = await run(bundledNode, [vite, ...args], { capture: true })
  if (code !== 0 || !existsSync(join(NEXT, 'index.html'))) {
    throw new StepFailed(`${output.trim()}\nBuilding the web app failed; the messages above say where.`, code || 1)
  }
  rmSync(TARGET, { recursive: true, force: true })
  renameSync(NEXT, TARGET)
  writeFileSync(STAMP, fingerprint)
}

function fingerprintOf(paths) {
  const hash = createHash('sha256')
  for (const path of paths.flatMap(filesUnder)) {
    hash.update(`${path}\0`)
    hash.update(
      createHash('sha256')
        .update(readFileSync(join(root, path)))
        .digest(),
    )
  }
  return hash.digest('hex')
}

/** Paths from the root, in one order everywhere. Tests are no part of what is built. */
function filesUnder(path) {
  const full = join(root, path)
  if (!existsSync(full)) return []
  if (!statSync(full).isDirectory()) return /\.test\.tsx?$/.test(path) ? [] : [path]
  return readdirSync(full)
    .sort()
    .flatMap((name) => filesUnder(`${path}/${name}`))
}
