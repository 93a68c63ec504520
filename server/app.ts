import { randomUUID } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { FastifyBaseLogger } from 'fastify'
import type { AppEvent } from '../protocol/app-event.ts'
import { isProvisional } from '../protocol/entry.ts'
import type { SessionId, TurnId } from '../protocol/ids.ts'
import { runAgent } from './agent/loop.ts'
import type { ChatModel } from './agent/model.ts'
import type { Tool } from './agent/tool.ts'
import { untilAborted } from './agent/until-aborted.ts'
import type { ServeConfig } from './config/serve-config.ts'
import { openAccessToken } from './http/access/access-token.ts'
import { admissionPolicies } from './http/access/admission-policy.ts'
import { OneTimeCodes } from './http/access/one-time-codes.ts'
import { AppEvents } from './http/app-events.ts'
import type { ConchServer } from './http/http-parts.ts'
import { createHttpServer } from './http/http-server.ts'
import { Metrics } from './http/metrics.ts'
import { Readiness } from './http/readiness.ts'
import { SessionLimit } from './http/session-limit.ts'
import { StreamLimits } from './http/stream-limits.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { tryListening } from './lib/try-listening.ts'
import type { SearchPorts } from './models/discovery/discover.ts'
import { openModels } from './open-models.ts'
import { readHistory } from './session-history.ts'
import type { ImageFiles } from './sessions/session-images.ts'
import { type SessionChange, Sessions } from './sessions/sessions.ts'
import type { ModelChooser } from './settings/model-chooser.ts'
import { startRecovery } from './start-recovery.ts'
import { DataDir } from './store/data-dir.ts'
import { FolderOfImages } from './store/image-files.ts'
import { SearchThread } from './store/sqlite/search-thread.ts'
import { SqliteStore } from './store/sqlite/sqlite-store.ts'
import { createTimeTool } from './tools/time/time-tool.ts'
import { describeQueue } from './turns/message-queues.ts'
import { SessionFeeds } from './turns/session-feed.ts'
import { SlotLine } from './turns/slot-line.ts'
import { StrayFailures } from './turns/stray-failures.ts'
import type { TurnChange } from './turns/turn-command.ts'
import { TurnEngine } from './turns/turn-engine.ts'
import { TurnRecovery } from './turns/turn-recovery.ts'
import { StorageError } from './turns/turn-store.ts'
import type { AnswerTurn, TurnJournal } from './turns/turn-worker.ts'
import { UnrecoveredSessions } from './turns/unrecovered-sessions.ts'

const MAX_STEPS = 50
const WEB_APP = fileURLToPath(new URL('../dist/web', import.meta.url))

export interface AppParts {
  readonly config: ServeConfig
  readonly version: string
  readonly log: FastifyBaseLogger
  /** Replaced by tests that move the time by hand. Commits keep their pace by real time in any case. */
  readonly clock?: Clock
  /** Replaced by tests that want the same in every run (R19). */
  readonly random?: () => number
  /** Replaced by tests that play the model themselves. */
  readonly model?: ChatModel
  /** Where to look for model servers, instead of this machine's usual ports. */
  readonly searchPorts?: SearchPorts
  /** Beside the built-in ones. */
  readonly tools?: readonly Tool[]
  /** Fails the turn of what nobody catches, where the process tells it of that (F25). */
  readonly strays?: StrayFailures
}

/** A Conch that has recovered its data and not yet begun to listen. */
export interface App {
  readonly server: ConchServer
  readonly engine: TurnEngine
  readonly feeds: SessionFeeds
  /** Begins to accept requests and answers where: `url` without a code, `link` with one that lets a browser in. */
  listen(): Promise<{ readonly url: string; readonly link: string }>
  /** Stops accepting, lets turns end within the grace time, records the rest, closes everything (F18). */
  close(): Promise<void>
}

/**
 * Builds every part and connects them, by hand and in this one place. Throws `DataDirError`, `SchemaTooNewError` and the
 * like for what a person must mend before the server can run.
 */
