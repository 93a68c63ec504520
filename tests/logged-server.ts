import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { z } from 'zod'
import type { ChatModel } from '../server/agent/model.ts'
import { type App, createApp } from '../server/app.ts'
import { parseCommandLine } from '../server/config/command-line.ts'
import { createLog } from '../server/log.ts'
import type { SearchPorts } from '../server/models/discovery/discover.ts'
import { ConchClient } from './conch-client.ts'
import { TestDataDir, withModel } from './conch-process.ts'

export interface LoggedServerOptions {
  readonly flags?: readonly string[]
  readonly apiKey?: string
  readonly model?: ChatModel
  /** Where the server looks for models, where no flag names one. Without these it does not look. */
  readonly searchPorts?: SearchPorts
  /** Outlives the server; one of its own unless given. */
  readonly dataDir?: TestDataDir
}

/** A server whose log is kept, at its most talkative. */
export class LoggedServer implements AsyncDisposable {
  readonly app: App
  readonly url: string
  readonly code: string
  readonly #dataDir: TestDataDir
  readonly #ownsDataDir: boolean
  readonly #chunks: string[]

  private constructor(parts: {
    app: App
    link: string
    dataDir: TestDataDir
    ownsDataDir: boolean
    chunks: string[]
  }) {
    this.app = parts.app
    this.url = new URL(parts.link).origin
    this.code = new URL(parts.link).searchParams.get('code') ?? ''
    this.#dataDir = parts.dataDir
    this.#ownsDataDir = parts.ownsDataDir
    this.#chunks = parts.chunks
  }

  static async start(options: LoggedServerOptions = {}): Promise<LoggedServer> {
    const { flags = [], model, apiKey, searchPorts, dataDir = new TestDataDir() } = options
    const chosen = searchPorts ? flags : withModel(flags)
    const args = ['--port', '0', '--no-open', '--grace', '0ms', '--data-dir', dataDir.path, ...chosen]
    const parsed = parseCommandLine({ args, variables: { CONCH_MODEL_API_KEY: apiKey } })
    if (parsed.command !== 'serve') throw new Error('these flags start no server')
    const chunks: string[] = []
    const log = createLog('debug', { write: (text) => chunks.push(text) })
    const replaced = { ...(model && { model }), ...(searchPorts && { searchPorts }) }
    const app = await createApp({ config: parsed.config, version: '0.0.0', log, ...replaced })
    const { link } = await app.listen()
    return new LoggedServer({ app, link, dataDir, ownsDataDir: options.dataDir === undefined, chunks })
  }

  get text(): string {
    return this.#chunks.join('')
  }

  get records(): readonly Readonly<Record<string, unknown>>[] {
    return this.text
      .trimEnd()
      .split('\n')
      .map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)))
  }

  get database(): string {
    return join(this.#dataDir.path, 'conch.db')
  }

  owner(): ConchClient {
    return new ConchClient(this.url, { token: this.token })
  }

  get token(): string {
    return readFileSync(join(this.#dataDir.path, 'token'), 'utf8').trim()
  }

  /** Sends bytes that no client would send, and waits for the connection to end. */
  async sendBytes(bytes: string): Promise<void> {
    const socket = connect(Number(new URL(this.url).port), '127.0.0.1')
    socket.end(bytes)
    socket.resume()
    await once(socket, 'close')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close()
    if (this.#ownsDataDir) this.#dataDir[Symbol.dispose]()
  }
}
