import type {
  ModelServer,
  ModelServerKind,
  ModelServerState,
  ModelServerTable,
  NextStep,
} from '../../../protocol/model-server.ts'
import type { Clock } from '../../lib/clock.ts'
import { type Address, type LookOptions, lookAtAddress, type Sighting } from './look-at-address.ts'
import { lookAtEndpoint, type NamedEndpoint } from './look-at-endpoint.ts'
import { nextStepFor, nextStepWithout } from './next-step.ts'
import { findOtherHosts, LOOPBACK, type SearchHost } from './search-hosts.ts'
import type { ServerKind } from './server-kind.ts'
import { SERVER_KINDS } from './server-kinds.ts'

export type SearchPorts = Readonly<Record<ModelServerKind, readonly [number, ...number[]]>>

export interface DiscoveryOptions {
  readonly clock: Clock
  /** The key that belongs to the endpoint at this origin, or null. It is sent there and nowhere else (S16). */
  readonly apiKeyFor?: (origin: string) => string | null
  /** The server that is to be in the table in any case. */
  readonly named?: NamedEndpoint | null
  /** Where to look, instead of each kind's usual ports. */
  readonly ports?: SearchPorts
  /** Where to look for what 127.0.0.1 refused. */
  readonly otherHosts?: () => Promise<readonly SearchHost[]>
}

/** When several addresses have something to say of one kind, the one that comes first here is told. */
const TELLING: readonly ModelServerState[] = [
  'found',
  'busy',
  'loading',
  'needs_key',
  'no_model',
  'timed_out',
  'unrecognised',
  'refused',
]

/**
 * Looks for model servers on this machine and says of each kind how it stands. All ports are looked at at once, each for at
 * most two seconds, so that one server that hangs delays no other; only what 127.0.0.1 refuses is looked for on the other
 * hosts. Rejects with `signal.reason` when that aborts, and for nothing a server does.
 */
export async function discoverModelServers(options: DiscoveryOptions, signal: AbortSignal): Promise<ModelServerTable> {
  const { clock, apiKeyFor = () => null, otherHosts = () => findOtherHosts({ clock }) } = options
  const portsOf = (kind: ServerKind) => options.ports?.[kind.kind] ?? kind.ports
  const ports = [...new Set(SERVER_KINDS.flatMap(portsOf))]
  const hosts = lazily(otherHosts)
  const look = { clock, apiKeyFor }
  const [sightings, named] = await Promise.all([
    Promise.all(ports.map((port) => lookAtPort({ port, look, hosts }, signal))),
    options.named ? lookAtEndpoint(options.named, clock, signal) : null,
  ])
  signal.throwIfAborted()
  const rows = SERVER_KINDS.map((kind) => toRow(kind, portsOf(kind), sightings))
  const isNew = named && !rows.some((row) => row.base_url === named.base_url)
  return { probed_at: new Date(clock.nowMs()).toISOString(), servers: isNew ? [...rows, named] : rows }
}

/** A table of the one server that somebody named: nothing else is looked for. */
export async function lookAtNamedServer(
  named: NamedEndpoint,
  clock: Clock,
  signal: AbortSignal,
): Promise<ModelServerTable> {
  const row = await lookAtEndpoint(named, clock, signal)
  return { probed_at: new Date(clock.nowMs()).toISOString(), servers: [row] }
}

interface PortSearch {
  readonly port: number
  readonly look: LookOptions
  readonly hosts: () => Promise<readonly SearchHost[]>
}

/** What is seen on 127.0.0.1; where nothing listens there, what is recognised on the first of the other hosts. */
async function lookAtPort({ port, look, hosts }: PortSearch, signal: AbortSignal): Promise<Sighting> {
  const here = await lookAtAddress(addressOf(LOOPBACK, port), look, signal)
  if (here.state !== 'refused') return here
  const others = (await hosts()).map((host) => lookAtAddress(addressOf(host, port), look, signal))
  // What cannot be recognised out there says nothing of this machine's servers: a far host may well be silent.
  return (await Promise.all(others)).find((seen) => seen.kind) ?? here
}

function addressOf({ name, ip }: SearchHost, port: number): Address {
  return { origin: `http://${name}:${port}`, port, ip }
}

function toRow(kind: ServerKind, ports: readonly [number, ...number[]], sightings: readonly Sighting[]): ModelServer {
  const own = mostTelling(sightings.filter((seen) => seen.kind === kind))
  if (own) {
    return {
      ...rowOf(kind, own, nextStepFor(kind, own)),
      base_url: own.address.origin + kind.apiPath,
      models: [...(own.report?.models ?? [])],
      context_size: own.report?.contextSize ?? null,
    }
  }
  const atItsPorts = ports.flatMap((port) => sightings.filter(({ address }) => address.port === port))
  // A port that another kind answers on says nothing of this one, unless it has no other.
  const unclaimed = mostTelling(atItsPorts.filter((seen) => !seen.kind))
  const seen = unclaimed ?? { ...(atItsPorts[0] ?? nothingAt(ports[0])), state: 'unrecognised' }
  return rowOf(kind, seen, nextStepWithout(kind, seen))
}

function rowOf(kind: ServerKind, { state, address }: Sighting, next_step: NextStep): ModelServer {
  const nothingKnown = { base_url: null, models: [], context_size: null }
  return { kind: kind.kind, name: kind.name, state, address: address.origin, ...nothingKnown, next_step }
}

function mostTelling(sightings: readonly Sighting[]): Sighting | undefined {
  return sightings.toSorted((a, b) => TELLING.indexOf(a.state) - TELLING.indexOf(b.state))[0]
}

function nothingAt(port: number): Sighting {
  return { address: addressOf(LOOPBACK, port), kind: null, state: 'refused', report: null, sentKey: false }
}

/** Asked once, and only when somebody needs it. */
function lazily<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined
  return () => {
    found ??= find()
    return found
  }
}
