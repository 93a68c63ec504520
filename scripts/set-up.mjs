// Makes the working tree ready to run: the packages of package-lock.json, and the Node among them. Does nothing when all
// of it is there, which takes a few milliseconds to see.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { bundledNode, root, run, StepFailed, say } from './run.mjs'

/** Installs what is missing. Rejects with `StepFailed` when that is not possible. */
export async function setUp() {
  const lock = readLock()
  const { version } = lock.packages['node_modules/node']
  const reason = reasonToInstall(lock)
  if (reason) {
    say(`Installing what Conch needs (once, about a minute): ${reason} …`)
    await npmCi()
  }
  await ensureNode(version)
  const left = reason && reasonToInstall(lock)
  if (left) await installWithOwnNode(lock, left)
}

/**
 * npm leaves out packages of this system that do not accept the Node it runs on, without failing. Here it runs once more,
 * on the Node that it has just installed.
 */
async function installWithOwnNode(lock, reason) {
  say(`Installing once more, with Conch's own Node instead of ${process.version}: ${reason} …`)
  const folder = mkdtempSync(join(tmpdir(), 'conch-node-'))
  try {
    const node = join(folder, basename(bundledNode))
    copyFileSync(bundledNode, node)
    await npmCi({ node, env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` } })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const left = reasonToInstall(lock)
  if (left) throw new StepFailed(`The installation is not complete: ${left}. Remove node_modules, then try again.`)
}

function readLock() {
  try {
    return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  } catch (error) {
    throw new StepFailed(
      `Cannot read package-lock.json: ${error.message}\nRestore it with: git checkout package-lock.json`,
    )
  }
}

/** Why `npm ci` has to run, in words; null when the installed packages are those of the lock. */
function reasonToInstall(lock) {
  const file = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(file)) return 'nothing is installed yet'
  let installed
  try {
    installed = JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return 'the last installation did not finish'
  }
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '')
  for (const [path, { version, integrity, ...rest }] of wanted) {
    const present = installed[path]
    if (!present && rest.optional && !isForThisSystem(rest)) continue
    if (!present) return `${path} is missing`
    if (present.version !== version || present.integrity !== integrity) return `${path} has to be ${version}`
    if (!existsSync(join(root, path))) return `${path} is missing`
  }
  return null
}

/** True for a package that says which systems it is made for, and names this one. */
function isForThisSystem({ os, cpu, libc }) {
  if (!os && !cpu) return false
  const names = (list, name) => !list || list.includes(name)
  return names(os, process.platform) && names(cpu, process.arch) && (!libc || libc.includes(libcName()))
}

function libcName() {
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
}

/**
 * Node comes as a package whose install script fetches the right build. Some npm versions and settings run no install
 * scripts; then it is made up for here.
 */
async function ensureNode(version) {
  if (await nodeRuns(version)) return
  say(`Installing Node ${version} for Conch …`)
  const rebuilt = await runNpm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'])
  if (rebuilt.code === 0 && (await nodeRuns(version))) return
  const folder = join(root, 'node_modules', 'node')
  const script = await run(process.execPath, ['installArchSpecificPackage.js'], { cwd: folder, capture: true })
  if (await nodeRuns(version)) return
  throw new StepFailed(
    `Node ${version} could not be installed.\n${(script.output || rebuilt.output).trim()}\n` +
      'Check the network, then try again. If it stays so, remove node_modules and run npm start once more.',
  )
}

async function nodeRuns(version) {
  const { code, stdout } = await run(bundledNode, ['--version'], { capture: true })
  return code === 0 && stdout.trim() === `v${version}`
}

async function npmCi(how) {
  const { code, output } = await runNpm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], how)
  if (code === 0) return
  const advice = 'Installing the packages failed. Check the network and the free disk space, then try again.'
  throw new StepFailed(`${output.trim()}\n${advice}`, code)
}

/** The npm that runs this script, if one does; else the one on the path. */
function runNpm(args, { node = process.execPath, env = process.env } = {}) {
  const self = process.env.npm_execpath
  if (self && basename(self).startsWith('npm-cli.')) return run(node, [self, ...args], { env, capture: true })
  return run('npm', args, { env, capture: true, shell: process.platform === 'win32' })
}
