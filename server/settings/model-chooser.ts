import type { ModelCapabilities, ModelServer, ModelServerTable } from '../../protocol/model-server.ts'
import type { ModelChoice, Models } from '../../protocol/models.ts'
import type { ChatModel } from '../agent/model.ts'
import { type ChosenModel, chooseModel, type ModelPlace } from './choose-model.ts'
import { shownUrl } from './model-address.ts'
import type { ModelKeys } from './model-keys.ts'
import type { Settings, WantedModel } from './settings.ts'

/** What it takes to speak to a model: its place, and the key of its server. */
export type ModelSource =
  | { readonly kind: 'practice' }
  | {
      readonly kind: 'endpoint'
      readonly baseUrl: string
      /** Null: the endpoint's first. */
      readonly model: string | null
      readonly apiKey: string | null
    }

export type EndpointSource = Extract<ModelSource, { kind: 'endpoint' }>

export interface ModelChooserParts {
  /** What the command line decides; null where it leaves the choice. Its key belongs to its address alone. */
  readonly fixed: ModelSource | null
  readonly settings: Settings
  readonly keys: ModelKeys
  /** Opens a model without speaking to its server. */
  readonly open: (source: ModelSource) => ChatModel
  /** What a server says of its model, without being made to write anything. Rejects with `signal.reason` only. */
  readonly readCapabilities: (
    source: EndpointSource & { readonly model: string },
    signal: AbortSignal,
  ) => Promise<ModelCapabilities>
  /** Looks for model servers anew, and resolves when that is through. */
  readonly lookAgain: () => Promise<unknown>
  /** Has them looked for anew soon, and waits for nothing. */
  readonly hurry: () => void
  /** Hears of another choice, another key and other servers. */
  readonly onChange: () => void
}

interface Current {
  readonly chosen: ChosenModel
  readonly source: ModelSource
  readonly model: ChatModel
  readonly capabilities: ModelCapabilities | null
}

/**
 * Knows which model answers the next turn, and why. The choice follows from what the command line says, what people have set
 * and what was found (`choose-model.ts`); whenever one of them changes it is made anew. A turn takes the model once, when it
 * begins, and keeps it.
 */
export class ModelChooser {
  readonly #parts: ModelChooserParts
  #table: ModelServerTable | null = null
  #current: Current

  constructor(parts: ModelChooserParts) {
    this.#parts = parts
    this.#current = this.#choose(null)
  }

  /** The model for the next turn. */
  get model(): ChatModel {
    return this.#current.model
  }

  /** Where it is, with its key; what `describe` tells has none. */
  get source(): ModelSource {
    return this.#current.source
  }

  /** The key of the server at `origin`, for requests that go there. */
  keyFor(origin: string): string | null {
    const { fixed, keys } = this.#parts
    const isFixed = fixed?.kind === 'endpoint' && fixed.apiKey !== null && new URL(fixed.baseUrl).origin === origin
    return isFixed ? fixed.apiKey : keys.keyFor(origin)
  }

  describe(): Models {
    return {
      choice: this.#describeChoice(),
      probed_at: this.#table?.probed_at ?? null,
      servers: this.#table?.servers ?? [],
    }
  }

  /** Where the choice's server stands in the table; undefined for the practice model, and before the first look. */
  get server(): ModelServer | undefined {
    const { source } = this.#current
    if (source.kind === 'practice') return undefined
    const url = shownUrl(source.baseUrl)
    return this.#table?.servers.find(({ base_url }) => base_url === url)
  }

  /** Remembers what a person wants; null lets Conch choose. `fixed`: the command line decides, and nothing was changed. */
  async want(wanted: WantedModel | null): Promise<'remembered' | 'fixed'> {
    if (this.#parts.fixed) return 'fixed'
    await this.#parts.settings.change({ model: wanted })
    this.#settle()
    this.#parts.hurry()
    return 'remembered'
  }

  /** Keeps the key of the server at `origin`; null forgets it. */
  async keepKey(origin: string, key: string | null): Promise<void> {
    await this.#parts.keys.keep(origin, key)
    this.#settle()
    this.#parts.hurry()
  }

  lookAgain(): Promise<unknown> {
    return this.#parts.lookAgain()
  }

  /** Takes in what was found, and asks the chosen server what its model can do where that is not known yet. */
  async take(table: ModelServerTable, signal: AbortSignal): Promise<void> {
    this.#table = table
    this.#settle()
    const { source, capabilities } = this.#current
    const isThere = this.server?.state === 'found' || this.server?.state === 'busy'
    if (capabilities || !isThere || source.kind !== 'endpoint' || source.model === null) return
    const told = await this.#parts.readCapabilities({ ...source, model: source.model }, signal)
    if (this.#current.source !== source) return
    this.#current = { ...this.#current, capabilities: told }
    this.#parts.onChange()
  }

  #settle(): void {
    this.#current = this.#choose(this.#current)
    this.#parts.onChange()
  }

  /** The same model goes on where its source stayed the same: what it has learnt of its server is kept. */
  #choose(current: Current | null): Current {
    const { fixed, settings } = this.#parts
    const chosen = chooseModel({
      fixed: fixed && placeOf(fixed),
      wanted: settings.values.model,
      servers: this.#table?.servers ?? [],
      current: current?.chosen ?? null,
    })
    const source = this.#sourceOf(chosen.place)
    if (current && isSame(current.source, source)) return { ...current, chosen }
    return { chosen, source, model: this.#parts.open(source), capabilities: null }
  }

  #sourceOf(place: ModelPlace): ModelSource {
    return place.kind === 'practice' ? place : { ...place, apiKey: this.keyFor(new URL(place.baseUrl).origin) }
  }

  #describeChoice(): ModelChoice {
    const { chosen, source, model, capabilities } = this.#current
    const { server } = this
    if (source.kind === 'practice') {
      const nothing = { base_url: null, state: null, next_step: null, has_key: false, capabilities: null }
      return { chosen_by: chosen.by, practice: true, model: model.name, ...nothing }
    }
    const standsWell = server === undefined || server.state === 'found'
    return {
      chosen_by: chosen.by,
      practice: false,
      model: source.model,
      base_url: shownUrl(source.baseUrl),
      state: server?.state ?? null,
      next_step: standsWell ? null : server.next_step,
      has_key: source.apiKey !== null,
      capabilities,
    }
  }
}

function placeOf(source: ModelSource): ModelPlace {
  return source.kind === 'practice' ? source : { kind: 'endpoint', baseUrl: source.baseUrl, model: source.model }
}

function isSame(a: ModelSource, b: ModelSource): boolean {
  if (a.kind === 'practice' || b.kind === 'practice') return a.kind === b.kind
  return a.baseUrl === b.baseUrl && a.model === b.model && a.apiKey === b.apiKey
}
