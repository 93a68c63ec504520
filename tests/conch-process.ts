import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ConchClient } from './conch-client.ts'

const MAIN = fileURLToPath(new URL('../server/main.ts', import.meta.url))

/** A data directory of one test; it outlives the servers that use it. */
export class TestDataDir implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'conch-test-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

export interface ProgramStart {
  readonly dataDir: string
  readonly program?: string
  readonly flags?: readonly string[]
  readonly variables?: Readonly<Record<string, string>>
  readonly onSpawn?: (child: ChildProcess) => void
}

/** A Conch in a process of its own, on a free port: what kill -9, SIGSTOP and SIGTERM are tried on. */
export class ConchProcess implements AsyncDisposable {
  readonly child: ChildProcess
  readonly url: string
  /** The ready line's link, with its one-time code. */
  readonly link: string
  readonly client: ConchClient
  readonly #stderr: string[]

  private constructor(parts: { child: ChildProcess; link: string; client: ConchClient; stderr: string[] }) {
    this.child = parts.child
    this.link = parts.link
    this.url = new URL(parts.link).origin
    this.client = parts.client
    this.#stderr = parts.stderr
  }

  /** Resolves when the server says it is ready. Rejects with what it printed where it ends before that. */
  static async start(
    dataDir: string,
    flags: readonly string[] = [],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<ConchProcess> {
    return await ConchProcess.startProgram({ dataDir, flags, variables })
  }

  /** The same for another `program` than the product's own. `onSpawn` gets the process before it is ready. */
  static async startProgram(start: ProgramStart): Promise<ConchProcess> {
    const { program = MAIN, dataDir, flags = [], variables = {}, onSpawn } = start
    const args = [program, 'serve', '--data-dir', dataDir, '--port', '0', '--no-open', ...withModel(flags)]
    const env = serverEnvironment(variables)
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    onSpawn?.(child)
    const stderr: string[] = []
    child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text))
    const lines = createInterface({ input: child.stdout })
    const exited = once(child, 'exit')
    const link = await readyLink(lines)
    if (!link) throw new Error(`the server ended with ${endOf(await exited)} before it was ready: ${stderr.join('')}`)
    const token = readFileSync(join(dataDir, 'token'), 'utf8').trim()
    const client = new ConchClient(new URL(link).origin, { token })
    return new ConchProcess({ child, link, client, stderr })
  }

  /** Everything the server has logged so far. */
  get log(): string {
    return this.#stderr.join('')
  }

  /** Resolves when the process has ended, by whoever's doing. */
  get exited(): Promise<unknown> {
    const isOver = this.child.exitCode !== null || this.child.signalCode !== null
    return isOver ? Promise.resolve() : once(this.child, 'exit')
  }

  /** Resolves with the exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null)
      return this.child.exitCode ?? this.child.signalCode
    const exited = once(this.child, 'exit')
    this.child.kill(signal)
    const [code, by] = await exited
    return code ?? by
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }
}

/** Without a model of its own a server would use what runs on the machine that the tests run on. */
export function withModel(flags: readonly string[]): readonly string[] {
  return flags.some((flag) => flag.startsWith('--model')) ? flags : ['--model', 'practice', ...flags]
}

/** The exit code, or the signal that ended it. */
function endOf([code, signal]: unknown[]): string {
  return String(code ?? signal)
}

/** Undefined where the server closes its output without having become ready. */
async function readyLink(lines: AsyncIterable<string>): Promise<string | undefined> {
  for await (const line of lines) {
    const link = /^Conch is ready at (http:\/\/\S+)$/.exec(line)?.[1]
    if (link) return link
  }
  return undefined
}

/** What a server is started with: this process's environment without the variables that steer the tests themselves. */
export function serverEnvironment(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('CONCH_'))
  return { ...Object.fromEntries(own), ...variables }
}
