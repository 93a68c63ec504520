import { expect, test } from 'vitest'
import type { DraftStorage } from './drafts.ts'
import { createTabDrafts } from './tab-drafts.ts'

/** A browser: what its tabs share, and a tab that can be loaded again. */
function browser() {
  const shared = new Map<string, string>()
  const storage: DraftStorage = {
    read: async (key) => shared.get(key),
    write: async (key, text) => void shared.set(key, text),
    remove: async (key) => void shared.delete(key),
  }
  const openTab = () => {
    const own = new Map<string, string>()
    const tab = {
      getItem: (key: string) => own.get(key) ?? null,
      setItem: (key: string, text: string) => own.set(key, text),
    }
    return { load: () => createTabDrafts(tab, storage) }
  }
  return { openTab }
}

test('two tabs that write into one session each have their own words after they are loaded again', async () => {
  const { openTab } = browser()
  const [one, other] = [openTab(), openTab()]
  await one.load().write('s', 'mine')
  await other.load().write('s', 'yours')
  expect(await one.load().read('s')).toBe('mine')
  expect(await other.load().read('s')).toBe('yours')
  expect(await openTab().load().read('s')).toBe('yours')
})

test('a tab whose words were sent has none, and takes no other tab’s away', async () => {
  const { openTab } = browser()
  const [one, other] = [openTab(), openTab()]
  const sending = one.load()
  await sending.write('s', 'mine')
  await other.load().write('s', 'yours')
  await sending.remove('s')
  expect(await one.load().read('s')).toBe('')
  expect(await openTab().load().read('s')).toBe('yours')
  const loadedAgain = other.load()
  expect(await loadedAgain.read('s')).toBe('yours')
  await loadedAgain.remove('s')
  expect(await openTab().load().read('s')).toBeUndefined()
})

test('a new tab that sends what was typed last takes it away', async () => {
  const { openTab } = browser()
  await openTab().load().write('s', 'typed before')
  const fresh = openTab().load()
  expect(await fresh.read('s')).toBe('typed before')
  await fresh.remove('s')
  expect(await openTab().load().read('s')).toBeUndefined()
})
