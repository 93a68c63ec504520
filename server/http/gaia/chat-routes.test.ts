import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SqliteScenario } from '../../store/store-scenario.ts'
import { GaiaScenario } from './gaia-scenario.ts'

let gaia: GaiaScenario
beforeEach(async () => {
  gaia = await GaiaScenario.start(await SqliteScenario.open())
})
afterEach(() => gaia[Symbol.asyncDispose]())

describe('cancel', () => {
  const cancel = (sessionId: unknown) => gaia.post('/api/chat/cancel', { session_id: sessionId })
  const NO_CHAT = { status: 404, json: { detail: 'No active chat session found for this session ID' } }
  const CANCELLED = { status: 200, json: { status: 'ok', cancelled: true } }

  test('contract 2.3 (e): the partial text is kept, and done carries it', async () => {
    const sessionId = await gaia.createSession()
    await using reader = await gaia.send(sessionId)
    ;(await gaia.turn()).beginStep().say('Par')
    await reader.untilType('chunk')
    expect(await cancel(sessionId)).toMatchObject(CANCELLED)
    await reader.ended
    expect(reader.events.at(-1)).toMatchObject({ type: 'done', content: 'Par' })
    const { json } = await gaia.get(`/api/sessions/${sessionId}/messages`)
    expect(json).toMatchObject({ messages: [{}, { content: 'Par', agent_steps: [{ label: 'Cancelled' }] }] })
  })

  test('row 55: unknown is 404, finished is 404, an array is 422', async () => {
    expect(await cancel('none')).toMatchObject(NO_CHAT)
    const { sessionId, turn } = await gaia.busySession()
    turn.answer('a')
    await gaia.idle(sessionId)
    expect(await cancel(sessionId)).toMatchObject(NO_CHAT)
    expect((await cancel([sessionId])).status).toBe(422)
  })

  test('row 55: F16: twice is 200 twice, at once and one after the other', async () => {
    const { sessionId } = await gaia.busySession()
    for (const answer of await Promise.all([cancel(sessionId), cancel(sessionId)]))
      expect(answer).toMatchObject(CANCELLED)
    await gaia.idle(sessionId)
    expect(await cancel(sessionId)).toMatchObject(CANCELLED)
  })

  test('a cancel that comes too late does not touch the next turn', async () => {
    const { sessionId, turn } = await gaia.busySession()
    turn.answer('a')
    await gaia.idle(sessionId)
    await cancel(sessionId)
    await using reader = await gaia.send(sessionId, 'again')
    ;(await gaia.turn()).answer('b')
    await reader.ended
    expect(reader.events.at(-1)).toMatchObject({ type: 'done', content: 'b' })
  })
})

describe('confirm-tool', () => {
  const confirm = (body: object) => gaia.post('/api/chat/confirm-tool', body)

  test('row 56: without a run, and with nothing to confirm, it is 404', async () => {
    expect(await confirm({ session_id: 'none', approved: true })).toMatchObject({
      status: 404,
      json: { detail: 'No active chat session found for this session ID' },
    })
    const { sessionId } = await gaia.busySession()
    expect(await confirm({ session_id: sessionId, approved: true })).toMatchObject({
      status: 404,
      json: { detail: expect.stringContaining('No tool') },
    })
  })

  test.each([[{ approved: 'true' }], [{ approved: 1 }], [{ approved: null }], [{}]])(
    'row 58: approved is a boolean or 422: %j',
    async (fields) => {
      const { sessionId } = await gaia.busySession()
      const { status, json } = await confirm({ session_id: sessionId, ...fields })
      expect(status).toBe(422)
      expect(json).toMatchObject({ detail: [{ loc: ['body', 'approved'] }] })
    },
  )
})

