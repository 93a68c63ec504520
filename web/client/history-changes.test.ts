import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { messageIdSchema, type TurnId } from '../../protocol/ids.ts'
import { type HeldServer, startHeldServer } from '../../tests/browser/web-held-server.ts'
import { createApiClient } from './api-client.ts'
import { createApiTransport } from './api-transport.ts'
import { createHistoryChanges, type MessageEdit } from './history-changes.ts'
import { SESSION_ID } from './session-log.scenario.ts'
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

function start(server: HeldServer) {
  const transport = createApiTransport({
    origin: server.origin,
    identity: { clientId: 'tab', label: 'Firefox on Linux' },
    onUnauthorized: () => undefined,
  })
  const accepted: TurnId[] = []
  let keys = 0
  const changes = createHistoryChanges({
    api: createApiClient(transport),
    sessionId: SESSION_ID,
    edit: createStore<MessageEdit | null>(null),
    newKey: () => `key-${++keys}`,
    onAccepted: (turnId) => accepted.push(turnId),
  })
  return { changes, accepted }
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
