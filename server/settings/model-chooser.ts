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
  /** What a server says of its model, and in a `trial` shows by a few tokens that it writes. Rejects with `signal.reason` only. */
  readonly readCapabilities: (
    source: EndpointSource & { readonly model: string },
    effort: 'look' | 'trial',
    signal: AbortSignal,
  ) => Promise<ModelCapabilities>
  /** Looks for model servers anew, and resolves when that is through. */
  readonly lookAgain: () => Promise<unknown>
  /** Resolves when the first look is through, whatever has come of it; null from then on, and where nothing is looked for. */
  readonly firstLook: () => Promise<void> | null
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
  /** How the model stood when its server was asked for them: in memory it may be given less context than it could take. */
  readonly askedAs: string | null
}

/**
 * Knows which model answers the next turn, and why. The choice follows from what the command line says, what people have set
 * and what was found (`choose-model.ts`); whenever one of them changes it is made anew. A turn takes the model once, when it
 * begins, and keeps it.
 */
export class ModelChooser {
  readonly #parts: ModelChooserParts
  readonly #stopping = new AbortController()
  #table: ModelServerTable | null = null
  #current: Current
  #trial: Promise<void> | null = null

  constructor(parts: ModelChooserParts) {
    this.#parts = parts
    this.#current = this.#choose(null)
  }

  /** The model for the next turn. */
  get model(): ChatModel {
    return this.#current.model
  }

  /** Whether it is known to take images: what is unknown is not tried with a person's picture. */
  get takesImages(): boolean {
    return this.#current.capabilities?.vision === 'yes'
  }

  /** Whether it is known to tell how much of a prompt it has read: others may refuse to be asked for it. */
  get reportsProgress(): boolean {
    return this.#current.capabilities?.reports_progress === 'yes'
  }

  /** Just after a start: resolves when the first look is through, within seconds. Null where there is none to wait for. */
  get firstLook(): Promise<void> | null {
    return this.#parts.firstLook()
  }

  /** What a look may tell that nobody knows: which model answers, as none is chosen, or what the chosen one can do. */
  get untold(): 'model' | 'capabilities' | null {
    const { chosen, source, capabilities } = this.#current
    if (chosen.by === 'nobody') return 'model'
    return source.kind === 'endpoint' && capabilities === null ? 'capabilities' : null
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

  /** Takes in what was found, and asks the chosen server what its model can do where that may have changed. */
  async take(table: ModelServerTable, signal: AbortSignal): Promise<void> {
    this.#table = table
    this.#settle()
    const { server } = this
    if (server?.state !== 'found' && server?.state !== 'busy') return
    if (this.#current.askedAs !== this.#standing()) await this.#learn('look', signal)
  }

  /**
   * Has the chosen model write a few tokens, to learn what its server does not say of it. Whoever asks meanwhile waits for the
   * same trial. Resolves within half a minute, whatever the server does.
   */
  tryOut(): Promise<void> {
    this.#trial ??= this.#tryOut().finally(() => {
      this.#trial = null
    })
    return this.#trial
  }

  /** Ends a trial that is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#trial
  }

  async #tryOut(): Promise<void> {
    const { signal } = this.#stopping
    try {
      await this.#learn('trial', signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** What a trial has shown stays known where a later look tells nothing. */
  async #learn(effort: 'look' | 'trial', signal: AbortSignal): Promise<void> {
    const { source } = this.#current
    if (source.kind !== 'endpoint' || source.model === null) return
    const askedAs = this.#standing()
    const told = await this.#parts.readCapabilities({ ...source, model: source.model }, effort, signal)
    if (this.#current.source !== source) return
    this.#current = { ...this.#current, askedAs, capabilities: merge(this.#current.capabilities, told) }
    this.#parts.onChange()
  }

  /** What the table says of the chosen model that may change what it can do. */
  #standing(): string {
    const { server } = this
    const model = server?.models.find(({ name }) => name === this.model.name)
    return JSON.stringify([model?.loaded ?? null, server?.context_size ?? null])
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
    return { chosen, source, model: this.#parts.open(source), capabilities: null, askedAs: null }
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

function merge(before: ModelCapabilities | null, told: ModelCapabilities): ModelCapabilities {
  const { continues_message, reports_progress } = before ?? told
  return {
    ...told,
    continues_message: told.continues_message === 'unknown' ? continues_message : told.continues_message,
    reports_progress: told.reports_progress === 'unknown' ? reports_progress : told.reports_progress,
  }
}

function isSame(a: ModelSource, b: ModelSource): boolean {
  if (a.kind === 'practice' || b.kind === 'practice') return a.kind === b.kind
  return a.baseUrl === b.baseUrl && a.model === b.model && a.apiKey === b.apiKey
}
