import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { messageIdSchema, seqSchema, type TurnId } from '../../protocol/ids.ts'
import { type HeldServer, startHeldServer } from '../../tests/browser/web-held-server.ts'
import { createApiClient } from './api-client.ts'
import { createApiTransport } from './api-transport.ts'
import { createDrafts } from './drafts.ts'
import { createHistoryChanges } from './history-changes.ts'
import type { MessageEdit } from './message-edit.ts'
import { SESSION_ID } from './session-log.scenario.ts'
import { type SessionView, viewOfTranscript } from './session-view.ts'
import { createStore } from './store.ts'

const QUESTION = messageIdSchema.parse(3)
const ANSWER = messageIdSchema.parse(4)

const TURN = {
  turn_id: 'turn-2',
  session_id: SESSION_ID,
  user_message_id: 7,
  assistant_message_id: 8,
  phase: 'running',
  outcome: null,
  started_at: '2026-01-01T00:00:00Z',
  ended_at: null,
  first_seq: 12,
}

const BUSY = {
  type: 'urn:conch:problem:turn-active',
  title: 'Turn active',
  status: 409,
  detail: 'A chat request is already in progress for this session. Please wait for it to finish.',
  code: 'turn_active',
  active_turn: {
    turn_id: 'turn-1',
    phase: 'running',
    started_at: '2026-01-01T00:00:00Z',
    last_seq: 5,
    holder: { kind: 'cli', label: '', same_client: false },
    queue_length: 0,
    step: 1,
    tool: null,
    turns_ahead: null,
    prompt_progress: null,
  },
  actions: ['watch', 'stop', 'branch'],
}

/** A session in which these questions stand, each with its answer. */
function viewOf(...questions: readonly (readonly [id: number, content: string])[]): SessionView {
  const shared = { session_id: SESSION_ID, turn_id: null, steps: [], outcome: null, usage: null }
  const messages = questions.flatMap(([id, content]) => [
    { ...shared, message_id: messageIdSchema.parse(id), role: 'user' as const, content, created_at: TURN.started_at },
    {
      ...shared,
      message_id: messageIdSchema.parse(id + 1),
      role: 'assistant' as const,
      content: 'so it is',
      created_at: TURN.started_at,
    },
  ])
  return viewOfTranscript({
    session_id: SESSION_ID,
    messages,
    has_more: false,
    cursor: seqSchema.parse(9),
    active_turn: null,
  })
}

function start(server: HeldServer) {
  const transport = createApiTransport({
    origin: server.origin,
    identity: { clientId: 'tab', label: 'Firefox on Linux' },
    onUnauthorized: () => undefined,
  })
  const accepted: TurnId[] = []
  const shown = createStore<SessionView | null>(null)
  const edit = createStore<MessageEdit | null>(null)
  const none = { read: async () => undefined, write: async () => undefined, remove: async () => undefined }
  const drafts = createDrafts(none, (error) => {
    throw error
  })
  let keys = 0
  const changes = createHistoryChanges({
    api: createApiClient(transport),
    sessionId: SESSION_ID,
    edit,
    drafts,
    view: shown.get,
    newKey: () => `key-${++keys}`,
    onAccepted: (turnId) => accepted.push(turnId),
  })
  edit.subscribe(changes.lookForEdited)
  shown.subscribe(changes.lookForEdited)
  async function box(): Promise<string> {
    const text = drafts.of(SESSION_ID)
    await drafts.restored(SESSION_ID)
    return text.get()
  }
  return { changes, accepted, shown, box }
}

