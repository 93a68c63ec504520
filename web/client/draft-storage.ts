import { createStore, del, get, set } from 'idb-keyval'
import type { DraftStorage } from './drafts.ts'

/** Drafts in this browser's IndexedDB, which all its tabs share. */
export function createDraftStorage(): DraftStorage {
  const store = createStore('conch', 'drafts')
  return {
    read: async (key) => {
      const text: unknown = await get(key, store)
      return typeof text === 'string' ? text : undefined
    },
    write: (key, text) => set(key, text, store),
    remove: (key) => del(key, store),
  }
}
