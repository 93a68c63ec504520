// Starting other programs and ending well. Plain JavaScript without dependencies: it runs on the Node a machine happens
// to have, before the right one is installed.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** The Node that runs Conch: it is one of the installed packages, whatever the machine has. */
export const bundledNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** A step that cannot go on. The message says what happened and what to do; it is all that a person gets to see. */
export class StepFailed extends Error {
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Says one plain line about what happens now. On stderr, so that stdout belongs to the program that is started. */
export function say(line) {
  process.stderr.write(`${line}\n`)
}

/**
 * Runs a program to its end. With `capture` its output is kept and returned, else it goes to the terminal.
 * Never rejects: a program that cannot be started answers with code 127.
 */
export function run(command, args, { cwd = root, env = process.env, capture = false, shell = false } = {}) {
  return new Promise((resolve) => {
    const stdio = capture ? ['ignore', 'pipe', 'pipe'] : 'inherit'
    const child = spawn(command, args, { cwd, env: capture ? { ...env, NO_COLOR: '1' } : env, shell, stdio })
    let output = ''
    let stdout = ''
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text
      output += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    child.once('error', (error) => resolve({ code: 127, stdout, output: `${command}: ${error.message}` }))
    child.once('close', (code, signal) =>
      resolve({ code: code ?? exitCodeOf(signal), stdout, output: readable(output) }),
    )
  })
}

/**
 * Runs a program in this one's place: same terminal, same signals, same exit code. A Ctrl-C at a terminal reaches every
 * program there by itself; passing it on as well would look to the server like somebody pressing it twice.
 */
export function runInPlace(command, args, { cwd = root, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' })
    const stopWatching = watchParent(() => child.kill('SIGTERM'))
    const forward = (signal) => {
      stopWatching()
      if (signal === 'SIGINT' && process.stdin.isTTY) return
      child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, forward)
    child.once('error', (error) => reject(new StepFailed(`Cannot start ${command}: ${error.message}`)))
    child.once('close', (code, signal) => {
      stopWatching()
      for (const name of signals) process.off(name, forward)
      resolve(code ?? exitCodeOf(signal))
    })
  })
}

/**
 * npm runs a script through a shell and passes a SIGTERM to that shell only, which ends without a word to what it runs.
 * Calls `onGone` once the shell is gone. A start without npm may outlive the terminal it came from, so nothing is watched then.
 */
function watchParent(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return () => undefined
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onGone()
  }, 250)
  return () => clearInterval(timer)
}

/** Runs a script's body; what it answers is the exit code. A failure is one message, never a stack trace. */
export async function runScript(body) {
  try {
    process.exitCode = await body()
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    process.exitCode = error instanceof StepFailed ? error.exitCode : 1
  }
}

/** What a program said, without colours and without the places inside its own code where it said it. */
function readable(output) {
  return stripVTControlCharacters(output).replace(
    /^.*\bat .*(?:\(|async |at )(?:file:|node:|\/).*:\d+:\d+\)?\s*\{?\n/gm,
    '',
  )
}

function exitCodeOf(signal) {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }
  return 128 + (numbers[signal] ?? 0)
}