describe('a change of what was said', () => {
  let server: HeldServer
  beforeEach(async () => {
    server = await startHeldServer()
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
  })

  test('an edit takes the place of its message, and is put away when it was accepted', async () => {
    const { changes, accepted } = start(server)
    changes.beginEdit({ messageId: QUESTION, text: 'old', images: [] })
    changes.setEditText('new  \n')
    const sent = changes.sendEdit('reject')
    const request = await server.nextRequest()
    expect(request.path).toBe(`/api/sessions/${SESSION_ID}/turns`)
    expect(JSON.parse(request.body)).toEqual({ message: 'new', replaces: QUESTION, on_busy: 'reject' })
    expect(changes.state.get()).toMatchObject({ status: 'working', change: { kind: 'edit' } })
    request.answer(201, TURN)
    expect(await sent).toBe(true)
    expect([changes.edit.get(), changes.state.get().status, accepted]).toEqual([null, 'idle', ['turn-2']])
  })

  test('a busy session leaves the edit as it was written; it can then stop the other turn', async () => {
    const { changes } = start(server)
    changes.beginEdit({ messageId: QUESTION, text: 'new', images: [] })
    const refused = changes.sendEdit('reject')
    ;(await server.nextRequest()).answer(409, BUSY)
    expect(await refused).toBe(false)
    expect(changes.state.get()).toEqual({ status: 'busy', change: { kind: 'edit', messageId: QUESTION } })
    expect(changes.edit.get()?.text).toBe('new')
    const sent = changes.sendEdit('interrupt')
    const request = await server.nextRequest()
    expect(JSON.parse(request.body).on_busy).toBe('interrupt')
    request.answer(201, TURN)
    expect(await sent).toBe(true)
  })

  test('I12: asked once more after a lost answer it is the same request; after a refusal it is another', async () => {
    const { changes } = start(server)
    const ask = async (reply: 'cut' | 'refuse') => {
      const asked = changes.askAgain(ANSWER, 'reject')
      const request = await server.nextRequest()
      expect(JSON.parse(request.body)).toEqual({ replaces: ANSWER, on_busy: 'reject' })
      if (reply === 'cut') request.cut()
      else request.answer(503, { detail: 'stopping', code: 'shutting_down' })
      expect(await asked).toBe(false)
      return request.headers['idempotency-key']
    }
    expect([await ask('cut'), await ask('refuse'), await ask('cut')]).toEqual(['key-1', 'key-1', 'key-2'])
    expect(changes.state.get()).toMatchObject({ status: 'failed', change: { kind: 'ask_again' } })
  })

  test('one change at a time: a second click meanwhile sends nothing', async () => {
    const { changes } = start(server)
    const first = changes.showOther(ANSWER, QUESTION)
    const request = await server.nextRequest()
    expect([request.path, JSON.parse(request.body)]).toEqual([
      `/api/sessions/${SESSION_ID}/alternative`,
      { message_id: QUESTION },
    ])
    expect(await changes.askAgain(ANSWER, 'reject')).toBe(false)
    await changes.removeFrom(ANSWER)
    request.answer(200, { message_ids: [3, 4] })
    await first
    expect(changes.state.get().status).toBe('idle')
    const removed = changes.removeFrom(ANSWER)
    const next = await server.nextRequest()
    expect([next.method, next.path]).toEqual(['DELETE', `/api/sessions/${SESSION_ID}/messages/4/and-below`])
    next.answer(409, BUSY)
    await removed
    expect(changes.state.get()).toEqual({ status: 'busy', change: { kind: 'remove', messageId: ANSWER } })
  })

  test('a branch names the message it goes up to', async () => {
    const { changes } = start(server)
    const branched = changes.branchAt(QUESTION)
    const request = await server.nextRequest()
    expect([request.path, JSON.parse(request.body)]).toEqual([
      `/api/sessions/${SESSION_ID}/branch`,
      { up_to_message_id: QUESTION },
    ])
    request.answer(500, {})
    expect(await branched).toBeNull()
    changes.dismiss()
    expect(changes.state.get().status).toBe('idle')
  })
})

describe('ui.md §3.3 rule 1: the words of an edit', () => {
  const OTHER = messageIdSchema.parse(5)
  const BOTH = viewOf([3, 'old'], [5, 'and then?'])
  let server: HeldServer
  beforeEach(async () => {
    server = await startHeldServer()
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
  })

  /** The question is being edited, in words that it did not have. */
  function edited() {
    const started = start(server)
    started.shown.set(BOTH)
    started.changes.beginEdit({ messageId: QUESTION, text: 'old', images: [] })
    started.changes.setEditText('new')
    return started
  }

  test('go to the box when another question is edited, and nowhere when the same is', async () => {
    const { changes, box } = edited()
    changes.beginEdit({ messageId: QUESTION, text: 'old', images: [] })
    expect([changes.edit.get()?.text, await box()]).toEqual(['new', ''])
    changes.beginEdit({ messageId: OTHER, text: 'and then?', images: [] })
    expect([changes.edit.get()?.messageId, await box()]).toEqual([OTHER, 'new'])
    changes.beginEdit({ messageId: QUESTION, text: 'old', images: [] })
    expect(await box()).toBe('new') // those of the other are as they were
  })

  test('that are typed while it is on its way go to the box', async () => {
    const { changes, box } = edited()
    const sent = changes.sendEdit('reject')
    const request = await server.nextRequest()
    changes.setEditText('new and more')
    request.answer(201, TURN)
    expect([await sent, changes.edit.get(), await box()]).toEqual([true, null, 'new and more'])
  })

  test('that has begun while another is on its way stay', async () => {
    const { changes } = edited()
    const sent = changes.sendEdit('reject')
    const request = await server.nextRequest()
    changes.beginEdit({ messageId: OTHER, text: 'and then?', images: [] })
    changes.setEditText('and now?')
    request.answer(201, TURN)
    expect([await sent, changes.edit.get()?.text]).toEqual([true, 'and now?'])
  })

  test.each([
    ['with what follows it', viewOf()],
    ['and asked again', viewOf([7, 'old'])],
  ])('go to the box when its question is removed %s', async (_how, after) => {
    const { changes, shown, box } = edited()
    shown.set(after)
    expect([changes.edit.get(), await box()]).toEqual([null, 'new'])
  })

  test('stay when its question is not loaded', async () => {
    const { changes, shown, box } = edited()
    shown.set({ ...viewOf([5, 'and then?']), hasEarlier: true })
    expect([changes.edit.get()?.text, await box()]).toEqual(['new', ''])
  })

  test('are sent, and not kept, when the log tells first that they took the place of the old ones', async () => {
    const { changes, shown, box } = edited()
    const sent = changes.sendEdit('reject')
    const request = await server.nextRequest()
    shown.set(viewOf([7, 'new']))
    expect(changes.edit.get()?.text).toBe('new')
    request.answer(201, TURN)
    expect([await sent, changes.edit.get(), await box()]).toEqual([true, null, ''])
  })

  test('are not kept when they are there, and only the answer was lost', async () => {
    const { changes, shown, box } = edited()
    const sent = changes.sendEdit('reject')
    const request = await server.nextRequest()
    shown.set(viewOf([7, 'new']))
    request.cut()
    expect([await sent, changes.edit.get(), await box()]).toEqual([false, null, ''])
  })
})