describe('active and attach', () => {
  const attachPath = (sessionId: string) => `/api/chat/attach?session_id=${sessionId}`
  const attach = (sessionId: string, lastEventId?: string) =>
    gaia.openStream(
      attachPath(sessionId),
      lastEventId === undefined ? {} : { headers: { 'last-event-id': lastEventId } },
    )

  test('contract 8.4: active lists a session right after its send, and no longer after its end', async () => {
    expect((await gaia.get('/api/chat/active')).json).toEqual({ session_ids: [] })
    const { sessionId, turn } = await gaia.busySession()
    expect((await gaia.get('/api/chat/active')).json).toEqual({ session_ids: [sessionId] })
    turn.answer('a')
    await gaia.idle(sessionId)
    expect((await gaia.get('/api/chat/active')).json).toEqual({ session_ids: [] })
  })

  test('contract 1.1: attach replays the turn from its first event, then goes on live', async () => {
    const sessionId = await gaia.createSession()
    await using sender = await gaia.send(sessionId)
    const turn = await gaia.turn()
    turn.beginStep().think('Hm.').say('Par')
    await sender.untilType('chunk')
    await using reader = await attach(sessionId)
    await reader.untilType('chunk')
    turn.say('is').endStep().end()
    await Promise.all([sender.ended, reader.ended])
    expect(reader.frames).toEqual(sender.frames)
    expect(reader.headers.get('x-accel-buffering')).toBe('no')
  })

  test('attach shows this turn alone, not the ones before it', async () => {
    const { sessionId, turn } = await gaia.busySession()
    turn.answer('first')
    await gaia.idle(sessionId)
    await using sender = await gaia.send(sessionId, 'again')
    await using reader = await attach(sessionId)
    ;(await gaia.turn()).answer('second')
    await Promise.all([sender.ended, reader.ended])
    expect(reader.text).not.toContain('first')
    expect(reader.events.at(-1)).toMatchObject({ type: 'done', content: 'second' })
  })

  test('I2, F2: with a Last-Event-ID it continues after that entry', async () => {
    const sessionId = await gaia.createSession()
    await using sender = await gaia.send(sessionId)
    const turn = await gaia.turn()
    turn.beginStep().say('Par')
    await sender.untilType('chunk')
    const cursor = sender.ids.at(-1) ?? 0
    await using reader = await attach(sessionId, String(cursor))
    turn.say('is').endStep().end()
    await Promise.all([sender.ended, reader.ended])
    const seen = sender.frames.findIndex(({ id }) => id === String(cursor))
    expect(reader.frames).toEqual(sender.frames.slice(seen + 1))
  })

  test.each([['-1'], ['1e9'], ['abc'], ['999999999'], ['0'], ['8 000 digits', '9'.repeat(8_000)]])(
    'row 62: F3: a Last-Event-ID that is not of this turn counts as none: %s',
    async (name, lastEventId = name) => {
      const { sessionId, turn } = await gaia.busySession()
      turn.beginStep().say('Par')
      await turn.committed()
      await using reader = await attach(sessionId, lastEventId)
      await reader.untilType('chunk')
      expect(reader.events[0]).toMatchObject({ message: 'Connecting to LLM...' })
      expect(reader.chunks).toBe('Par')
    },
  )

  test('row 63: F9: a reader that stalls for ever is let go, and the turn ends as if it had never been there', async () => {
    const { sessionId, turn } = await gaia.busySession()
    turn.beginStep().say('Par')
    const { hostname, port } = new URL(gaia.url)
    const socket = connect(Number(port), hostname)
    socket.write(`GET ${attachPath(sessionId)} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await once(socket, 'data')
    socket.pause()
    const mebibyte = 'x'.repeat(1024 ** 2)
    for (let said = 0; said < 16; said += 1) {
      turn.say(mebibyte) // far more than the buffers of two sockets take
      await turn.committed()
    }
    await expect
      .poll(() => {
        gaia.clock.advance(5_000)
        return gaia.parts.streams.openStreams
      })
      .toBe(0)
    turn.endStep().end()
    await gaia.idle(sessionId)
    const { json } = await gaia.get(`/api/sessions/${sessionId}/messages?offset=1`)
    expect(json).toMatchObject({ total: 2, messages: [{ content: `Par${mebibyte.repeat(16)}` }] })
    socket.destroy()
  })

  test('row 61: a session that is unknown or idle is 404; one that is not named is 422', async () => {
    const noRun = { status: 404, json: { detail: 'No active run for this session.' } }
    expect(await gaia.get(attachPath('none'))).toMatchObject(noRun)
    expect(await gaia.get(attachPath(await gaia.createSession()))).toMatchObject(noRun)
    const { status, json } = await gaia.get('/api/chat/attach')
    expect(status).toBe(422)
    expect(json).toEqual({ detail: [{ type: 'missing', loc: ['query', 'session_id'], msg: 'Field required' }] })
  })
})
