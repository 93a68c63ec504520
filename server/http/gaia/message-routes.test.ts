import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionId } from '../../../protocol/ids.ts'
import { newSessionId, SESSION_FIELDS, SqliteScenario } from '../../store/store-scenario.ts'
import { GaiaScenario } from './gaia-scenario.ts'
import { messagePageSchema } from './gaia-schemas.ts'
import { MESSAGE_PAGE_BYTES } from './message-routes.ts'

let stores: SqliteScenario
let gaia: GaiaScenario
beforeEach(async () => {
  stores = await SqliteScenario.open()
  gaia = await GaiaScenario.start(stores)
})
afterEach(() => gaia[Symbol.asyncDispose]())

async function messagesOf(sessionId: SessionId, query = '') {
  const { json } = await gaia.get(`/api/sessions/${sessionId}/messages${query}`)
  return messagePageSchema.parse(json)
}

/** A session with one settled turn per text. */
async function sessionWith(...texts: string[]): Promise<SessionId> {
  const sessionId = await gaia.createSession()
  for (const text of texts) {
    gaia.clock.advance(1_000)
    await using reader = await gaia.send(sessionId, text)
    ;(await gaia.turn()).answer(`re: ${text}`)
    await reader.ended
  }
  return sessionId
}

const remove = (sessionId: string, message: string | number, below = '') =>
  gaia.request('DELETE', `/api/sessions/${sessionId}/messages/${message}${below}`)
const MESSAGE_NOT_FOUND = { status: 404, json: { detail: 'Message not found' } }
const SESSION_NOT_FOUND = { status: 404, json: { detail: 'Session not found' } }

describe('reading', () => {
  test('contract 1.3: oldest first, with the total', async () => {
    const sessionId = await sessionWith('one', 'two')
    const page = await messagesOf(sessionId)
    expect(page.total).toBe(4)
    expect(page.messages.map(({ content }) => content)).toEqual(['one', 're: one', 'two', 're: two'])
    const ids = page.messages.map(({ id }) => id)
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
    expect(page.messages[0]).toEqual({
      id: ids[0],
      session_id: sessionId,
      role: 'user',
      content: 'one',
      created_at: '2026-01-01T00:00:01.000000+00:00',
      rag_sources: null,
      agent_steps: null,
      stats: null,
    })
  })

  test('contract 1.3: what was done on the way stands in agent_steps, with times since 1970', async () => {
    const sessionId = await gaia.createSession()
    await using reader = await gaia.send(sessionId)
    const turn = await gaia.turn()
    turn.beginStep().think('Hm.').endStep().callTool('a', 'time', '{}').startTool('a').finishTool('a', 'noon')
    turn.callTool('b', 'shell', '{"x":1}').finishTool('b', 'Not run.', 'error')
    const usage = { input_tokens: 10, output_tokens: 5, time_to_first_token_ms: 100, tokens_per_second: null }
    turn.beginStep().say('Noon.').endStep(usage).end()
    await reader.ended
    const { messages } = await messagesOf(sessionId)
    const done = { active: false, timestamp: Date.UTC(2026, 0, 1) }
    expect(messages[1]).toMatchObject({
      content: 'Noon.',
      stats: { input_tokens: 10, output_tokens: 5, time_to_first_token: 0.1, tokens_per_second: 0 },
    })
    expect(messages[1]?.agent_steps).toEqual([
      { id: 1, type: 'thinking', label: 'Thinking', detail: 'Hm.', ...done },
      {
        ...{ id: 2, type: 'tool', label: 'time', tool: 'time', detail: '{}', result: 'noon', success: true },
        ...{ latencyMs: 12.5, ...done },
      },
      {
        ...{
          id: 3,
          type: 'tool',
          label: 'shell',
          tool: 'shell',
          detail: '{"x":1}',
          result: 'Not run.',
          success: false,
        },
        ...{ latencyMs: 12.5, ...done },
      },
    ])
  })

  test('contract 8.7: the limit is 100 by default and clamped', async () => {
    const sessionId = await sessionWith('one', 'two')
    expect((await messagesOf(sessionId, '?limit=1&offset=1')).messages).toMatchObject([{ content: 're: one' }])
    expect((await messagesOf(sessionId, '?limit=0')).messages).toHaveLength(1)
    expect((await messagesOf(sessionId, '?limit=99999')).messages).toHaveLength(4)
    expect((await messagesOf(sessionId, '?offset=-5')).messages).toHaveLength(4)
    expect((await gaia.get(`/api/sessions/${sessionId}/messages?limit=ten`)).status).toBe(422)
  })

  test('R15: a page of more than 8 MB ends before that, and one of exactly as much is whole', async () => {
    const long = 'é'.repeat(MESSAGE_PAGE_BYTES / 4)
    const sessionOf = async (...texts: string[]) => {
      const messages = texts.map((content) => ({ role: 'user' as const, content, createdAt: 1 }))
      return (await stores.sessions.createSession(newSessionId(), SESSION_FIELDS, messages)).id
    }
    const left = MESSAGE_PAGE_BYTES - stores.messageBytes(await sessionOf(long, 'x'))
    const full = await messagesOf(await sessionOf(long, 'x'.repeat(1 + left)))
    expect([full.messages.length, full.total]).toEqual([2, 2])
    const over = await sessionOf(long, 'x'.repeat(2 + left))
    const [first, rest] = [await messagesOf(over), await messagesOf(over, '?offset=1')]
    expect([first.messages.length, first.total]).toEqual([1, 2])
    expect(rest.messages.map(({ content }) => content.length)).toEqual([2 + left])
    const huge = await messagesOf(await sessionOf('x'.repeat(MESSAGE_PAGE_BYTES + 1), 'next'))
    expect([huge.messages.length, huge.total]).toEqual([1, 2])
  })

  test('contract 1.3: an unknown session is 404', async () => {
    expect(await gaia.get('/api/sessions/none/messages')).toMatchObject(SESSION_NOT_FOUND)
  })

  test('the message of a running turn is there at once', async () => {
    const { sessionId } = await gaia.busySession()
    expect(await messagesOf(sessionId)).toMatchObject({ total: 1, messages: [{ role: 'user', content: 'hello' }] })
  })
})

