import type { DraftStorage } from './drafts.ts'

const KEY_PREFIX = 'conch.draft.'

/**
 * Drafts of one tab, over those that all tabs of a browser share. A tab that is loaded again has what was typed in it, and
 * not what another tab typed into the same session since; a tab that is new has what was typed last. `tab` lives as long as
 * the tab does.
 */
export function createTabDrafts(tab: Pick<Storage, 'getItem' | 'setItem'>, shared: DraftStorage): DraftStorage {
  const written = new Map<string, string>()
  return {
    read: async (key) => tab.getItem(KEY_PREFIX + key) ?? (await shared.read(key)),
    write: async (key, text) => {
      tab.setItem(KEY_PREFIX + key, text)
      written.set(key, text)
      await shared.write(key, text)
    },
    remove: async (key) => {
      const own = written.get(key) ?? tab.getItem(KEY_PREFIX + key)
      tab.setItem(KEY_PREFIX + key, '')
      written.delete(key)
      const isOurs = own === null || (await shared.read(key)) === own
      if (isOurs) await shared.remove(key)
    },
  }
}
