import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SessionId } from '../protocol/ids.ts'
import type { ServeConfig } from '../server/config/serve-config.ts'
import { ConchApp } from './conch-app.ts'
import type { Answer, ConchClient } from './conch-client.ts'

/** Every difference from GAIA's Agent UI that is meant, in one place. `docs/compatibility.md` tells the same to people. */

const PAGE = readFileSync(new URL('../docs/compatibility.md', import.meta.url), 'utf8')
const BUSY = 'A chat request is already in progress for this session. Please wait for it to finish.'

let conch: ConchApp
let client: ConchClient
let session: SessionId

async function start(settings: Partial<ServeConfig> = {}): Promise<void> {
  conch = await ConchApp.start(settings)
  client = settings.noAuth === false ? conch.ownerClient() : conch.client()
  session = await client.createSession()
}
beforeEach(() => start())
afterEach(() => conch[Symbol.asyncDispose]())

const post = (path: string, body: unknown, headers = {}) => client.request('POST', path, { body, headers })
const send = (fields: object = {}, headers = {}) =>
  post('/api/chat/send', { session_id: session, message: 'hello', stream: false, ...fields }, headers)
const active = async () => (await client.request('GET', '/api/chat/active')).json

/** A send that streams and is answered by the model that the test plays: the whole stream. */
async function streamed(answer: 'say' | 'fail'): Promise<string> {
  const sending = send({ stream: true })
  const question = await conch.model.asked()
  await question.say('Par')
  if (answer === 'fail') question.fail('The model server fell over.')
  else question.finish()
  return (await sending).text
}

/** A turn of the session that the model has been asked about and has not answered. */
async function busy(): Promise<{ readonly sending: Promise<Answer>; readonly finish: () => void }> {
  const sending = send()
  const question = await conch.model.asked()
  return { sending, finish: () => question.finish() }
}

