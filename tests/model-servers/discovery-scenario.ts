import type { ModelServer, ModelServerKind, ModelServerTable } from '../../protocol/model-server.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { type DiscoveryOptions, discoverModelServers } from '../../server/models/discovery/discover.ts'
import { IMITATIONS } from './imitate.ts'
import type { ImitatedState } from './imitated-state.ts'
import {
  findClosedPort,
  type Reply,
  type Respond,
  type ScriptedServer,
  startScriptedServer,
} from './scripted-server.ts'

/** In the order of the table. */
export const KINDS: readonly ModelServerKind[] = [
  'lemonade',
  'ollama',
  'lm_studio',
  'llama_cpp',
  'vllm',
  'koboldcpp',
  'docker_model_runner',
]

/** For what happens by itself in a moment, such as a socket's end; an idle connection would be closed after four seconds. */
export const SOON = { timeout: 3_000 }

export type Ports = Record<ModelServerKind, readonly [number, ...number[]]>

/** Every kind is looked for at `port`, unless `others` says something else. */
export function allAt(port: number, others: Partial<Ports> = {}): Ports {
  const usual: Ports = {
    lemonade: [port],
    ollama: [port],
    lm_studio: [port],
    llama_cpp: [port],
    vllm: [port],
    koboldcpp: [port],
    docker_model_runner: [port],
  }
  return { ...usual, ...others }
}

export function discover(options: Partial<DiscoveryOptions> & { readonly ports: Ports }): Promise<ModelServerTable> {
  const here = { clock: systemClock, otherHosts: async () => [] }
  return discoverModelServers({ ...here, ...options }, new AbortController().signal)
}

export function rowOf(table: ModelServerTable, kind: ModelServerKind): ModelServer {
  const row = table.servers.find((server) => server.kind === kind)
  if (!row) throw new Error(`no row for ${kind}`)
  return row
}

export function imitationOf(kind: ModelServerKind, state: ImitatedState): Respond {
  const respond = IMITATIONS[kind](state)
  if (!respond) throw new Error(`${kind} is never ${state}`)
  return respond
}

/** `respond`, but for one path. */
export function changed(respond: Respond, path: string, reply: Reply): Respond {
  return (request) => (request.path === path ? reply : respond(request))
}

export interface StartedServers extends AsyncDisposable {
  readonly servers: readonly ScriptedServer[]
  /** Each kind at the port of its own server; the missing one at `port`, or at one where nothing listens. */
  portsWith(port?: number): Promise<Ports>
}

/** One found server of each kind but `missing`, each at a port of its own. */
export async function startAllBut(missing: ModelServerKind): Promise<StartedServers> {
  const started = new Map<ModelServerKind, ScriptedServer>()
  for (const kind of KINDS.filter((any) => any !== missing)) {
    started.set(kind, await startScriptedServer(imitationOf(kind, 'found')))
  }
  return {
    servers: [...started.values()],
    async portsWith(port) {
      const ports = allAt(port ?? (await findClosedPort()))
      for (const [kind, server] of started) ports[kind] = [server.port]
      return ports
    },
    async [Symbol.asyncDispose]() {
      for (const server of started.values()) await server[Symbol.asyncDispose]()
    },
  }
}
