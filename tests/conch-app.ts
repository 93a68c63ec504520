import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { z } from 'zod'
import type { ChatModel, ModelEventSink, ModelReply, ModelRequest } from '../server/agent/model.ts'
import { type App, createApp } from '../server/app.ts'
import type { ServeConfig } from '../server/config/serve-config.ts'
import { ManualClock } from '../server/lib/manual-clock.ts'
import type { SearchPorts } from '../server/models/discovery/discover.ts'
import { ConchClient } from './conch-client.ts'
import { TestDataDir } from './conch-process.ts'

/** One question that a test answers in the model's place. */
export class Question {
  readonly request: ModelRequest
  readonly signal: AbortSignal
  readonly #sink: ModelEventSink
  readonly #reply = Promise.withResolvers<ModelReply>()

  constructor(request: ModelRequest, sink: ModelEventSink, signal: AbortSignal) {
    this.request = request
    this.#sink = sink
    this.signal = signal
    signal.addEventListener('abort', () => this.#reply.reject(signal.reason), { once: true })
  }

  get reply(): Promise<ModelReply> {
    return this.#reply.promise
  }

  /** What the person has asked. */
  get message(): string {
    return this.request.messages.at(-1)?.content ?? ''
  }

  say(text: string): Promise<void> | undefined {
    return this.#sink({ type: 'text', text })
  }

  think(text: string): Promise<void> | undefined {
    return this.#sink({ type: 'reasoning', text })
  }

  /** Has read so much of the prompt. */
  read(processed: number, total: number): Promise<void> | undefined {
    return this.#sink({ type: 'prompt_progress', progress: { processed, total } })
  }

  finish(): void {
    this.#reply.resolve({ status: 'finished', finishReason: 'stop', toolCalls: [], usage: null })
  }

  fail(message: string): void {
    this.#reply.resolve({ status: 'failed', reason: 'backend_error', message })
  }
}

/** A model whose every answer the test speaks itself. */
export class HandModel implements ChatModel {
  readonly name = 'hand'
  readonly #asked: Question[] = []
  readonly #waiting: ((question: Question) => void)[] = []

  reply(request: ModelRequest, sink: ModelEventSink, signal: AbortSignal): Promise<ModelReply> {
    const question = new Question(request, sink, signal)
    const waiting = this.#waiting.shift()
    if (waiting) waiting(question)
    else this.#asked.push(question)
    return question.reply
  }

  /** The next question in the order they were asked, as soon as there is one. */
  async asked(): Promise<Question> {
    return this.#asked.shift() ?? (await new Promise((resolve) => this.#waiting.push(resolve)))
  }

  /** Questions that no test has taken yet. */
  get untaken(): number {
    return this.#asked.length
  }
}

/** The whole server in this process, on a real port and a real database, with a clock and a model that the test moves by hand. */
export class ConchApp implements AsyncDisposable {
  readonly app: App
  readonly url: string
  readonly clock: ManualClock
  readonly model: HandModel
  readonly dataDir: string
  readonly #directory: TestDataDir
  #closed: Promise<void> | undefined

  private constructor(parts: { app: App; url: string; clock: ManualClock; model: HandModel; directory: TestDataDir }) {
    this.app = parts.app
    this.url = parts.url
    this.clock = parts.clock
    this.model = parts.model
    this.dataDir = parts.directory.path
    this.#directory = parts.directory
  }

  /** `clock` stands still until the test moves it; by default it begins at a fixed date. */
  static async start(settings: Partial<ServeConfig> = {}, clock = new ManualClock()): Promise<ConchApp> {
    const directory = new TestDataDir()
    const model = new HandModel()
    const config: ServeConfig = { ...TEST_CONFIG, dataDir: join(directory.path, 'data'), ...settings }
    const app = await createApp({ config, version: '0.0.0', log: pino({ level: 'silent' }), clock, model })
    const { url } = await app.listen()
    return new ConchApp({ app, url, clock, model, directory })
  }

  /** One that looks for models at these ports, and has no other than what it finds there and the practice model. */
  static async lookingAt(searchPorts: SearchPorts, settings: Partial<ServeConfig> = {}): Promise<ConchApp> {
    const directory = new TestDataDir()
    const clock = new ManualClock()
    const open = { model: { kind: 'open' }, dataDir: join(directory.path, 'data') } as const
    const config: ServeConfig = { ...TEST_CONFIG, ...open, ...settings }
    const app = await createApp({ config, version: '0.0.0', log: pino({ level: 'silent' }), clock, searchPorts })
    const { url } = await app.listen()
    return new ConchApp({ app, url, clock, model: new HandModel(), directory })
  }

  client(clientId?: string, label?: string): ConchClient {
    return new ConchClient(this.url, { ...(clientId && { clientId }), ...(label && { label }) })
  }

  /** A client with the token, for a server that asks for one. */
  ownerClient(): ConchClient {
    return new ConchClient(this.url, { token: this.ownerToken() })
  }

  /** A link that lets one browser in. */
  async link(): Promise<string> {
    const { json } = await this.ownerClient().request('POST', '/api/link')
    return `${this.url}/?code=${z.object({ code: z.string() }).parse(json).code}`
  }

  /** What is in the data directory's token file. */
  ownerToken(): string {
    return readFileSync(join(this.dataDir, 'data', 'token'), 'utf8').trim()
  }

  /** Stops the server, and does nothing where it has been stopped. */
  close(): Promise<void> {
    this.#closed ??= this.app.close()
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    this.#directory[Symbol.dispose]()
  }
}

const MINUTE_MS = 60_000

const TEST_CONFIG: Omit<ServeConfig, 'dataDir'> = {
  host: '127.0.0.1',
  port: 0,
  model: { kind: 'practice' },
  slots: 4,
  maxWaiting: 64,
  firstByteTimeoutMs: 10 * MINUTE_MS,
  idleTimeoutMs: 2 * MINUTE_MS,
  turnTimeoutMs: 30 * MINUTE_MS,
  slotWaitMs: 10 * MINUTE_MS,
  graceMs: 0,
  maxStreams: 20_000,
  maxSessionsPerMinute: 0,
  resumesTurns: true,
  noAuth: true,
  openBrowser: false,
}
