/** A value that changes and tells its readers. What it holds is never mutated: a change is a new value. */
export interface ReadableStore<State> {
  readonly get: () => State
  /** Calls `listener` after each change until the returned function is called. */
  readonly subscribe: (listener: () => void) => () => void
}

export interface Store<State> extends ReadableStore<State> {
  readonly set: (next: State) => void
  readonly update: (change: (current: State) => State) => void
}

export function createStore<State>(initial: State): Store<State> {
  const listeners = new Set<() => void>()
  let current = initial
  function set(next: State): void {
    if (Object.is(next, current)) return
    current = next
    for (const listener of [...listeners]) listener()
  }
  return {
    get: () => current,
    set,
    update: (change) => set(change(current)),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
