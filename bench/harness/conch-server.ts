import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url))
/** As `npm start` sets it. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/conch', import.meta.url))

export interface ConchOptions {
  readonly dataDir: string
  /** Ends in `/v1`. Without it the practice model answers. */
  readonly modelUrl?: string
  /** For Node itself, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[]
}

/** A server as a person would start it, in a process of its own. */
export class ConchServer implements AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** From the start of the process to its ready line. */
  readonly readyMs: number
  readonly #child: ChildProcess

  private constructor(parts: { child: ChildProcess; url: string; pid: number; readyMs: number }) {
    this.#child = parts.child
    this.url = parts.url
    this.pid = parts.pid
    this.readyMs = parts.readyMs
  }

  /** Resolves with the ready line. Rejects with what the server said where it ends before that. */
  static async start({ dataDir, modelUrl, nodeFlags = [] }: ConchOptions): Promise<ConchServer> {
    const startedMs = performance.now()
    const model = modelUrl === undefined ? ['--model', 'practice'] : ['--model-url', modelUrl, '--model', 'bench']
    // A model that is held says nothing for as long as the rounds take.
    const limits = ['--slots', '3000', '--max-waiting', '3000', '--idle-timeout', '1h']
    const flags = ['--port', '0', '--no-open', '--no-auth', ...limits, ...model]
    const child = spawn(process.execPath, [...nodeFlags, MAIN, 'serve', '--data-dir', dataDir, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { NODE_COMPILE_CACHE, ...process.env },
    })
    const killWithUs = () => child.kill('SIGKILL')
    process.once('exit', killWithUs)
    child.once('exit', () => process.off('exit', killWithUs))
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4096)
    })
    const ready = Promise.withResolvers<string>()
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const url = /Conch is ready at (http:\/\/[^/\s]+)/.exec(text)?.[1]
      if (url) ready.resolve(url)
    })
    child.once('exit', (code) => ready.reject(new Error(`the server ended with ${code} before it was ready: ${said}`)))
    const url = await ready.promise
    if (child.pid === undefined) throw new Error('the server has no process')
    return new ConchServer({ child, url, pid: child.pid, readyMs: performance.now() - startedMs })
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }
}