export async function createApp(parts: AppParts): Promise<App> {
  const { config, log, clock = systemClock, strays = new StrayFailures() } = parts
  const dataDir = DataDir.open(config.dataDir)
  const metrics = new Metrics()
  const readiness = new Readiness(() => store.probe())
  const store = await openStore({ dataDir, log, clock, metrics, readiness })
  const search = new SearchThread(dataDir.database)
  const appEvents = new AppEvents()
  const models = await openModels({ ...parts, clock, store, dataDir, appEvents })
  const tools = [createTimeTool({ clock }), ...(parts.tools ?? [])]
  const made = { config, log, clock, store, images: await openImages(dataDir, store), metrics, appEvents }
  const core = createCore({ ...made, models: models.chooser, tools, strays })
  const streams = new StreamLimits(config.maxStreams)
  metrics.observe({ engine: core.engine, line: core.line, streams })
  const codes = new OneTimeCodes(clock)
  const policyFor = await openPolicies(config, dataDir)
  const server = await createHttpServer({
    log,
    guard: { policyFor, codes },
    webAppDir: WEB_APP,
    metrics,
    http: {
      ...core,
      readiness,
      sessionStore: store.sessions,
      search,
      turnStore: store.turns,
      streams,
      sessionLimit: new SessionLimit(config.maxSessionsPerMinute, clock),
      codes,
      clock,
      random: parts.random ?? Math.random,
      version: parts.version,
      models: models.chooser,
      loads: models.loads,
      settings: models.settings,
      dataDir: dataDir.path,
    },
  })
  await tryListening(config)
  const recovery = await startRecovery(core, log) // last: a start that fails is not to count as an attempt at a turn (D6)
  return {
    server,
    engine: core.engine,
    feeds: core.feeds,
    listen: async () => {
      models.look()
      await server.listen({ host: config.host, port: config.port })
      const url = reachableUrl(server, config.host)
      dataDir.noteServer({ pid: process.pid, url })
      return { url, link: config.noAuth ? `${url}/` : `${url}/?code=${codes.issue()}` }
    },
    close: async () => {
      readiness.beginStopping()
      await recovery.stop()
      await core.engine.shutDown(config.graceMs)
      await new Promise((resolve) => setImmediate(resolve)) // those who follow are just being told
      server.server.closeAllConnections()
      await server.close()
      await models.stop()
      await search[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
      metrics[Symbol.dispose]()
      dataDir[Symbol.dispose]()
    },
  }
}

/** Who is let in, by the token in the data directory. */
async function openPolicies({ host, noAuth }: ServeConfig, { path }: DataDir) {
  const token = await openAccessToken(path)
  return admissionPolicies({ token, bindAddress: host, noAuth, ownAddresses: ownAddresses() })
}

/** The database, whose health metrics and readiness are told of. */
async function openStore(parts: {
  readonly dataDir: DataDir
  readonly log: FastifyBaseLogger
  readonly clock: Clock
  readonly metrics: Metrics
  readonly readiness: Readiness
}): Promise<SqliteStore> {
  const { dataDir, log, clock, metrics, readiness } = parts
  const store = await SqliteStore.open({
    path: dataDir.database,
    ballast: dataDir.ballast,
    wallClock: clock,
    pace: systemClock,
    onCommit: ({ durationMs, error, mayUseReserve }) => {
      metrics.noteCommit(durationMs)
      if (error || !mayUseReserve) readiness.noteCommit(error)
    },
    onDamage: (error) => {
      readiness.noteDamage(error)
      log.error({ err: error, database: dataDir.database }, 'nothing more is written; reading goes on where it can')
    },
  })
  await sayWhatIsRefused(store, log)
  return store
}

/** The images of messages, without those that a crash has left behind when their session was deleted. */
async function openImages(dataDir: DataDir, store: SqliteStore): Promise<FolderOfImages> {
  const images = new FolderOfImages(dataDir.images)
  await images.deleteOrphans(async (sessionId) => (await store.sessions.readSession(sessionId)) !== undefined)
  return images
}

/** A start that finds no room serves readers, and says so before anybody wonders why no message is taken (F32). */
async function sayWhatIsRefused(store: SqliteStore, log: FastifyBaseLogger): Promise<void> {
  try {
    await store.probe()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    log.warn({ err: error }, `no message can be taken, reading works: ${error.message}`)
  }
}

interface Core {
  readonly engine: TurnEngine
  readonly recovery: TurnRecovery
  readonly line: SlotLine
  readonly sessions: Sessions
  readonly images: ImageFiles
  readonly feeds: SessionFeeds
  readonly appEvents: AppEvents
}

interface CoreParts {
  readonly config: ServeConfig
  readonly log: FastifyBaseLogger
  readonly clock: Clock
  readonly store: SqliteStore
  readonly images: ImageFiles
  readonly metrics: Metrics
  readonly appEvents: AppEvents
  readonly models: ModelChooser
  readonly tools: readonly Tool[]
  readonly strays: StrayFailures
}

/** Sessions, turns and what the app is told of them. Orphan turns are still to be recovered. */
function createCore(parts: CoreParts): Core {
  const { config, log, clock, store, metrics, appEvents, models } = parts
  const line = new SlotLine(config)
  const shared = {
    store: store.turns,
    feeds: new SessionFeeds(),
    clock,
    workerId: randomUUID(),
    journal: journalOf(log),
    unrecovered: new UnrecoveredSessions(),
  }
  const engine = new TurnEngine({
    ...shared,
    line,
    newTurnId: () => randomUUID() as TurnId,
    limits: config,
    answer: parts.strays.guard(answerWith(parts)),
    onTurnChange: (change) => {
      if (change.type === 'ended') metrics.countTurn(change.outcome)
      appEvents.publish(appEventOfTurn(change))
      if (change.type !== 'changed') void tellSession(change.sessionId)
    },
    onQueueChange: (queue) => appEvents.publish({ type: 'queue.changed', queue: describeQueue(queue, null) }),
  })
  const recovery = new TurnRecovery({
    ...shared,
    mayResume: config.resumesTurns,
    continuesMessage: async (signal) => (await models.model.continuesMessage?.('look', signal)) ?? 'no',
    adopt: (turn) => engine.adopt(turn),
  })
  const sessions = new Sessions({
    store: store.sessions,
    images: parts.images,
    newSessionId: () => randomUUID() as SessionId,
    defaultModel: () => models.model.name,
    onDeleted: (sessionId) => engine.dropSession(sessionId),
    onChange: (change) => appEvents.publish(appEventOfSession(change)),
  })
  const tellSession = async (sessionId: SessionId) => {
    try {
      await sessions.tellChanged(sessionId)
    } catch (error) {
      log.error({ err: error, sessionId }, 'a session could not be read after its turn')
    }
  }
  return { engine, recovery, line, sessions, images: parts.images, feeds: shared.feeds, appEvents }
}

function journalOf(log: FastifyBaseLogger): TurnJournal {
  return { error: ({ error, ...facts }, message) => log.error({ ...facts, err: error }, message) }
}

/** How a turn is answered: the session's history, the agent loop, and the model. The engine knows none of the three. */
function answerWith({ store, images, metrics, models, tools, config, clock }: CoreParts): AnswerTurn {
  const limits = { ...config, maxSteps: MAX_STEPS }
  return async ({ turn, message, progress, signal, emit, committed, notePromptProgress }) => {
    const { sessionId } = turn
    const session = await store.sessions.readSession(sessionId)
    // What began a turn before a crash may not have been found again yet: another model should not go on in its text.
    if (progress && session?.model !== models.model.name) await untilAborted(models.lookAgain(), signal)
    else if (models.firstLook) await untilFirstLook({ models, images, sessionId, isNew: !progress, signal })
    const { model, takesImages, reportsProgress: wantsProgress } = models // for all of this turn, whatever is chosen meanwhile
    if (session && session.model !== model.name) await store.sessions.updateSession(sessionId, { model: model.name })
    const systemPrompt = session?.systemPrompt ?? null
    const { userMessageId } = turn
    const asked = { sessionId, systemPrompt, userMessage: message, userMessageId, takesImages }
    const history = await readHistory({ sessions: store.sessions, images }, asked)
    const countAndEmit: typeof emit = (event) => {
      if (isProvisional(event.type)) metrics.deltas += 1
      return emit(event)
    }
    const asking = { history, progress, tools, model, wantsProgress, limits, clock, signal }
    return await runAgent({ ...asking, emit: countAndEmit, committed, notePromptProgress })
  }
}

/**
 * Just after a start nobody knows yet which model there is, and of one that is named, what it can do. A turn that begins then
 * waits for the one (D14), and every turn of a session with images for the other (D18). Rejects with `signal.reason`, or where
 * the images cannot be counted.
 */
async function untilFirstLook(turn: {
  readonly models: ModelChooser
  readonly images: ImageFiles
  readonly sessionId: SessionId
  readonly isNew: boolean
  readonly signal: AbortSignal
}): Promise<void> {
  const { models, images, sessionId, isNew, signal } = turn
  const { firstLook, untold } = models
  if (!firstLook || !untold) return
  const isDue = untold === 'model' ? isNew : (await images.count(sessionId)) > 0
  if (isDue) await untilAborted(firstLook, signal)
}

function appEventOfTurn(change: TurnChange): AppEvent {
  return change.type === 'ended'
    ? { type: 'turn.ended', session_id: change.sessionId, outcome: change.outcome }
    : { type: 'turn.changed', session_id: change.sessionId, active_turn: change.activeTurn }
}

function appEventOfSession(change: SessionChange): AppEvent {
  return change.type === 'changed'
    ? { type: 'session.changed', session: change.session }
    : { type: 'session.deleted', session_id: change.sessionId }
}

/** Where a browser on this machine finds the server; a wildcard address is none. */
function reachableUrl(server: ConchServer, host: string): string {
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a TCP port')
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : isIPv6(host) ? `[${host}]` : host
  return `http://${name}:${address.port}`
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address))
}
