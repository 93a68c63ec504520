import { createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { SessionId, TurnId } from '../../../protocol/ids.ts'
import type { ManualClock } from '../../lib/manual-clock.ts'
import type { SessionStore } from '../../sessions/session-store.ts'
import { Sessions } from '../../sessions/sessions.ts'
import { ModelChooser, type ModelSource } from '../../settings/model-chooser.ts'
import { ModelKeys } from '../../settings/model-keys.ts'
import { type ModelHost, ModelLoads } from '../../settings/model-loads.ts'
import type { SettingStore } from '../../settings/setting-store.ts'
import { Settings } from '../../settings/settings.ts'
import { InterceptedStore } from '../../turns/intercepted-store.ts'
import { SessionFeeds } from '../../turns/session-feed.ts'
import { SlotLine } from '../../turns/slot-line.ts'
import { TurnEngine } from '../../turns/turn-engine.ts'
import type { TurnStore } from '../../turns/turn-store.ts'
import { UnrecoveredSessions } from '../../turns/unrecovered-sessions.ts'
import { newBrowserId } from '../access/browser-cookie.ts'
import { OneTimeCodes } from '../access/one-time-codes.ts'
import { stampRequest } from '../admitted-request.ts'
import { AppEvents } from '../app-events.ts'
import type { Client } from '../guard.ts'
import type { ConchServer, HttpParts } from '../http-parts.ts'
import { readJsonStrictly } from '../json-body.ts'
import { answerError } from '../problem.ts'
import { Readiness } from '../readiness.ts'
import { SessionLimit } from '../session-limit.ts'
import { StreamLimits } from '../stream-limits.ts'
import { GaiaReader } from './gaia-reader.ts'
import { gaiaRoutes } from './gaia-routes.ts'
import { type PlayedTurn, Stage } from './played-turn.ts'

const MINUTE_MS = 60_000
export const JSON_HEADERS = { 'content-type': 'application/json' }

/** What the scenario needs of a database: `server/store/store-scenario.ts` opens real ones. */
export interface GaiaDatabase extends AsyncDisposable {
  readonly turns: TurnStore
  readonly sessions: SessionStore
  readonly settings: SettingStore
  readonly clock: ManualClock
  tables(): Promise<Readonly<Record<string, readonly string[]>>>
}

export interface GaiaOptions {
  readonly slots?: number
  readonly maxWaiting?: number
  /** Streams that programs may hold together. */
  readonly maxStreams?: number
  readonly maxSessionsPerMinute?: number
  /** What the command line decides: the model `hand`, played by the test, unless given. */
  readonly model?: ModelSource | null
  /** What loads and downloads models. */
  readonly host?: ModelHost
}

export interface GaiaAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

/** For tests: GAIA's routes on a real socket, a real database and the real engine; the clock is moved by hand. */
export class GaiaScenario implements AsyncDisposable {
  readonly parts: HttpParts
  readonly clock: ManualClock
  readonly store: InterceptedStore
  readonly #database: GaiaDatabase
  readonly #stage = new Stage()
  #server: ConchServer | undefined
  url = ''

  private constructor(database: GaiaDatabase, options: GaiaOptions, settings: Settings) {
    this.#database = database
    this.clock = database.clock
    this.store = new InterceptedStore(database.turns)
    this.parts = buildParts({ database, options, settings, store: this.store, stage: this.#stage })
  }

  /** The database is closed with the scenario. */
  static async start(database: GaiaDatabase, options: GaiaOptions = {}): Promise<GaiaScenario> {
    const scenario = new GaiaScenario(database, options, await Settings.open(database.settings))
    scenario.#server = await buildServer(scenario.parts)
    scenario.url = await scenario.#server.listen({ host: '127.0.0.1', port: 0 })
    return scenario
  }

  get(path: string, headers: Record<string, string> = {}): Promise<GaiaAnswer> {
    return this.fetch(path, { headers })
  }

  /** A body that is a string is sent as it is. */
  request(method: string, path: string, body?: unknown): Promise<GaiaAnswer> {
    if (body === undefined) return this.fetch(path, { method })
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return this.fetch(path, { method, body: text, headers: JSON_HEADERS })
  }

  post(path: string, body?: unknown): Promise<GaiaAnswer> {
    return this.request('POST', path, body)
  }

  async fetch(path: string, init: RequestInit): Promise<GaiaAnswer> {
    const response = await fetch(this.url + path, init)
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== ''
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }

  async createSession(fields: object = {}): Promise<SessionId> {
    const { json } = await this.post('/api/sessions', fields)
    return z.object({ id: z.string().brand('SessionId') }).parse(json).id
  }

  /** A send that streams. Must be accepted. */
  async send(sessionId: SessionId, message = 'hello', headers: Record<string, string> = {}): Promise<GaiaReader> {
    const body = JSON.stringify({ session_id: sessionId, message })
    const init = { method: 'POST', body, headers: { ...JSON_HEADERS, ...headers } }
    return await this.openStream('/api/chat/send', init)
  }

  async openStream(path: string, init: RequestInit = {}): Promise<GaiaReader> {
    const abort = new AbortController()
    const response = await fetch(this.url + path, { ...init, signal: abort.signal })
    if (response.status !== 200) throw new Error(`no stream: ${response.status} ${await response.text()}`)
    return new GaiaReader(response, abort)
  }

  /** The next turn that has reached the model. */
  turn(): Promise<PlayedTurn> {
    return this.#stage.next()
  }

  /** A session whose one turn is at the model now, with nobody following it. */
  async busySession(): Promise<{ sessionId: SessionId; turn: PlayedTurn }> {
    const sessionId = await this.createSession()
    const reader = await this.send(sessionId)
    const turn = await this.turn()
    await reader[Symbol.asyncDispose]()
    return { sessionId, turn }
  }

  async idle(sessionId: SessionId): Promise<void> {
    await this.parts.engine.idle(sessionId)
  }

  /** Everything that the database holds, as text: what a refused request wrote would be found in it (I4). */
  async dump(): Promise<string> {
    return JSON.stringify(await this.#database.tables())
  }

  async countSessions(): Promise<number> {
    return (await this.parts.sessionStore.countRows()).sessions
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.server.closeAllConnections()
    await this.#server?.close()
    await this.parts.engine.shutDown(0)
    await this.#database[Symbol.asyncDispose]()
  }
}

/** The compatible routes know of no images. */
const NO_IMAGES: HttpParts['images'] = {
  keep: async () => undefined,
  find: async () => undefined,
  read: async () => undefined,
  count: async () => 0,
  delete: async () => undefined,
  copyAll: async () => undefined,
  deleteAll: async () => undefined,
}

function buildParts(made: {
  readonly database: GaiaDatabase
  readonly options: GaiaOptions
  readonly settings: Settings
  readonly store: TurnStore
  readonly stage: Stage
}): HttpParts {
  const { database, options, settings, store, stage } = made
  const { clock } = database
  const { slots = 4, maxWaiting = 64, maxStreams = 1_000 } = options
  const feeds = new SessionFeeds()
  const engine = new TurnEngine({
    store,
    feeds,
    clock,
    line: new SlotLine({ slots, maxWaiting }),
    workerId: 'worker',
    newTurnId: () => randomUUID() as TurnId,
    limits: { turnTimeoutMs: 30 * MINUTE_MS, slotWaitMs: 10 * MINUTE_MS },
    journal: { error: () => undefined },
    answer: (work) => stage.answer(work),
    onTurnChange: () => undefined,
    onQueueChange: () => undefined,
    unrecovered: new UnrecoveredSessions(),
  })
  const images = NO_IMAGES
  const sessions = new Sessions({
    store: database.sessions,
    images,
    newSessionId: () => randomUUID() as SessionId,
    defaultModel: () => 'hand',
    onChange: () => undefined,
    onDeleted: (sessionId) => engine.dropSession(sessionId),
  })
  return {
    engine,
    sessions,
    sessionStore: database.sessions,
    search: { find: async () => 'busy' },
    turnStore: store,
    images,
    feeds,
    appEvents: new AppEvents(),
    streams: new StreamLimits(maxStreams),
    sessionLimit: new SessionLimit(options.maxSessionsPerMinute ?? 0, clock),
    codes: new OneTimeCodes(clock),
    readiness: new Readiness(async () => undefined),
    clock,
    random: Math.random,
    version: '0.0.0',
    models: chooserOf(settings, options.model === undefined ? { kind: 'practice' } : options.model),
    loads: new ModelLoads({ host: () => options.host ?? null, onDone: () => undefined }),
    settings,
    dataDir: tmpdir(),
  }
}

/** Nothing looks for servers here: a test hands the chooser its table. */
function chooserOf(settings: Settings, fixed: ModelSource | null): ModelChooser {
  return new ModelChooser({
    fixed,
    settings,
    keys: new ModelKeys(settings, createSecretKey(randomBytes(32))),
    open: (source) => ({
      name: source.kind === 'practice' ? 'hand' : (source.model ?? 'not connected'),
      reply: () => Promise.reject(new Error('the test plays the model')),
    }),
    readCapabilities: () => Promise.reject(new Error('no server is asked')),
    lookAgain: async () => undefined,
    firstLook: () => null,
    hurry: () => undefined,
    onChange: () => undefined,
  })
}

/** Requests with these headers come from one browser, all others from programs. */
export const BROWSER_HEADERS = { 'x-test-browser': '1' }

async function buildServer(parts: HttpParts): Promise<ConchServer> {
  const server = Fastify({
    bodyLimit: 2 * 1024 * 1024,
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
  }).withTypeProvider<ZodTypeProvider>()
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  server.setErrorHandler(answerError)
  readJsonStrictly(server)
  const browser: Client = { kind: 'browser', browserId: newBrowserId() }
  server.addHook('onRequest', async (request) => {
    const client: Client = 'x-test-browser' in request.headers ? browser : { kind: 'program' }
    stampRequest(request.raw, { client, cspNonce: '', requestId: 'request' })
  })
  await server.register(async (scope) => gaiaRoutes(scope.withTypeProvider<ZodTypeProvider>(), parts))
  return server
}
