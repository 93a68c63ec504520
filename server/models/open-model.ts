import type { ChatModel } from '../agent/model.ts'
import type { Clock } from '../lib/clock.ts'
import { listModels } from './list-models.ts'
import { parseModelEndpoint } from './model-endpoint.ts'
import { createOpenAiCompatibleModel } from './openai-compatible.ts'
import { createPracticeModel } from './practice-model.ts'

/** Which model to use. `name` null: the endpoint's first. */
export type ModelSource =
  | { readonly kind: 'practice' }
  | {
      readonly kind: 'endpoint'
      readonly baseUrl: string
      readonly name: string | null
      readonly apiKey: string | null
    }

export interface OpenedModel {
  readonly model: ChatModel
  /** Without credentials; null for the practice model. */
  readonly shownUrl: string | null
}

/**
 * The model of a source. An endpoint that does not answer is no reason not to start: its name is then asked for again
 * with the first message, and until it answers each turn ends with a sentence that says what to do. Throws where the
 * address or the key cannot be one.
 */
export async function openModel(source: ModelSource, clock: Clock): Promise<OpenedModel> {
  if (source.kind === 'practice') return { model: createPracticeModel({ clock }), shownUrl: null }
  const { baseUrl, name } = source
  const apiKey = source.apiKey ?? undefined
  const { shownUrl } = parseModelEndpoint(baseUrl, source.apiKey)
  const create = (model: string) => createOpenAiCompatibleModel({ baseUrl, model, apiKey, clock })
  if (name !== null) return { model: create(name), shownUrl }
  const findFirst = async () => {
    const list = await listModels({ baseUrl, apiKey, clock })
    return list.status === 'listed' ? { found: create(list.names[0]) } : { problem: list.message }
  }
  return { model: new FirstModel(await findFirst(), findFirst), shownUrl }
}

type Search = { readonly found: ChatModel } | { readonly problem: string }

/** The endpoint's first model, looked for until it is found. */
class FirstModel implements ChatModel {
  #search: Search
  readonly #findFirst: () => Promise<Search>

  constructor(search: Search, findFirst: () => Promise<Search>) {
    this.#search = search
    this.#findFirst = findFirst
  }

  get name(): string {
    return 'found' in this.#search ? this.#search.found.name : 'not connected'
  }

  async reply(...[request, onEvent, signal]: Parameters<ChatModel['reply']>): ReturnType<ChatModel['reply']> {
    if (!('found' in this.#search)) this.#search = await this.#findFirst()
    signal.throwIfAborted()
    const search = this.#search
    if ('found' in search) return await search.found.reply(request, onEvent, signal)
    return { status: 'failed', reason: 'backend_unreachable', message: search.problem }
  }
}
