import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { messageIdSchema, START_OF_LOG, sessionIdSchema, type TurnId } from '../../protocol/ids.ts'
import type { QueuedMessage } from '../../protocol/queue.ts'
import type { Transcript } from '../../protocol/transcript.ts'
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

async function boxText(): Promise<string> {
  const text = drafts.of(FIRST)
  await drafts.restored(FIRST)
  return text.get()
}

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
  expect(sessions.open(FIRST).changes.edit.get()).toMatchObject(edit)
})

test('ui.md §3.3 rule 1: so are the images beside the box', async () => {
  sessions.open(FIRST).attachments.add([new File(['PNG'], 'shell.png', { type: 'image/png' })])
  lookAtOthers()
  expect(sessions.open(FIRST).attachments.state.get()).toMatchObject([{ file: { name: 'shell.png' } }])
  ;(await server.nextRequest()).answer(201, { image_id: 'x' })
})

test('ui.md §3.3 rule 1: an edit that was kept leaves its words to the box when its question is gone meanwhile', async () => {
  sessions.open(FIRST).changes.beginEdit({ messageId: messageIdSchema.parse(3), text: 'half a', images: [] })
  sessions.open(FIRST).changes.setEditText('half a senten')
  drafts.set(FIRST, 'the next one')
  await drafts.settled()
  load()
  const { feed, changes } = sessions.open(FIRST)
  await drafts.restored(`${FIRST}.edit`)
  expect(changes.edit.get()?.text).toBe('half a senten')
  const leaving = new AbortController()
  const running = feed.run(leaving.signal)
  ;(await server.nextRequest()).answer(200, LATER_QUESTION)
  await server.nextRequest() // follows the log
  leaving.abort()
  await running
  await drafts.settled()
  expect([changes.edit.get(), await boxText()]).toEqual([null, 'the next one\n\nhalf a senten'])
  expect(stored.get(`${FIRST}.edit`)).toBe(undefined)
})

const LATER_QUESTION: Transcript = {
  session_id: FIRST,
  messages: [
    {
      message_id: messageIdSchema.parse(7),
      turn_id: null,
      role: 'user',
      content: 'half a',
      created_at: '2026-01-01T00:00:00Z',
      outcome: null,
      usage: null,
      steps: [],
    },
  ],
  has_more: false,
  cursor: START_OF_LOG,
  active_turn: null,
}

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

  test('leaves its words to the box when another is edited, and goes on when it is begun once more', async () => {
    const other = { ...WAITING, turn_id: 'turn-2' as TurnId, message: 'the other' }
    tellQueue(WAITING, other)
    const { queue } = sessions.open(FIRST)
    queue.beginEdit(WAITING)
    expect([queue.edit.get()?.text, await boxText()]).toEqual(['as it should be', ''])
    drafts.set(FIRST, 'the next one')
    queue.beginEdit(other)
    expect([queue.edit.get()?.text, queue.notice.get()]).toEqual(['the other', 'left'])
    expect(await boxText()).toBe('the next one\n\nas it should be')
  })

  test('stays open with what is typed while it is saved, and is then saved with it', async () => {
    const { queue } = sessions.open(FIRST)
    const saved = queue.saveEdit()
    const request = await server.nextRequest()
    queue.setEditText('as it should be, and more')
    request.answer(200, { session_id: FIRST, revision: 2, paused: null, messages: [] })
    expect([await saved, queue.edit.get()?.text]).toEqual([false, 'as it should be, and more'])
    const savedAgain = queue.saveEdit()
    ;(await server.nextRequest()).answer(200, { session_id: FIRST, revision: 3, paused: null, messages: [] })
    expect([await savedAgain, queue.edit.get(), await boxText()]).toEqual([true, null, ''])
  })

  test('stays open where it has begun while another one was saved', async () => {
    const other = { ...WAITING, turn_id: 'turn-2' as TurnId, message: 'the other' }
    tellQueue(WAITING, other)
    const { queue } = sessions.open(FIRST)
    const saved = queue.saveEdit()
    const request = await server.nextRequest()
    queue.beginEdit(other)
    queue.setEditText('the other, in other words')
    request.answer(200, { session_id: FIRST, revision: 2, paused: null, messages: [] })
    expect([await saved, queue.edit.get()?.text]).toEqual([false, 'the other, in other words'])
  })

  test('leaves its words to the box when it starts meanwhile', async () => {
    drafts.set(FIRST, 'the next one')
    tellQueue()
    expect(await boxText()).toBe('the next one\n\nas it should be')
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
    expect([queue.edit.get(), await boxText()]).toEqual([null, 'as it should be'])
  })

  test('is over when another tab has saved the same words', async () => {
    tellQueue({ ...WAITING, message: 'as it should be' })
    expect(sessions.open(FIRST).queue.edit.get()).toBe(null)
    tellQueue()
    expect(await boxText()).toBe('')
  })
})
