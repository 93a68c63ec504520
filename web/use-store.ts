import { useState, useSyncExternalStore } from 'react'
import type { ReadableStore } from './client/store.ts'

/** The store's value; the component is drawn again when it changes. */
export function useStore<State>(store: ReadableStore<State>): State {
  return useSyncExternalStore(store.subscribe, store.get)
}

/** A part of the store's value; the component is drawn again only when that part is another one. */
export function useSelected<State, Selected>(
  store: ReadableStore<State>,
  select: (state: State) => Selected,
): Selected {
  return useSyncExternalStore(store.subscribe, () => select(store.get()))
}

/** Like `useSelected` for a part that is made anew each time: it is another one only when one of its fields is. */
export function useSelectedFields<State, Fields extends object>(
  store: ReadableStore<State>,
  select: (state: State) => Fields | null,
): Fields | null {
  const [keepSame] = useState(createKeeper<Fields>)
  return useSyncExternalStore(store.subscribe, () => keepSame(select(store.get())))
}

function createKeeper<Fields extends object>(): (next: Fields | null) => Fields | null {
  let kept: Fields | null = null
  return (next) => {
    if (!haveSameFields(kept, next)) kept = next
    return kept
  }
}

function haveSameFields(a: object | null, b: object | null): boolean {
  if (a === null || b === null) return a === b
  const others = new Map(Object.entries(b))
  const fields = Object.entries(a)
  return fields.length === others.size && fields.every(([name, value]) => Object.is(value, others.get(name)))
}
