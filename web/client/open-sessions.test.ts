import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { messageIdSchema, sessionIdSchema, type TurnId } from '../../protocol/ids.ts'
import type { QueuedMessage } from '../../protocol/queue.ts'
import { type HeldServer, startHeldServer } from '../../tests/browser/web-held-server.ts'
import { createApiClient } from './api-client.ts'
import { createApiTransport } from './api-transport.ts'
import type { AppState } from './app-state.ts'
import { createDrafts, type DraftStorage, type Drafts } from './drafts.ts'
import { ManualAttention, ManualTimers } from './manual-timers.scenario.ts'
import { createOpenSessions, type OpenSessions } from './open-sessions.ts'
import { createStore, type Store } from './store.ts'

let server: HeldServer
let sessions: OpenSessions
let drafts: Drafts
let stored: Map<string, string>
let queues: Store<Pick<AppState, 'isTold' | 'queues'>>
beforeEach(async () => {
  server = await startHeldServer()
  stored = new Map()
  load()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

/** A new page of the same tab. */
function load(): void {
  const identity = { clientId: 'tab', label: 'Firefox on Linux' }
  const storage: DraftStorage = {
    read: async (key) => stored.get(key),
    write: async (key, text) => void stored.set(key, text),
    remove: async (key) => void stored.delete(key),
  }
  drafts = createDrafts(storage, failLoudly)
  queues = createStore<Pick<AppState, 'isTold' | 'queues'>>({ isTold: false, queues: new Map() })
  sessions = createOpenSessions({
    api: createApiClient(createApiTransport({ origin: server.origin, identity, onUnauthorized: () => undefined })),
    drafts,
    attention: new ManualAttention(),
    timers: new ManualTimers(),
    beforeDrawing: (callback) => callback(),
    onQueue: () => undefined,
    tab: { getItem: () => null, setItem: () => undefined, removeItem: () => undefined },
    trays: { read: async () => [], write: async () => undefined },
    reportFailure: failLoudly,
    queues,
  })
}

function failLoudly(error: unknown): never {
  throw error
}

const FIRST = sessionIdSchema.parse('first')

/** Looks at so many other sessions that a quiet one is kept no longer. */
function lookAtOthers(): void {
  for (let n = 0; n < 10; n += 1) sessions.open(sessionIdSchema.parse(`other-${n}`))
}

test('a session that was left long ago is let go', () => {
  const before = sessions.open(FIRST)
  lookAtOthers()
  expect(sessions.open(FIRST)).not.toBe(before)
})

test('ui.md §3.3 rule 1: a message that is being edited is still there after a look at many other sessions', () => {
  const edit = { messageId: messageIdSchema.parse(3), text: 'half a senten', images: [] }
  sessions.open(FIRST).changes.beginEdit(edit)
  lookAtOthers()
  expect(sessions.open(FIRST).changes.edit.get()).toEqual(edit)
})

test('ui.md §3.3 rule 1: so are the images beside the box', async () => {
  sessions.open(FIRST).attachments.add([new File(['PNG'], 'shell.png', { type: 'image/png' })])
  lookAtOthers()
  expect(sessions.open(FIRST).attachments.state.get()).toMatchObject([{ file: { name: 'shell.png' } }])
  ;(await server.nextRequest()).answer(201, { image_id: 'x' })
})

describe('ui.md §3.3 rule 1: a message that waits and is being edited', () => {
  const WAITING: QueuedMessage = {
    turn_id: 'turn-1' as TurnId,
    message: 'as it was',
    holder: { kind: 'browser', label: 'Firefox on Linux', same_client: true },
    queued_at: '2026-01-01T00:00:00Z',
    after_stop: false,
  }

  function tellQueue(...messages: QueuedMessage[]): void {
    queues.set({ isTold: true, queues: new Map([[FIRST, { session_id: FIRST, revision: 1, paused: null, messages }]]) })
  }

  beforeEach(() => {
    tellQueue(WAITING)
    const { queue } = sessions.open(FIRST)
    queue.beginEdit(WAITING)
    queue.setEditText('as it should be')
    lookAtOthers()
  })

  test('is still there after a look at many other sessions', () => {
    tellQueue(WAITING)
    expect(sessions.open(FIRST).queue.edit.get()).toMatchObject({ turnId: 'turn-1', text: 'as it should be' })
  })

  test('leaves its words to the box when it starts meanwhile', () => {
    drafts.set(FIRST, 'the next one')
    tellQueue()
    expect(drafts.of(FIRST).get()).toBe('the next one\n\nas it should be')
    expect(sessions.open(FIRST).queue.edit.get()).toBe(null)
    expect(sessions.open(FIRST).queue.notice.get()).toBe('started')
  })

  test('is open again when the page is loaded again, and leaves its words to the box when it has started meanwhile', async () => {
    tellQueue(WAITING)
    await drafts.settled()
    load()
    const { queue } = sessions.open(FIRST)
    await drafts.restored(`${FIRST}.queued-edit`)
    expect(queue.edit.get()).toMatchObject({ turnId: 'turn-1', text: 'as it should be' })
    tellQueue()
    expect([queue.edit.get(), drafts.of(FIRST).get()]).toEqual([null, 'as it should be'])
  })

  test('is over when another tab has saved the same words', () => {
    tellQueue({ ...WAITING, message: 'as it should be' })
    expect(sessions.open(FIRST).queue.edit.get()).toBe(null)
    tellQueue()
    expect(drafts.of(FIRST).get()).toBe('')
  })
})
