import { connect } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { ChatModel } from '../server/agent/model.ts'
import { type App, createApp } from '../server/app.ts'
import { parseCommandLine } from '../server/config/command-line.ts'
import { createLog } from '../server/log.ts'
import { ConchClient } from './conch-client.ts'
import { TestDataDir } from './conch-process.ts'
import { refuse } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

const API_KEY = 'canary-api-key-8f14e45f'
const MESSAGE = 'canary-message-c9f0f895'
const TITLE = 'canary-title-45c48cce'

/** A server whose log is kept, at its most talkative. */
class LoggedServer implements AsyncDisposable {
  readonly app: App
  readonly url: string
  readonly code: string
  readonly #dataDir: TestDataDir
  readonly #chunks: string[]

  private constructor(parts: { app: App; link: string; dataDir: TestDataDir; chunks: string[] }) {
    this.app = parts.app
    this.url = new URL(parts.link).origin
    this.code = new URL(parts.link).searchParams.get('code') ?? ''
    this.#dataDir = parts.dataDir
    this.#chunks = parts.chunks
  }

  static async start(flags: readonly string[], model?: ChatModel): Promise<LoggedServer> {
    const dataDir = new TestDataDir()
    const args = ['--port', '0', '--no-open', '--grace', '0ms', '--data-dir', dataDir.path, ...flags]
    const parsed = parseCommandLine({ args, variables: { CONCH_MODEL_API_KEY: API_KEY } })
    if (parsed.command !== 'serve') throw new Error('these flags start no server')
    const chunks: string[] = []
    const log = createLog('debug', { write: (text) => chunks.push(text) })
    const app = await createApp({ config: parsed.config, version: '0.0.0', log, ...(model && { model }) })
    const { link } = await app.listen()
    return new LoggedServer({ app, link, dataDir, chunks })
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
    const database = join(this.#dataDir.path, 'token')
    return readText(database)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close()
    this.#dataDir[Symbol.dispose]()
  }
}
