import type { Models } from '../../protocol/models.ts'
import type { ApiResult } from './api-result.ts'
import type { ModelsClient, WantedChoice } from './models-client.ts'
import { createStore, type ReadableStore, type Store } from './store.ts'

export interface ModelsState {
  /** Null until the server has told. */
  readonly models: Models | null
  /** Somebody here waits for servers to be looked for. */
  readonly isLooking: boolean
}

/** Keeps what is known of the models that could answer, and changes which one does. */
export class ModelsFeed {
  readonly #client: ModelsClient
  readonly #state: Store<ModelsState> = createStore<ModelsState>({ models: null, isLooking: false })
  /** The order in which requests were sent: a late answer to an early one must not undo a newer. */
  #sent = 0
  #shown = 0

  constructor(client: ModelsClient) {
    this.#client = client
  }

  get state(): ReadableStore<ModelsState> {
    return this.#state
  }

  /** Asks for the present state. Called whenever it may have changed. */
  async load(): Promise<void> {
    await this.#take(this.#client.read())
  }

  async lookAgain(): Promise<ApiResult<Models>> {
    this.#state.update((now) => ({ ...now, isLooking: true }))
    const result = await this.#take(this.#client.probe())
    this.#state.update((now) => ({ ...now, isLooking: false }))
    return result
  }

  tryOut(): Promise<ApiResult<Models>> {
    return this.#take(this.#client.tryOut())
  }

  choose(wanted: WantedChoice): Promise<ApiResult<Models>> {
    return this.#take(this.#client.choose(wanted))
  }

  keepKey(baseUrl: string, key: string | null): Promise<ApiResult<Models>> {
    return this.#take(this.#client.keepKey(baseUrl, key))
  }

  async #take(answer: Promise<ApiResult<Models>>): Promise<ApiResult<Models>> {
    this.#sent += 1
    const sent = this.#sent
    const result = await answer
    if (result.status === 'ok' && sent > this.#shown) {
      this.#shown = sent
      this.#state.update((now) => ({ ...now, models: result.value }))
    }
    return result
  }
}

/** True where the practice model answers because nothing was found, and nobody has asked for it. */
export function hasFoundNothing({ models }: ModelsState): boolean {
  return models?.choice.chosen_by === 'nobody' && models.probed_at !== null
}