const DIFFERENCES: Readonly<Record<string, () => Promise<void>>> = {
  'locked by default': async () => {
    await conch[Symbol.asyncDispose]()
    await start({ noAuth: false })
    expect((await conch.client().request('GET', '/api/sessions')).status).toBe(401)
    expect((await client.request('GET', '/api/sessions')).status).toBe(200)
  },
  'foreign hosts': async () => {
    expect((await client.request('GET', '/api/sessions', { headers: { host: 'evil.com' } })).status).toBe(403)
  },
  'foreign origins': async () => {
    const headers = { origin: 'https://evil.ngrok-free.app', 'x-gaia-ui': '1' }
    const answer = await post('/api/sessions', {}, headers)
    expect(answer.status).toBe(403)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  },
  'content types': async () => {
    expect((await post('/api/sessions', {}, { 'content-type': 'text/plain' })).status).toBe(415)
  },
  'unknown paths': async () => {
    const { status, json } = await client.request('GET', '/api/whatever')
    expect([status, json]).toEqual([404, expect.objectContaining({ detail: 'Not Found' })])
  },
  'blank messages': async () => {
    for (const message of ['', ' \n\t']) expect((await send({ message })).status).toBe(422)
  },
  'unstorable text': async () => {
    for (const message of ['a\0b', 'a\ud800']) expect((await send({ message })).status).toBe(422)
  },
  'long titles': async () => {
    expect((await post('/api/sessions', { title: 'x'.repeat(513) })).status).toBe(422)
  },
  'unknown documents': async () => {
    const unknown = { status: 404, json: { detail: 'Document not found' } }
    expect(await post('/api/sessions', { document_ids: ['d'] })).toMatchObject(unknown)
    expect(await send({ document_ids: ['d'] })).toMatchObject(unknown)
  },
  'unknown agents': async () => {
    expect(await send({ agent_type: 'nobody', stream: true })).toMatchObject({ status: 404 })
    expect((await client.transcript(session)).messages).toEqual([])
  },
  'settings under a turn': async () => {
    const turn = await busy()
    const path = `/api/sessions/${session}`
    expect((await client.request('PUT', path, { body: { system_prompt: 'Be brief.' } })).status).toBe(409)
    const stale = { body: { title: 'mine' }, headers: { 'if-match': '"stale"' } }
    expect((await client.request('PUT', path, stale)).status).toBe(412)
    turn.finish()
    await turn.sending
  },
  'messages under a turn': async () => {
    const turn = await busy()
    expect(await client.request('DELETE', `/api/sessions/${session}/messages/1/and-below`)).toMatchObject({
      status: 409,
      json: { detail: BUSY },
    })
    turn.finish()
    await turn.sending
  },
  'who holds the turn': async () => {
    const turn = await busy()
    const { status, json } = await send()
    expect(status).toBe(409)
    expect(json).toMatchObject({ detail: BUSY, active_turn: { holder: { kind: 'api' } }, actions: expect.any(Array) })
    turn.finish()
    await turn.sending
  },
  'no hidden line': async () => {
    await conch[Symbol.asyncDispose]()
    await start({ slots: 1, maxWaiting: 1 })
    const first = await client.start(session, 'hello')
    const second = await client.createSession()
    const waiting = await client.start(second, 'hello')
    expect(waiting.phase).toBe('waiting_for_slot')
    expect(await active()).toEqual({ session_ids: [session, second] })
    session = await client.createSession()
    const refused = await send()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)])
    for (const { turn_id } of [first, waiting]) await client.cancel(turn_id)
  },
  'active means active': async () => {
    const turn = await busy()
    expect(await active()).toEqual({ session_ids: [session] })
    expect(await post('/api/chat/cancel', { session_id: session })).toMatchObject({ status: 200 })
    expect((await turn.sending).json).toMatchObject({ outcome: { status: 'cancelled' } })
  },
  'a second stop': async () => {
    const turn = await busy()
    for (const _ of [1, 2]) {
      const { status, json } = await post('/api/chat/cancel', { session_id: session })
      expect([status, json]).toEqual([200, { status: 'ok', cancelled: true }])
    }
    await turn.sending
  },
  'failures are no answers': async () => {
    const text = await streamed('fail')
    expect(text).toMatch(/"type":"error","content":"[^"]*The model server fell over/)
    expect(text).toMatch(/"type":"done"[^\n]*"content":"Par"/)
    const { messages } = await client.transcript(session)
    expect(messages.at(-1)).toMatchObject({ content: 'Par', outcome: { status: 'failed' } })
  },
  'ids in streams': async () => {
    expect(await streamed('say')).toMatch(/^id: \d+$/m)
  },
  'repeated sends': async () => {
    const turn = await busy()
    turn.finish()
    await turn.sending
    const key = { 'idempotency-key': 'k' }
    const first = send({}, key)
    ;(await conch.model.asked()).finish()
    expect((await first).json).toEqual((await send({}, key)).json)
    expect((await client.transcript(session)).messages).toHaveLength(4)
  },
  'nothing to confirm': async () => {
    expect((await post('/api/chat/confirm-tool', { session_id: session, approved: true })).status).toBe(404)
  },
  'whole histories': async () => {
    for (let n = 1; n <= 25; n += 1) {
      await client.start(session, `message ${n}`)
      const question = await conch.model.asked()
      if (n === 25) expect(question.request.messages.map(({ content }) => content)).toContain('message 24')
      question.finish()
      await conch.app.engine.idle(session)
    }
  },
  'pages end early': async () => {
    for (const message of ['long', 'longer']) {
      await client.start(session, message)
      const question = await conch.model.asked()
      await question.say('x'.repeat(3_000_000))
      question.finish()
      await conch.app.engine.idle(session)
    }
    const path = `/api/sessions/${session}/messages`
    expect((await client.request('GET', path)).json).toMatchObject({ total: 4, messages: [{}, {}, {}] })
    expect((await client.request('GET', `${path}?offset=3`)).json).toMatchObject({ total: 4, messages: [{}] })
  },
  'streams have a number': async () => {
    const link = await fetch(await conch.link(), { redirect: 'manual' })
    const cookie = link.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    const abort = new AbortController()
    const open = () => fetch(`${conch.url}/api/events`, { headers: { cookie }, signal: abort.signal })
    const statuses = (await Promise.all(Array.from({ length: 17 }, open))).map(({ status }) => status)
    expect(statuses.sort()).toEqual([...Array.from({ length: 16 }, () => 200), 429])
    abort.abort()
  },
}

test.each(Object.entries(DIFFERENCES))('≠ %s', async (_name, check) => await check())

test('the page for people names the same differences, in the same order', () => {
  const rows = Array.from(PAGE.matchAll(/^\| ([^|]+?) \|/gm), ([, name]) => name)
  expect(rows.slice(2)).toEqual(Object.keys(DIFFERENCES))
})
