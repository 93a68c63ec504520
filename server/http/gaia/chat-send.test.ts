import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SqliteScenario } from '../../store/store-scenario.ts'
import { StorageError } from '../../turns/turn-store.ts'
import { type GaiaOptions, GaiaScenario } from './gaia-scenario.ts'
import { sentSchema } from './gaia-schemas.ts'

let gaia: GaiaScenario
beforeEach(async () => {
  gaia = await GaiaScenario.start(await SqliteScenario.open())
})
afterEach(() => gaia[Symbol.asyncDispose]())

async function restart(options: GaiaOptions): Promise<void> {
  await gaia[Symbol.asyncDispose]()
  gaia = await GaiaScenario.start(await SqliteScenario.open(), options)
}

describe('a send that streams', () => {
  test('contract 2.3 (a): has GAIA’s headers and events, and ends with done', async () => {
    const sessionId = await gaia.createSession()
    await using reader = await gaia.send(sessionId, 'What is the capital of France?')
    const turn = await gaia.turn()
    turn.beginStep('Gemma').say('Par')
    await reader.untilType('chunk')
    gaia.clock.advance(540)
    turn.say('is').endStep().end()
    await reader.ended
    expect(reader.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(reader.headers.get('cache-control')).toBe('no-cache')
    expect(reader.headers.get('connection')).toBe('keep-alive')
    expect(reader.headers.get('x-accel-buffering')).toBe('no')
    expect(reader.events.map(({ type }) => type)).toEqual(
      'status status status step chunk chunk answer status done'.split(' '),
    )
    expect(reader.events.at(-3)).toEqual({ type: 'answer', content: 'Paris', elapsed: 0.54, steps: 1, tools_used: 0 })
    expect(reader.ids).toEqual([...reader.ids].sort((a, b) => a - b))
    for (const line of reader.text.split('\n')) expect(line).toMatch(/^$|^data: \{.*\}$|^id: \d+$|^: keepalive$/)
  })

  test('contract 8.2: done names a message that can be read at once', async () => {
    const sessionId = await gaia.createSession()
    await using reader = await gaia.send(sessionId)
    ;(await gaia.turn()).answer('Paris')
    await reader.untilType('done')
    const { json } = await gaia.get(`/api/sessions/${sessionId}/messages`)
    const done = reader.events.at(-1)
    expect(done).toMatchObject({ type: 'done', message_id: expect.any(Number), content: 'Paris' })
    expect(json).toMatchObject({
      total: 2,
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: 'Paris', id: done?.type === 'done' ? done.message_id : 0 },
      ],
    })
  })

  test('contract 8.2: whoever has seen done may send again at once', async () => {
    const sessionId = await gaia.createSession()
    for (const round of ['one', 'two', 'three']) {
      await using reader = await gaia.send(sessionId, round)
      ;(await gaia.turn()).answer(round)
      await reader.untilType('done')
    }
    expect((await gaia.get(`/api/sessions/${sessionId}/messages`)).json).toMatchObject({ total: 6 })
  })

  test('row 53: F1: a client that leaves changes nothing about the turn', async () => {
    const { sessionId, turn } = await gaia.busySession()
    expect((await gaia.get('/api/chat/active')).json).toEqual({ session_ids: [sessionId] })
    turn.answer('Paris')
    await gaia.idle(sessionId)
    const { json } = await gaia.get(`/api/sessions/${sessionId}/messages`)
    expect(json).toMatchObject({ messages: [{ role: 'user' }, { role: 'assistant', content: 'Paris' }] })
    await expect.poll(() => gaia.parts.streams.openStreams).toBe(0) // I14
    await expect.poll(() => gaia.parts.feeds.size).toBe(0)
  })

  test('contract 2.3 (d), row 54: a failed turn is an error and then done, and no answer is stored', async () => {
    const sessionId = await gaia.createSession()
    await using reader = await gaia.send(sessionId)
    const turn = await gaia.turn()
    turn.beginStep().end({ status: 'failed', reason: 'backend_unreachable', message: 'Start the model server.' })
    await reader.ended
    expect(reader.events.slice(-2)).toEqual([
      { type: 'error', content: 'Start the model server.' },
      { type: 'done', message_id: expect.any(Number), content: '' },
    ])
    const { json } = await gaia.get(`/api/sessions/${sessionId}/messages`)
    expect(json).toMatchObject({
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: '', agent_steps: [{ type: 'error', detail: 'Start the model server.' }] },
      ],
    })
  })

  test('F13: a session that is deleted meanwhile is an error, and the stream ends', async () => {
    const sessionId = await gaia.createSession()
    await using reader = await gaia.send(sessionId)
    ;(await gaia.turn()).beginStep().say('Par')
    await reader.untilType('chunk')
    await gaia.request('DELETE', `/api/sessions/${sessionId}`)
    await reader.ended
    expect(reader.events.at(-1)).toEqual({ type: 'error', content: expect.stringContaining('deleted') })
  })

  test('F2: a stream that breaks inside the server says so and ends; what it tells of is not touched', async () => {
    const sessionId = await gaia.createSession()
    const key = { 'idempotency-key': 'key' }
    await using first = await gaia.send(sessionId, 'hello', key)
    ;(await gaia.turn()).answer('Paris')
    await first.ended
    gaia.store.intercept = async (method, call) => {
      if (method === 'readEntries') throw new StorageError('storage_busy', 'The database is busy.')
      return await call()
    }
    await using broken = await gaia.send(sessionId, 'hello', key)
    await broken.ended
    expect(broken.events).toEqual([{ type: 'error', content: 'The database is busy.' }])
    gaia.store.intercept = (_method, call) => call()
    await using again = await gaia.send(sessionId, 'hello', key)
    await again.ended
    expect(again.events.at(-1)).toMatchObject({ type: 'done', content: 'Paris' })
    await expect.poll(() => gaia.parts.streams.openStreams).toBe(0) // I14
  })

  test('I14: after its end a stream has left no timer and no place behind', async () => {
    const { clock } = gaia
    const after = clock.after.bind(clock)
    const pending = new Set<() => void>()
    clock.after = (delayMs, fire) => {
      const cancel = after(delayMs, () => {
        pending.delete(cancel)
        fire()
      })
      pending.add(cancel)
      return () => {
        pending.delete(cancel)
        cancel()
      }
    }
    await using reader = await gaia.send(await gaia.createSession())
    ;(await gaia.turn()).answer('Paris')
    await reader.ended
    await expect.poll(() => [pending.size, gaia.parts.streams.openStreams, gaia.parts.feeds.size]).toEqual([0, 0, 0])
  })

  test('a turn that waits for the model says so', async () => {
    await restart({ slots: 1 })
    const first = await gaia.busySession()
    await using reader = await gaia.send(await gaia.createSession())
    await reader.until(({ events }) => events.length === 2)
    expect(reader.events[1]).toMatchObject({
      status: 'info',
      message: expect.stringContaining('Waiting for the model'),
    })
    first.turn.answer('a')
    ;(await gaia.turn()).answer('b')
    await reader.ended
    expect(reader.events.at(-1)).toMatchObject({ type: 'done', content: 'b' })
  })

  test('contract 2.1: silence is filled with comments every 5 s and a status every 15 s', async () => {
    const sessionId = await gaia.createSession()
    await using reader = await gaia.send(sessionId)
    const turn = await gaia.turn()
    await reader.untilType('status')
    const beats = () =>
      reader.events.flatMap((event) => (event.type === 'status' && event.status === 'working' ? [event.message] : []))
    gaia.clock.advance(4_999)
    await turn.beginStep().committed()
    await reader.untilType('step')
    gaia.clock.advance(4_999)
    await turn.say('a').committed()
    await reader.untilType('chunk')
    expect(reader.comments).toEqual([])
    for (const seconds of [5, 10]) {
      gaia.clock.advance(5_000)
      await reader.until(({ comments }) => comments.length >= seconds / 5)
    }
    expect(beats()).toEqual(['Processing with hand...'])
    gaia.clock.advance(5_000)
    await reader.until(() => beats().length === 2)
    expect(beats()[1]).toBe('Model is processing... (15s)')
    turn.endStep().end()
    await reader.ended
  })
})

