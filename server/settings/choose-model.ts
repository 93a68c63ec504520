import type { ModelServer, ModelServerState } from '../../protocol/model-server.ts'
import type { ChosenBy } from '../../protocol/models.ts'
import { shownUrl } from './model-address.ts'
import type { WantedModel } from './settings.ts'

/** A model by its place. `model` null: the server's first, which is not known yet. */
export type ModelPlace =
  | { readonly kind: 'practice' }
  | { readonly kind: 'endpoint'; readonly baseUrl: string; readonly model: string | null }

export interface ChosenModel {
  readonly by: ChosenBy
  readonly place: ModelPlace
}

export interface ChoiceFacts {
  /** What the command line says; null where it leaves the choice. */
  readonly fixed: ModelPlace | null
  readonly wanted: WantedModel | null
  /** What was found; empty before the first look. */
  readonly servers: readonly ModelServer[]
  /** What was chosen until now. */
  readonly current: ChosenModel | null
}

type Endpoint = Extract<ModelPlace, { kind: 'endpoint' }>

const NOTHING_FOUND: ChosenModel = { by: 'nobody', place: { kind: 'practice' } }
const USABLE: readonly ModelServerState[] = ['found', 'busy']

/**
 * Which model answers the next turn: what the command line says, else what a person wants, else what was found. What Conch
 * chose itself stays while it can be used, so that a conversation does not change its model because another server started;
 * and once a real model has answered, it never goes back to the practice model by itself.
 */
export function chooseModel({ fixed, wanted, servers, current }: ChoiceFacts): ChosenModel {
  if (fixed) return { by: 'command_line', place: named(fixed, servers, current) }
  if (!wanted) return pickFound(servers, current) ?? NOTHING_FOUND
  if (wanted.kind === 'model') return placeOfName(wanted.model, servers, current)
  return { by: 'person', place: named(wanted, servers, current) }
}

/** The place with its server's first model for a name, where it has none and the server has said. */
function named(place: ModelPlace, servers: readonly ModelServer[], current: ChosenModel | null): ModelPlace {
  if (place.kind === 'practice' || place.model !== null) return place
  const names = localModels(servers.find((server) => isAt(server, place)))
  const before =
    current?.place.kind === 'endpoint' && current.place.baseUrl === place.baseUrl ? current.place.model : null
  if (before !== null && (names.length === 0 || names.includes(before))) return { ...place, model: before }
  return { ...place, model: names[0] ?? null }
}

function pickFound(servers: readonly ModelServer[], current: ChosenModel | null): ChosenModel | null {
  const before = current?.by === 'conch' && current.place.kind === 'endpoint' ? current : null
  const usable = usableServers(servers)
  const stillThere = before && usable.some((server) => offers(server, before.place as Endpoint))
  const isComing =
    before && servers.some((server) => server.state === 'loading' && isAt(server, before.place as Endpoint))
  const [first] = usable
  if (stillThere || isComing || !first?.base_url) return before
  return { by: 'conch', place: { kind: 'endpoint', baseUrl: first.base_url, model: localModels(first)[0] ?? null } }
}

/** A model that a person named without saying where: at the server that has it, else where it will be missed. */
function placeOfName(model: string, servers: readonly ModelServer[], current: ChosenModel | null): ChosenModel {
  const usable = usableServers(servers)
  const having = servers.find((server) => server.base_url !== null && localModels(server).includes(model)) ?? usable[0]
  if (having?.base_url) return { by: 'person', place: { kind: 'endpoint', baseUrl: having.base_url, model } }
  const before = current?.place.kind === 'endpoint' ? current.place.baseUrl : null
  return before === null ? NOTHING_FOUND : { by: 'person', place: { kind: 'endpoint', baseUrl: before, model } }
}

/** Those with a model on this machine, one that is in memory first. What a server passes on is never chosen unasked. */
function usableServers(servers: readonly ModelServer[]): readonly ModelServer[] {
  const usable = servers.filter((server) => USABLE.includes(server.state) && localModels(server).length > 0)
  return usable.toSorted((a, b) => Number(hasLoaded(b)) - Number(hasLoaded(a)))
}

function hasLoaded(server: ModelServer): boolean {
  return server.models.some((model) => model.loaded === true && !model.remote)
}

function localModels(server: ModelServer | undefined): readonly string[] {
  return server?.models.filter((model) => !model.remote).map(({ name }) => name) ?? []
}

function offers(server: ModelServer, place: Endpoint): boolean {
  return isAt(server, place) && (place.model === null || localModels(server).includes(place.model))
}

function isAt(server: ModelServer, { baseUrl }: Endpoint): boolean {
  return server.base_url === shownUrl(baseUrl)
}
