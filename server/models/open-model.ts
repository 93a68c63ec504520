import type { Capability } from '../../protocol/model-server.ts'
import type { ChatModel } from '../agent/model.ts'
import type { Clock } from '../lib/clock.ts'
import type { EndpointSource, ModelSource } from '../settings/model-chooser.ts'
import { readModelCapabilities } from './discovery/capabilities.ts'
import { listModels } from './list-models.ts'
import { createOpenAiCompatibleModel } from './openai-compatible.ts'
import { createPracticeModel } from './practice-model.ts'

/** What a model is called whose server has not said yet which it has. */
const NOT_CONNECTED = 'not connected'

/**
 * The model of a source, at once: an endpoint is first spoken to when there is a question for it. One that does not answer
 * then ends each turn with a sentence that says what to do. Throws where the address or the key cannot be one.
 */
export function openModel(source: ModelSource, clock: Clock): ChatModel {
  if (source.kind === 'practice') return createPracticeModel({ clock })
  const create = (model: string) => openEndpointModel({ ...source, model, clock })
  return source.model === null ? new FirstModel(source, { create, clock }) : create(source.model)
}

interface EndpointModel {
  readonly baseUrl: string
  readonly model: string
  readonly apiKey: string | null
  readonly clock: Clock
}

function openEndpointModel(endpoint: EndpointModel): ChatModel {
  const { baseUrl, model, clock } = endpoint
  let known: Capability = 'unknown'
  return {
    ...createOpenAiCompatibleModel({ baseUrl, model, apiKey: endpoint.apiKey ?? undefined, clock }),
    async continuesMessage(effort, signal) {
      if (known === 'unknown') {
        const told = await readModelCapabilities({ ...endpoint, mayGenerate: effort === 'try' }, signal)
        known = told.continues_message
      }
      return known
    },
  }
}

type ContinuesMessage = NonNullable<ChatModel['continuesMessage']>
type Search = { readonly found: ChatModel } | { readonly problem: string }

/** The endpoint's first model, looked for with each question until it is found. */
class FirstModel implements ChatModel {
  readonly #source: EndpointSource
  readonly #parts: { readonly create: (name: string) => ChatModel; readonly clock: Clock }
  #found: ChatModel | null = null

  constructor(source: EndpointSource, parts: { create: (name: string) => ChatModel; clock: Clock }) {
    this.#source = source
    this.#parts = parts
  }

  get name(): string {
    return this.#found?.name ?? NOT_CONNECTED
  }

  async reply(...[request, onEvent, signal]: Parameters<ChatModel['reply']>): ReturnType<ChatModel['reply']> {
    const search = await this.#find()
    signal.throwIfAborted()
    if ('found' in search) return await search.found.reply(request, onEvent, signal)
    return { status: 'failed', reason: 'backend_unreachable', message: search.problem }
  }

  async continuesMessage(...[effort, signal]: Parameters<ContinuesMessage>): ReturnType<ContinuesMessage> {
    const search = await this.#find()
    signal.throwIfAborted()
    if ('problem' in search) return 'unknown'
    return (await search.found.continuesMessage?.(effort, signal)) ?? 'no'
  }

  async #find(): Promise<Search> {
    if (this.#found) return { found: this.#found }
    const { baseUrl, apiKey } = this.#source
    const list = await listModels({ baseUrl, apiKey: apiKey ?? undefined, clock: this.#parts.clock })
    if (list.status !== 'listed') return { problem: list.message }
    this.#found = this.#parts.create(list.names[0])
    return { found: this.#found }
  }
}
