import { createStore, type ReadableStore, type Store } from './store.ts'

/** Where drafts are kept between visits. */
export interface DraftStorage {
  readonly read: (key: string) => Promise<string | undefined>
  readonly write: (key: string, text: string) => Promise<void>
  readonly remove: (key: string) => Promise<void>
}

/**
 * What has been typed and not yet been accepted by the server, per session. The text on the screen is the truth; storage
 * follows it, one write at a time, and a visit begins with what storage holds unless somebody has typed first.
 */
export interface Drafts {
  readonly of: (key: string) => ReadableStore<string>
  /** Resolves when `of(key)` has what storage holds. Never rejects: where storage fails, it is as it was. */
  readonly restored: (key: string) => Promise<void>
  readonly set: (key: string, text: string) => void
  /** The server has `sent` now. What was typed after it stays. */
  readonly removeSent: (key: string, sent: string) => void
  /** Messages that have left the box and that no server has yet: kept before its text, for a visit that ends now. */
  readonly hold: (key: string, messages: readonly string[]) => void
  readonly move: (from: string, to: string) => void
  /** Resolves when everything typed so far is stored. */
  readonly settled: () => Promise<void>
}

/** The key of what is typed before there is a session for it. */
export const NEW_SESSION_DRAFT = 'new'

export function createDrafts(storage: DraftStorage, reportFailure: (error: unknown) => void): Drafts {
  const stores = new Map<string, Store<string>>()
  const typed = new Set<string>()
  const held = new Map<string, readonly string[]>()
  const restoring = new Map<string, Promise<void>>()
  const unsaved = new Set<string>()
  let saving: Promise<void> | null = null

  function open(key: string): Store<string> {
    const known = stores.get(key)
    if (known) return known
    const store = createStore('')
    stores.set(key, store)
    restoring.set(key, restore(key, store))
    return store
  }

  async function restore(key: string, store: Store<string>): Promise<void> {
    try {
      const stored = await storage.read(key)
      if (stored !== undefined && !typed.has(key)) store.set(stored)
    } catch (error) {
      reportFailure(error)
    }
  }

  function set(key: string, text: string): void {
    typed.add(key)
    open(key).set(text)
    keep(key)
  }

  function keep(key: string): void {
    unsaved.add(key)
    saving ??= save()
  }

  async function save(): Promise<void> {
    await Promise.resolve() // what is changed in one go is written in one go
    for (const key of unsaved) {
      unsaved.delete(key)
      const text = joinMessages([...(held.get(key) ?? []), open(key).get()])
      const stored = text === '' ? storage.remove(key) : storage.write(key, text)
      await stored.catch(reportFailure) // one that cannot be stored does not keep the others
    }
    saving = null
  }

  return {
    of: open,
    restored: async (key) => await restoring.get(key),
    set,
    removeSent: (key, sent) => {
      const box = open(key)
      const remove = () => box.get().startsWith(sent) && set(key, box.get().slice(sent.length).trimStart())
      if (typed.has(key)) remove()
      else void restoring.get(key)?.then(remove)
    },
    hold: (key, messages) => {
      if (messages.length === 0 && !held.has(key)) return
      if (messages.length === 0) held.delete(key)
      else held.set(key, messages)
      typed.add(key)
      keep(key)
    },
    move: (from, to) => {
      set(to, open(from).get())
      set(from, '')
    },
    settled: async () => {
      await saving
    },
  }
}

/** Several messages as one text. */
export function joinMessages(messages: readonly string[]): string {
  const [only, ...others] = messages.filter((message) => message.trim() !== '')
  return only === undefined ? '' : [only, ...others].join('\n\n')
}