describe('removing', () => {
  test('contract 1.3: one message, or one and all below it', async () => {
    const sessionId = await sessionWith('one', 'two')
    const [, answer, second] = (await messagesOf(sessionId)).messages
    expect(await remove(sessionId, answer?.id ?? 0)).toMatchObject({ status: 200, json: { deleted: true } })
    const below = await remove(sessionId, second?.id ?? 0, '/and-below')
    expect(below).toMatchObject({ status: 200, json: { deleted: true, count: 2 } })
    expect((await messagesOf(sessionId)).messages.map(({ content }) => content)).toEqual(['one'])
    expect(await remove(sessionId, second?.id ?? 0)).toMatchObject(MESSAGE_NOT_FOUND)
    expect(await remove(sessionId, second?.id ?? 0, '/and-below')).toMatchObject(MESSAGE_NOT_FOUND)
  })

  test.each(['', '/and-below'])('row 35: what names no message of the session is 404 or 422%s', async (below) => {
    const [sessionId, other] = [await sessionWith('one'), await sessionWith('two')]
    const before = await gaia.dump()
    for (const id of ['0', '-1', '9007199254740993']) {
      expect(await remove(sessionId, id, below)).toMatchObject(MESSAGE_NOT_FOUND)
      expect(await remove('none', id, below)).toMatchObject(SESSION_NOT_FOUND)
    }
    for (const id of ['1e3', 'abc', '1.5']) {
      const { status, json } = await remove(sessionId, id, below)
      expect(status).toBe(422)
      expect(json).toMatchObject({ detail: [{ loc: ['path', 'message'] }] })
    }
    const foreign = (await messagesOf(other)).messages[0]?.id ?? 0
    expect(await remove(sessionId, foreign, below)).toMatchObject(MESSAGE_NOT_FOUND)
    expect(await remove('none', foreign, below)).toMatchObject(SESSION_NOT_FOUND)
    expect(await gaia.dump()).toBe(before)
  })

  test.each(['', '/and-below'])('row 36: F14: not while a turn is active%s', async (below) => {
    const sessionId = await sessionWith('one')
    const first = (await messagesOf(sessionId)).messages[0]?.id ?? 0
    await using _reader = await gaia.send(sessionId, 'two')
    const turn = await gaia.turn()
    expect(await remove(sessionId, first, below)).toMatchObject({
      status: 409,
      json: {
        detail: 'A chat request is already in progress for this session. Please wait for it to finish.',
        code: 'turn_active',
        active_turn: { turn_id: turn.work.turn.turnId },
      },
    })
    turn.answer('a')
    await gaia.idle(sessionId)
    expect((await messagesOf(sessionId)).total).toBe(4)
  })
})
