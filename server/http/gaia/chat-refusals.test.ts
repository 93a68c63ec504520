import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { turnActiveProblemSchema } from '../../../protocol/problem.ts'
import { SqliteScenario } from '../../store/store-scenario.ts'
import { StorageError } from '../../turns/turn-store.ts'
import { MAX_BROWSER_STREAMS } from '../stream-limits.ts'
import { BROWSER_HEADERS, type GaiaOptions, GaiaScenario, JSON_HEADERS } from './gaia-scenario.ts'

let gaia: GaiaScenario
beforeEach(async () => {
  gaia = await GaiaScenario.start(await SqliteScenario.open())
})
afterEach(() => gaia[Symbol.asyncDispose]())

async function restart(options: GaiaOptions): Promise<void> {
  await gaia[Symbol.asyncDispose]()
  gaia = await GaiaScenario.start(await SqliteScenario.open(), options)
}

const BUSY = 'A chat request is already in progress for this session. Please wait for it to finish.'

describe('refusals of a send', () => {
  /** Sent with a word of its own, which must be found nowhere afterwards. */
  async function expectRefused(body: unknown, status: number): Promise<unknown> {
    const { json, ...answer } = await gaia.post('/api/chat/send', body)
    expect(answer.status, answer.text).toBe(status)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await gaia.dump()).not.toContain('canary') // I4
    return json
  }

  test('row 46: I1, I4: a second send is 409 and writes nothing, streaming or not', async () => {
    const { sessionId, turn } = await gaia.busySession()
    turn.beginStep().say('Par')
    for (const stream of [true, false]) {
      const body = await expectRefused({ session_id: sessionId, message: 'canary', stream }, 409)
      expect(body).toMatchObject({ detail: BUSY })
      const { active_turn, actions } = turnActiveProblemSchema.parse(body)
      expect(active_turn).toMatchObject({ turn_id: turn.work.turn.turnId, phase: 'running', holder: { kind: 'api' } })
      expect(actions).toContain('watch')
    }
    turn.endStep().end()
    await gaia.idle(sessionId)
    const { json } = await gaia.get(`/api/sessions/${sessionId}/messages`)
    expect(json).toMatchObject({ total: 2, messages: [{ content: 'hello' }, { content: 'Par' }] })
  })

  test('row 46: the 409 tells a tab that it holds the turn itself, and has no Retry-After', async () => {
    const sessionId = await gaia.createSession()
    const headers = { 'x-client-id': 'tab-a', 'x-client-label': 'Firefox', ...BROWSER_HEADERS }
    await using _reader = await gaia.send(sessionId, 'hello', headers)
    const body = JSON.stringify({ session_id: sessionId, message: 'again' })
    const own = await gaia.fetch('/api/chat/send', { method: 'POST', body, headers: { ...JSON_HEADERS, ...headers } })
    const holder = { kind: 'browser', label: 'Firefox', same_client: true }
    expect(own.json).toMatchObject({ detail: BUSY, active_turn: { holder } })
    expect(own.headers.get('retry-after')).toBeNull()
    const other = await gaia.post('/api/chat/send', { session_id: sessionId, message: 'me too' })
    expect(other.json).toMatchObject({ active_turn: { holder: { ...holder, same_client: false } } })
  })

  test('row 46: F6: of many sends at once one is accepted and the others change nothing', async () => {
    const sessionId = await gaia.createSession()
    const statuses: number[] = []
    const sends = Array.from({ length: 50 }, async (_, index) => {
      const body = { session_id: sessionId, message: `message ${index}`, stream: false }
      statuses.push((await gaia.post('/api/chat/send', body)).status)
    })
    await expect.poll(() => statuses.length).toBe(49)
    ;(await gaia.turn()).answer('one')
    await Promise.all(sends)
    expect(statuses).toEqual([...Array.from({ length: 49 }, () => 409), 200])
    expect((await gaia.get(`/api/sessions/${sessionId}/messages`)).json).toMatchObject({ total: 2 })
  })

  test.each([
    ['missing', { message: 'canary' }, 422],
    ['empty', { message: 'canary', session_id: '' }, 404],
    ['unknown', { message: 'canary', session_id: 'no-such-session' }, 404],
    ['a number', { message: 'canary', session_id: 7 }, 422],
    ['an object', { message: 'canary', session_id: {} }, 422],
    ['null', { message: 'canary', session_id: null }, 422],
  ])('row 39: session_id %s', async (_, body, status) => {
    await expectRefused(body, status)
    await expectRefused({ ...body, stream: false }, status)
  })

  test.each([
    ['row 40: message missing', {}],
    ['row 40: message null', { message: null }],
    ['row 40: message a number', { message: 7 }],
    ['row 40: message an array', { message: ['canary'] }],
    ['row 41: message empty', { message: '' }],
    ['row 41: message blank', { message: ' \n\t\u3000' }],
    ['row 42: message one code point too long', { message: '😀'.repeat(100_001) }],
    ['row 43: message with a NUL', { message: 'canary\0' }],
    ['row 43: message with a lone surrogate', { message: 'canary\ud800' }],
    ['row 49: stream no boolean', { message: 'canary', stream: 'yes' }],
    ['row 25: agent_type no name', { message: 'canary', agent_type: '../x' }],
    ['row 25: agent_type too long', { message: 'canary', agent_type: 'a'.repeat(65) }],
    ['row 27: document_ids numbers', { message: 'canary', document_ids: [7] }],
  ])('%s is 422', async (_, fields) => {
    const field = Object.keys(fields).at(-1) ?? 'message'
    const body = await expectRefused({ session_id: await gaia.createSession(), ...fields }, 422)
    const [issue] = (body as { detail: { loc: unknown[] }[] }).detail
    expect(issue?.loc.slice(0, 2)).toEqual(['body', field])
  })

  test('row 49: unknown documents are 404 before anything is accepted, after the session itself', async () => {
    const named = { message: 'canary', document_ids: ['no-such-document'] }
    const known = await expectRefused({ session_id: await gaia.createSession(), ...named }, 404)
    expect(known).toEqual({ detail: 'Document not found' })
    expect(await expectRefused({ session_id: 'none', ...named }, 404)).toEqual({ detail: 'Session not found' })
  })

  test('row 52: a disk that refuses is 507 or 503 before anything is accepted', async () => {
    const sessionId = await gaia.createSession()
    for (const [code, status] of [['storage_full', 507] as const, ['storage_busy', 503] as const]) {
      gaia.store.intercept = async (method, call) => {
        if (method === 'claimTurn') throw new StorageError(code, 'Make room, then try again.')
        return await call()
      }
      for (const stream of [true, false]) {
        const body = await expectRefused({ session_id: sessionId, message: 'canary', stream }, status)
        expect(body).toEqual({ detail: 'Make room, then try again.' })
      }
    }
    gaia.store.intercept = (_method, call) => call()
    expect(gaia.parts.streams.openStreams).toBe(0) // I14
    await using reader = await gaia.send(sessionId)
    ;(await gaia.turn()).answer('a')
    await reader.ended
    expect(reader.events.at(-1)).toMatchObject({ type: 'done', content: 'a' })
  })

  test('row 50: F13: a session that is deleted right after the claim, before anybody follows it', async () => {
    for (const stream of [true, false]) {
      const sessionId = await gaia.createSession()
      gaia.store.intercept = async (method, call) => {
        const result = await call()
        if (method === 'claimTurn') await gaia.parts.sessions.delete(sessionId)
        return result
      }
      const answer = await gaia.post('/api/chat/send', { session_id: sessionId, message: 'canary', stream })
      if (stream) expect(answer.text).toMatch(/^data: {"type":"error","content":"The session was deleted[^\n]*\n\n$/)
      else expect(answer).toMatchObject({ status: 404, json: { detail: 'Session not found' } })
    }
    expect(await gaia.dump()).not.toContain('canary')
  })

  test('row 51: a full line is 429 with Retry-After and writes nothing', async () => {
    await restart({ slots: 1, maxWaiting: 0 })
    const { turn } = await gaia.busySession()
    for (const stream of [true, false]) {
      const body = { session_id: await gaia.createSession(), message: 'canary', stream }
      const answer = await gaia.post('/api/chat/send', body)
      expect(answer.status).toBe(429)
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(answer.json).toEqual({
        detail: 'The server is busy processing other chat requests. Please try again in a few moments.',
      })
    }
    expect(await gaia.dump()).not.toContain('canary')
    expect(gaia.parts.streams.openStreams).toBe(0)
    turn.answer('a')
  })

  test('I4: a client without room for a stream is refused before its turn is claimed; 404 and 409 still go first', async () => {
    await restart({ maxStreams: 1 })
    const { sessionId: busy, turn } = await gaia.busySession()
    await expect.poll(() => gaia.parts.streams.openStreams).toBe(0)
    await using _events = await gaia.openStream('/api/sessions/events')
    const idle = await gaia.createSession()
    const full = await gaia.post('/api/chat/send', { session_id: idle, message: 'canary' })
    expect(full).toMatchObject({ status: 429, json: { detail: expect.stringContaining('event streams') } })
    expect(full.headers.get('retry-after')).toMatch(/^\d+$/)
    await expectRefused({ session_id: busy, message: 'canary' }, 409)
    await expectRefused({ session_id: 'none', message: 'canary' }, 404)
    expect(gaia.parts.engine.activeTurn(idle, null)).toBeUndefined()
    turn.answer('a')
  })

  test(`row 61: a browser has at most ${MAX_BROWSER_STREAMS} streams`, async () => {
    const { sessionId, turn } = await gaia.busySession()
    const path = `/api/chat/attach?session_id=${sessionId}`
    const open = Array.from({ length: MAX_BROWSER_STREAMS }, () => gaia.openStream(path, { headers: BROWSER_HEADERS }))
    const readers = await Promise.all(open)
    expect((await gaia.get(path, BROWSER_HEADERS)).status).toBe(429)
    await using _program = await gaia.openStream(path)
    turn.answer('a')
    for (const reader of readers) await reader.ended
    await expect.poll(() => gaia.parts.streams.openStreams).toBe(0) // I14
  })
})

describe('repeats', () => {
  const send = (sessionId: string, key: string, more: object = {}) =>
    gaia.fetch('/api/chat/send', {
      method: 'POST',
      body: JSON.stringify({ session_id: sessionId, message: 'hello', stream: false, ...more }),
      headers: { ...JSON_HEADERS, 'idempotency-key': key },
    })

  test('I12, F4: a send that is repeated with its key is one turn, whether it runs or has ended', async () => {
    const sessionId = await gaia.createSession()
    const [first, again] = [send(sessionId, 'key'), send(sessionId, 'key')]
    ;(await gaia.turn()).answer('Paris')
    const answers = [await first, await again, await send(sessionId, 'key')]
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers.map(({ headers }) => headers.get('idempotency-replayed'))).toContain(null)
    expect(answers[2]?.headers.get('idempotency-replayed')).toBe('true')
    const streamed = await send(sessionId, 'key', { stream: true })
    expect(streamed.headers.get('idempotency-replayed')).toBe('true')
    expect(streamed.text).toContain('"type":"done"')
    expect((await gaia.get(`/api/sessions/${sessionId}/messages`)).json).toMatchObject({ total: 2 })
  })

  test('I12: a repeat that comes late is answered with its own turn, not with later ones', async () => {
    const sessionId = await gaia.createSession()
    for (const key of ['one', 'two']) {
      const answer = send(sessionId, key, { message: key })
      ;(await gaia.turn()).answer(`re: ${key}`)
      await answer
    }
    const streamed = await send(sessionId, 'one', { message: 'one', stream: true })
    expect(streamed.text).toContain('re: one')
    expect(streamed.text).not.toContain('re: two')
    expect(streamed.text.match(/"type":"done"/g)).toHaveLength(1)
  })

  test('row 47: the same key with another message is 422', async () => {
    const sessionId = await gaia.createSession()
    const first = send(sessionId, 'key')
    ;(await gaia.turn()).answer('Paris')
    await first
    for (const stream of [true, false]) {
      const other = await send(sessionId, 'key', { message: 'canary', stream })
      expect(other.status).toBe(422)
      expect(other.json).toMatchObject({ detail: [{ loc: ['header', 'Idempotency-Key'] }] })
    }
    expect(await gaia.dump()).not.toContain('canary')
  })

  test.each([
    ['empty', ''],
    ['10 KB', 'k'.repeat(10_000)],
    ['with spaces', 'a b'],
  ])('row 48: a key that is %s is 422', async (_, key) => {
    const sessionId = await gaia.createSession()
    for (const stream of [true, false]) {
      expect((await send(sessionId, key, { message: 'canary', stream })).status).toBe(422)
      expect((await send('none', key, { message: 'canary', stream })).status).toBe(422) // 422 goes before 404
    }
    expect(await gaia.dump()).not.toContain('canary')
    expect(gaia.parts.streams.openStreams).toBe(0)
  })
})
