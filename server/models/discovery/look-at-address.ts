import type { ModelServerState } from '../../../protocol/model-server.ts'
import type { Clock } from '../../lib/clock.ts'
import { type ServerClient, withServer } from './server-client.ts'
import type { ServerKind, ServerReport } from './server-kind.ts'
import { identifyServer } from './server-kinds.ts'

export interface Address {
  /** Scheme, host and port. */
  readonly origin: string
  readonly port: number
  /** What the host's name was resolved to. */
  readonly ip: string
}

/** What was seen at an address. `kind` is null where no server of ours was recognised. */
export interface Sighting {
  readonly address: Address
  readonly kind: ServerKind | null
  readonly state: ModelServerState
  readonly report: ServerReport | null
  readonly sentKey: boolean
}

export interface LookOptions {
  readonly clock: Clock
  /** The key of the endpoint at this origin, if it has one. No other origin ever gets it (S16). */
  readonly apiKeyFor: (origin: string) => string | null
}

/** For everything that is asked at one address. */
const LOOK_LIMIT_MS = 2_000

/** Never takes longer than two seconds. Rejects with `signal.reason` when that aborts, and for nothing a server does. */
export function lookAtAddress(address: Address, options: LookOptions, signal: AbortSignal): Promise<Sighting> {
  const { origin, ip, port } = address
  const apiKey = options.apiKeyFor(origin)
  const headers: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {}
  return withServer({ origin, ip, headers, clock: options.clock, limitMs: LOOK_LIMIT_MS }, signal, async (server) => {
    const kind = await identifyServer(server, port)
    const report = kind ? await kind.readState(server) : null
    return { address, kind, state: stateOf(server, report), report, sentKey: apiKey !== null }
  })
}

/** What the answers of a server amount to. */
export function stateOf({ trouble }: ServerClient, report: ServerReport | null): ModelServerState {
  if (trouble === 'refused' || trouble === 'timed_out') return trouble
  return report?.state ?? 'unrecognised'
}
