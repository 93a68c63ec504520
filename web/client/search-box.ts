import type { SearchPage } from '../../protocol/search.ts'
import type { ApiClient } from './api-client.ts'
import { createStore, type ReadableStore } from './store.ts'
import type { Timers } from './timers.ts'

/** `found` is what was found last, also while the next search is on its way: results do not vanish under a reader. */
export interface SearchState {
  readonly text: string
  readonly status: 'idle' | 'searching' | 'failed'
  readonly found: SearchPage | null
}

/** One box to search with. Only the newest text is searched for, once the person has paused. */
export interface SearchBox {
  readonly state: ReadableStore<SearchState>
  readonly setText: (text: string) => Promise<void>
  /** Adds the next page. */
  readonly loadMore: () => Promise<void>
}

const PAUSE_MS = 150
const NOTHING: SearchState = { text: '', status: 'idle', found: null }

export function createSearchBox({ api, timers }: { readonly api: ApiClient; readonly timers: Timers }): SearchBox {
  const state = createStore(NOTHING)
  let asking = new AbortController()

  async function setText(text: string): Promise<void> {
    asking.abort()
    asking = new AbortController()
    const { signal } = asking
    if (text.trim() === '') return state.set({ ...NOTHING, text })
    state.update((now) => ({ ...now, text, status: 'searching' }))
    await timers.wait(PAUSE_MS, signal)
    if (signal.aborted) return
    const answer = await api.search(text)
    if (signal.aborted) return
    if (answer.status === 'ok') state.set({ text, status: 'idle', found: answer.value })
    else state.set({ text, status: 'failed', found: null })
  }

  async function loadMore(): Promise<void> {
    const { text, status, found } = state.get()
    const last = found?.messages.at(-1)
    if (found === null || last === undefined || !found.has_more || status === 'searching') return
    const { signal } = asking
    state.update((now) => ({ ...now, status: 'searching' }))
    const answer = await api.search(text, last.message_id)
    if (signal.aborted) return
    if (answer.status !== 'ok') return state.update((now) => ({ ...now, status: 'failed' }))
    const { messages, has_more, is_complete } = answer.value
    const more = { ...found, messages: [...found.messages, ...messages], has_more, is_complete }
    state.set({ text, status: 'idle', found: more })
  }

  return { state, setText, loadMore }
}
