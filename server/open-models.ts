import { createSecretKey } from 'node:crypto'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import type { ChatModel } from './agent/model.ts'
import type { ServeConfig } from './config/serve-config.ts'
import type { AppEvents } from './http/app-events.ts'
import type { Clock } from './lib/clock.ts'
import { openSecretFile } from './lib/secret-file.ts'
import { readModelCapabilities } from './models/discovery/capabilities.ts'
import { discoverModelServers, lookAtNamedServer, type SearchPorts } from './models/discovery/discover.ts'
import { DiscoveryLoop } from './models/discovery/discovery-loop.ts'
import { lemonadeHost } from './models/lemonade-host.ts'
import { openModel } from './models/open-model.ts'
import { ModelChooser, type ModelSource } from './settings/model-chooser.ts'
import { ModelKeys } from './settings/model-keys.ts'
import { type ModelHost, ModelLoads } from './settings/model-loads.ts'
import { Settings } from './settings/settings.ts'
import type { DataDir } from './store/data-dir.ts'
import type { SqliteStore } from './store/sqlite/sqlite-store.ts'
import { StorageError } from './turns/turn-store.ts'

export interface OpenedModels {
  readonly settings: Settings
  readonly chooser: ModelChooser
  readonly loads: ModelLoads
  /** Begins to look for model servers, in the background, where there is something to look for. */
  look(): void
  stop(): Promise<void>
}

/** Which model answers: what the command line says, what people have set, and what is found on this machine. */
export async function openModels(parts: {
  readonly config: ServeConfig
  readonly log: FastifyBaseLogger
  readonly clock: Clock
  readonly store: SqliteStore
  readonly dataDir: DataDir
  readonly appEvents: AppEvents
  readonly model?: ChatModel
  readonly searchPorts?: SearchPorts
}): Promise<OpenedModels> {
  const { config, log, clock, store, dataDir, appEvents } = parts
  const settings = await Settings.open(store.settings)
  const secret = await openSecretFile({ path: join(dataDir.path, 'secret-key'), name: 'secret key' })
  const fixed: ModelSource | null = parts.model
    ? { kind: 'practice' }
    : config.model.kind === 'open'
      ? null
      : config.model
  const tellChange = () => appEvents.publish({ type: 'models.changed' })
  const chooser: ModelChooser = new ModelChooser({
    fixed,
    settings,
    keys: new ModelKeys(settings, createSecretKey(secret, 'base64url')),
    open: (source) => parts.model ?? openModel(source, clock),
    readCapabilities: (source, effort, signal) =>
      readModelCapabilities({ ...source, clock, mayGenerate: effort === 'trial' }, signal),
    lookAgain: async () => void (fixed?.kind === 'practice' || (await loop.probeNow())),
    firstLook: () => (fixed?.kind === 'practice' ? null : loop.firstLook),
    hurry: () => loop.hurry(),
    onChange: tellChange,
  })
  const loop = new DiscoveryLoop({
    clock,
    discover: async (signal) => {
      const named = chooser.source.kind === 'endpoint' ? chooser.source : null
      const apiKeyFor = (origin: string) => chooser.keyFor(origin)
      const ports = parts.searchPorts ? { ports: parts.searchPorts } : {}
      const table =
        fixed && named
          ? await lookAtNamedServer(named, clock, signal)
          : await discoverModelServers({ clock, apiKeyFor, named, ...ports }, signal)
      await chooser.take(table, signal)
      return table
    },
    onChange: tellChange,
  })
  const stopping = new AbortController()
  let looking: Promise<void> | undefined
  const run = async () => {
    try {
      await loop.run(stopping.signal)
    } catch (error) {
      log.error({ err: error }, 'model servers are not looked for any more')
    }
  }
  const loads = new ModelLoads({
    host: () => lemonadeIn(chooser, settings),
    onDone: ({ kind, problem }) => {
      if (problem !== null) log.warn(`a model could not be ${kind === 'load' ? 'loaded' : 'downloaded'} by Lemonade`)
      loop.hurry()
    },
  })
  return {
    settings,
    chooser,
    loads,
    look: () => {
      if (fixed?.kind !== 'practice') looking ??= run()
    },
    stop: async () => {
      stopping.abort()
      await loads.stop()
      await chooser.stop()
      await looking
    },
  }
}

/** The Lemonade server that was seen last; null where there is none, or it does not answer. */
function lemonadeIn(chooser: ModelChooser, settings: Settings): ModelHost | null {
  const server = chooser.describe().servers.find(({ kind, state }) => kind === 'lemonade' && state !== 'timed_out')
  if (!server?.base_url) return null
  const { base_url: baseUrl } = server
  const host = lemonadeHost(baseUrl, chooser.keyFor(server.address))
  return {
    ...host,
    // Whoever has a model loaded wants to talk to it, unless something else was chosen while it took its time.
    load: async (model, contextSize, signal) => {
      const wantedBefore = settings.values.model
      const problem = await host.load(model, contextSize, signal)
      if (problem !== null || settings.values.model !== wantedBefore) return problem
      return await choose(chooser, { baseUrl, model })
    },
  }
}

/** What went wrong, or null. Where the command line decides nothing is chosen, and nothing is wrong. */
async function choose(chooser: ModelChooser, place: { baseUrl: string; model: string }): Promise<string | null> {
  try {
    await chooser.want({ kind: 'endpoint', ...place })
    return null
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return `It was loaded, but that it is to answer could not be stored. ${error.message}`
  }
}
