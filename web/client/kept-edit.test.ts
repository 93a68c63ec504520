import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createDrafts, type DraftStorage } from './drafts.ts'
import { createKeptEdit } from './kept-edit.ts'

const KEY = 's.edit'
const schema = z.object({ messageId: z.number(), text: z.string() })

/** A browser whose page can be loaded again and again. */
function browser(initial?: string) {
  const stored = new Map(initial === undefined ? [] : [[KEY, initial]])
  const storage: DraftStorage = {
    read: async (key) => stored.get(key),
    write: async (key, text) => void stored.set(key, text),
    remove: async (key) => void stored.delete(key),
  }
  async function load() {
    const drafts = createDrafts(storage, (error) => {
      throw error
    })
    const edit = createKeptEdit({ drafts, key: KEY, schema })
    const read = drafts.restored(KEY)
    return { edit, drafts, read }
  }
  return { stored, load }
}

describe('ui.md §3.3 rule 1: the edit of a message', () => {
  test('is open again with its words when the page is loaded again', async () => {
    const { load } = browser()
    const before = await load()
    before.edit.set({ messageId: 3, text: 'half a senten' })
    await before.drafts.settled()
    const { edit, read } = await load()
    await read
    expect(edit.get()).toEqual({ messageId: 3, text: 'half a senten' })
  })

  test('is forgotten when it was sent or left', async () => {
    const { load, stored } = browser()
    const { edit, drafts } = await load()
    edit.set({ messageId: 3, text: 'half a senten' })
    await drafts.settled()
    edit.set(null)
    await drafts.settled()
    expect(stored.size).toBe(0)
  })

  test('does not come back in the place of one that has begun meanwhile', async () => {
    const { load } = browser('{"messageId":3,"text":"half a senten"}')
    const { edit, read } = await load()
    edit.set({ messageId: 5, text: 'another one' })
    await read
    expect(edit.get()).toEqual({ messageId: 5, text: 'another one' })
  })

  test.each(['no JSON', '{"messageId":"three"}'])('%s in the storage is none', async (text) => {
    const { edit, read } = await browser(text).load()
    await read
    expect(edit.get()).toBe(null)
  })
})
