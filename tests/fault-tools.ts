import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What faults are made with. None of it is needed for a server to run, so each is tried first and named where it is missing. */

/** A disk of its own: what fills it fills nothing else. */
export class SmallDisk implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'conch-disk-'))

  /** `options` as `mount -o` takes them. */
  constructor(options: string) {
    run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', this.path])
  }

  file(name: string): string {
    return join(this.path, name)
  }

  /** Makes files until there can be no more of them. */
  fillWithFiles(): void {
    mkdirSync(this.file('files'))
    try {
      for (let n = 0; ; n += 1) closeSync(openSync(this.file(`files/${n}`), 'w'))
    } catch (error) {
      expectFull(error)
    }
  }

  /** Writes until nothing more fits. */
  fill(): void {
    const file = openSync(this.file('filler'), 'a')
    try {
      for (const size of [1024 * 1024, 4096]) writeUntilFull(file, new Uint8Array(size))
    } finally {
      closeSync(file)
    }
  }

  empty(): void {
    rmSync(this.file('filler'))
  }

  remount(options: string): void {
    run('mount', ['-o', `remount,${options}`, this.path])
  }

  [Symbol.dispose](): void {
    run('umount', ['--lazy', this.path])
    rmSync(this.path, { recursive: true })
  }
}

function writeUntilFull(file: number, piece: Uint8Array): void {
  try {
    while (writeSync(file, piece) === piece.length);
  } catch (error) {
    expectFull(error)
  }
}

function expectFull(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
}

/** Why no small disk can be made here; null where it can. */
export function smallDiskRefusal(): string | null {
  try {
    using _disk = new SmallDisk('size=1m')
    return null
  } catch (error) {
    return `no tmpfs can be mounted here: ${String(error)}`
  }
}

/** Why system calls of a server cannot be made to fail here; null where they can. */
export function straceRefusal(): string | null {
  const { status, stderr, error } = spawnSync('strace', ['-f', '-e', 'trace=none', 'true'], { encoding: 'utf8' })
  if (error) return 'strace is not installed (apt-get install strace)'
  return status === 0 ? null : `strace may not trace here: ${stderr.trim()}`
}

/** Makes system calls of a running process fail or wait, for as long as it is held. `injection` as `strace -e inject=` takes it. */
export class FaultInjection implements AsyncDisposable {
  readonly #strace: ChildProcess

  private constructor(strace: ChildProcess) {
    this.#strace = strace
  }

  static async into(pid: number | undefined, injection: string): Promise<FaultInjection> {
    const calls = injection.split(':')[0]
    const args = ['-f', '-o', '/dev/null', '-p', String(pid), '-e', `trace=${calls}`, '-e', `inject=${injection}`]
    const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    const attached = Promise.withResolvers<void>()
    strace.once('exit', () => attached.reject(new Error(`strace ended before it was attached: ${said}`)))
    let said = ''
    strace.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
      if (said.includes('attached')) attached.resolve()
    })
    await attached.promise
    return new FaultInjection(strace)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#strace.exitCode !== null || this.#strace.signalCode !== null) return
    const exited = once(this.#strace, 'exit')
    this.#strace.kill('SIGINT')
    await exited
  }
}

const LOCK_SCRIPT = `
  const { DatabaseSync } = require('node:sqlite')
  const database = new DatabaseSync(process.argv[1], { timeout: 5_000 })
  database.exec('BEGIN IMMEDIATE')
  process.stdout.write('locked')
  setInterval(() => database, 1_000)`

/** Another program that holds the database at `path` and stands still, as a debugger or a frozen backup would. */
export async function holdDatabase(path: string): Promise<AsyncDisposable> {
  const child = spawn(process.execPath, ['--eval', LOCK_SCRIPT, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGSTOP')
  return {
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.trim()}`)
}