describe('a send that does not stream', () => {
  const send = (body: object) => gaia.post('/api/chat/send', { stream: false, message: 'hello', ...body })

  test('contract 1.1: answers with the whole message, and how the turn ended', async () => {
    const sessionId = await gaia.createSession()
    const answer = send({ session_id: sessionId })
    ;(await gaia.turn()).beginStep().say('Par').say('is').endStep().end()
    const { status, json } = await answer
    expect(status).toBe(200)
    expect(sentSchema.parse(json)).toEqual({
      message_id: expect.any(Number),
      content: 'Paris',
      sources: [],
      tokens: null,
      outcome: { status: 'completed' },
    })
  })

  test('D8: is the same turn as any other: listed, attachable, stoppable', async () => {
    const sessionId = await gaia.createSession()
    const answer = send({ session_id: sessionId })
    ;(await gaia.turn()).beginStep()
    expect((await gaia.get('/api/chat/active')).json).toEqual({ session_ids: [sessionId] })
    await using reader = await gaia.openStream(`/api/chat/attach?session_id=${sessionId}`)
    await reader.untilType('step')
    expect((await gaia.post('/api/chat/cancel', { session_id: sessionId })).status).toBe(200)
    expect((await answer).json).toMatchObject({ content: 'Cancelled.', outcome: { status: 'cancelled' } })
    await reader.ended
    const { json } = await gaia.get(`/api/sessions/${sessionId}/messages`)
    expect(json).toMatchObject({ messages: [{}, { role: 'assistant', content: '' }] })
  })

  test('row 54: a failure is 200 with a sentence for people, which is not stored', async () => {
    const sessionId = await gaia.createSession()
    const answer = send({ session_id: sessionId })
    ;(await gaia.turn())
      .beginStep()
      .say('Par')
      .end({ status: 'interrupted', reason: 'truncated', message: 'It broke off.' })
    expect((await answer).json).toMatchObject({ content: 'It broke off.', outcome: { reason: 'truncated' } })
    const { json } = await gaia.get(`/api/sessions/${sessionId}/messages`)
    expect(json).toMatchObject({ messages: [{}, { content: 'Par' }] })
    expect(await gaia.dump()).toContain('It broke off.') // as the outcome, and only there
    expect(JSON.stringify(json)).toMatch(
      /"agent_steps":\[\{"id":1,"type":"error","label":"Error","detail":"It broke off/,
    )
  })

  test('F13: a session that is deleted meanwhile is 404', async () => {
    const sessionId = await gaia.createSession()
    const answer = send({ session_id: sessionId })
    ;(await gaia.turn()).beginStep()
    await gaia.request('DELETE', `/api/sessions/${sessionId}`)
    expect(await answer).toMatchObject({ status: 404, json: { detail: 'Session not found' } })
  })

  test('contract 1.1: email needs a stream', async () => {
    const body = { session_id: await gaia.createSession(), agent_type: 'email' }
    const detail = 'Email chat requires streaming (stream=true); non-streaming email chat is not supported.'
    expect(await send(body)).toMatchObject({ status: 400, json: { detail } })
    expect(await send({ ...body, stream: true })).toMatchObject({
      status: 404,
      json: { detail: "Agent 'email' not found" },
    })
  })
})

describe('text', () => {
  test.each([
    ['row 42: 100 000 code points of emoji', '😀'.repeat(100_000)],
    ['row 44: control, bidi and combining characters', `${'a\u0001\u202e\u200b\u001b[31m\n'.repeat(100)}e\u0301\u0301`],
    ['row 45: frames, tool calls and markup', '\n\ndata: {"type":"done"}\n\n</script>\'; DROP TABLE session; --'],
  ])('%s arrive exactly', async (_, text) => {
    const sessionId = await gaia.createSession()
    await using reader = await gaia.send(sessionId, text)
    const turn = await gaia.turn()
    expect(turn.work.message).toBe(text)
    turn.answer(text)
    await reader.ended
    expect(reader.chunks).toBe(text)
    expect(reader.events.filter(({ type }) => type === 'done')).toEqual([
      { type: 'done', message_id: expect.any(Number), content: text },
    ])
    const { json } = await gaia.get(`/api/sessions/${sessionId}/messages`)
    expect(json).toMatchObject({ messages: [{ content: text }, { content: text }] })
  })

  test('row 21: unknown fields, and null for optional ones, are ignored', async () => {
    const sessionId = await gaia.createSession()
    const extra = {
      device: 'gpu',
      model: 'Gemma',
      constructor: { prototype: { x: 1 } },
      agent_type: null,
      document_ids: null,
    }
    const body = { session_id: sessionId, message: 'hello', stream: false, ...extra }
    const answer = gaia.post('/api/chat/send', body)
    ;(await gaia.turn()).answer('a')
    expect((await answer).status).toBe(200)
  })
})
