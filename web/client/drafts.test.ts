import { describe, expect, test, vi } from 'vitest'
import { createDrafts, type DraftStorage } from './drafts.ts'

/** Storage whose answers wait until the test lets them through. */
function heldStorage(initial: Readonly<Record<string, string>> = {}) {
  const stored = new Map(Object.entries(initial))
  const gates: (() => void)[] = []
  const writes: string[] = []
  let isHeld = false
  async function pass(): Promise<void> {
    if (!isHeld) return
    const { promise, resolve } = Promise.withResolvers<void>()
    gates.push(resolve)
    await promise
  }
  const storage: DraftStorage = {
    read: async (key) => {
      await pass()
      return stored.get(key)
    },
    write: async (key, text) => {
      writes.push(text)
      await pass()
      stored.set(key, text)
    },
    remove: async (key) => {
      writes.push('')
      await pass()
      stored.delete(key)
    },
  }
  return {
    storage,
    stored,
    writes,
    hold: () => {
      isHeld = true
    },
    release: () => {
      isHeld = false
      for (const open of gates.splice(0)) open()
    },
  }
}

function failLoudly(error: unknown): never {
  throw error
}

describe('drafts', () => {
  test('what was typed is there again on the next visit', async () => {
    const { storage } = heldStorage()
    const drafts = createDrafts(storage, failLoudly)
    drafts.set('a', 'half a thought')
    await drafts.settled()
    const later = createDrafts(storage, failLoudly).of('a')
    const { promise, resolve } = Promise.withResolvers<void>()
    later.subscribe(resolve)
    await promise
    expect(later.get()).toBe('half a thought')
  })

  test('what storage remembers never overwrites what was typed meanwhile', async () => {
    const held = heldStorage({ a: 'old' })
    held.hold()
    const drafts = createDrafts(held.storage, failLoudly)
    const draft = drafts.of('a')
    drafts.set('a', 'new')
    held.release()
    await drafts.settled()
    expect(draft.get()).toBe('new')
    expect(held.stored.get('a')).toBe('new')
  })

  test('keys typed while a write is under way cost one more write', async () => {
    const held = heldStorage()
    const drafts = createDrafts(held.storage, failLoudly)
    held.hold()
    drafts.set('a', 'w')
    await vi.waitFor(() => expect(held.writes).toEqual(['w']))
    for (const text of ['wo', 'wor', 'word']) drafts.set('a', text)
    held.release()
    await drafts.settled()
    expect(held.writes).toEqual(['w', 'word'])
  })

  test('a sent text is removed, and what was typed after it stays', () => {
    const drafts = createDrafts(heldStorage().storage, failLoudly)
    drafts.set('a', 'first message\nand the next')
    drafts.removeSent('a', 'first message')
    expect(drafts.of('a').get()).toBe('and the next')
  })

  test('a text that was changed since it was sent stays as it is', () => {
    const drafts = createDrafts(heldStorage().storage, failLoudly)
    drafts.set('a', 'changed')
    drafts.removeSent('a', 'first message')
    expect(drafts.of('a').get()).toBe('changed')
  })

  test('ui.md §3.3 rule 1: a draft that cannot be stored does not keep the others', async () => {
    const stored: string[] = []
    const reported: unknown[] = []
    const storage: DraftStorage = {
      read: async () => undefined,
      write: async (key) => {
        if (key === 'a') throw new Error('no room')
        stored.push(key)
      },
      remove: async () => undefined,
    }
    const drafts = createDrafts(storage, (error) => reported.push(error))
    drafts.set('a', 'too long')
    drafts.set('b', 'short')
    await drafts.settled()
    expect(stored).toEqual(['b'])
    expect(reported).toHaveLength(1)
  })

  test('storage that fails is reported and costs no text', async () => {
    const reported: unknown[] = []
    const failing: DraftStorage = {
      read: () => Promise.reject(new Error('no storage')),
      write: () => Promise.reject(new Error('no storage')),
      remove: () => Promise.reject(new Error('no storage')),
    }
    const drafts = createDrafts(failing, (error) => reported.push(error))
    drafts.set('a', 'kept')
    await drafts.settled()
    expect(drafts.of('a').get()).toBe('kept')
    expect(reported.length).toBeGreaterThan(0)
  })
})
