import { type ComponentType, type ReactNode, useEffect } from 'react'
import { createStore } from './client/store.ts'
import { useStore } from './use-store.ts'

/** A part of the app whose code is fetched when it is first needed, so that what everybody sees first is there sooner. */
export interface LazyPart<Props> {
  /** Draws the part, or what stands in for it. */
  readonly Part: ComponentType<Props>
  /** Begins to fetch it before it is needed. A failure is shown where the part would stand. */
  readonly fetch: () => Promise<void>
}

interface LazyPartOptions<Props> {
  readonly load: () => Promise<ComponentType<Props>>
  /** Stands there while the code comes. */
  readonly waiting?: ReactNode
  /** Stands there when the code did not come: the server is away, or a newer one has other files. */
  readonly failed: ComponentType<{ readonly props: Props; readonly error: unknown; readonly onRetry: () => void }>
}

type Fetched<Props> =
  | { readonly status: 'waiting' }
  | { readonly status: 'ready'; readonly Loaded: ComponentType<Props> }
  | { readonly status: 'failed'; readonly error: unknown }

const WAITING = { status: 'waiting' } as const

/** Unlike React's own `lazy`, a fetch that failed can be tried again, and a part that is there is drawn at once. */
export function lazyPart<Props extends object>(options: LazyPartOptions<Props>): LazyPart<Props> {
  const { load, waiting = null, failed: Failed } = options
  const state = createStore<Fetched<Props>>(WAITING)
  async function fetch(): Promise<void> {
    if (state.get().status === 'ready') return
    state.set(WAITING)
    try {
      state.set({ status: 'ready', Loaded: await load() })
    } catch (error) {
      state.set({ status: 'failed', error })
    }
  }
  function Part(props: Props): ReactNode {
    const fetched = useStore(state)
    useEffect(() => void fetch(), [])
    switch (fetched.status) {
      case 'waiting':
        return waiting
      case 'failed':
        return <Failed props={props} error={fetched.error} onRetry={() => void fetch()} />
      case 'ready':
        return <fetched.Loaded {...props} />
    }
  }
  return { Part, fetch }
}
