import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { ChatModel } from '../server/agent/model.ts'
import { createLog } from '../server/log.ts'
import { ConchClient } from './conch-client.ts'
import { LoggedServer } from './logged-server.ts'
import { refuse } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

const API_KEY = 'canary-api-key-8f14e45f'
const MESSAGE = 'canary-message-c9f0f895'
const TITLE = 'canary-title-45c48cce'

test('S21: no secret and nothing that people or models wrote reaches the log, whatever goes wrong', async () => {
  const echo = JSON.stringify({ error: { message: `the key ${API_KEY} may not say ${MESSAGE}` } })
  await using model = await startScriptedModel({
    script: () => refuse(500, echo, { 'content-type': 'application/json' }),
  })
  await using server = await LoggedServer.start({
    flags: ['--model-url', model.baseUrl, '--model', 'words'],
    apiKey: API_KEY,
  })
  const { app, url, code, token } = server
  const owner = server.owner()
  const session = await owner.createSession(TITLE)
  await owner.start(session, MESSAGE)
  await app.engine.idle(session)
  expect((await model.request(1)).headers.authorization).toContain(API_KEY)
  const login = await fetch(`${url}/?code=${code}`, { redirect: 'manual' })
  const cookie = login.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
  expect(cookie).not.toBe('')
  const page = { cookie, 'x-gaia-ui': '1' }
  await owner.request('GET', `/api/sessions/${session}?note=${MESSAGE}`, { headers: page })
  await owner.request('GET', `/api/${MESSAGE}`, { headers: page })
  await owner.request('GET', `/api/sessions?token=${token}`, { headers: { authorization: 'Bearer canary-wrong' } })
  await owner.request('POST', `/api/sessions/${session}/turns`, { body: { message: [MESSAGE], [MESSAGE]: TITLE } })
  await owner.request('PUT', `/api/sessions/${session}`, { body: { title: MESSAGE.repeat(100) } })
  await owner.send(session, 'hello', { idempotencyKey: `${MESSAGE} ${token}` })
  const broken = `POST /api/sessions HTTP/1.1\r\nHost: ${url.slice(7)}\r\nAuthorization: Bearer ${token}\r\n`
  await server.sendBytes(`${broken}Content-Type: application/json\r\nContent-Length: 30\r\n\r\n{"title": ${MESSAGE}`)
  await server.sendBytes(`${broken}${MESSAGE}\r\n\r\n`)

  using database = new DatabaseSync(server.database)
  database.prepare("UPDATE message SET steps = ? WHERE role = 'assistant'").run(MESSAGE)
  expect((await owner.request('GET', `/api/sessions/${session}/transcript`)).status).toBe(500)
  database.prepare("UPDATE message SET steps = ? WHERE role = 'assistant'").run('x\nat canary') // V8 quotes it whole
  expect((await owner.request('GET', `/api/sessions/${session}/messages`)).status).toBe(500)
  database.exec('ALTER TABLE entry RENAME TO entry_away')
  expect((await owner.send(session, MESSAGE)).status).toBe(503)

  expect(server.records.filter(({ err }) => err !== undefined).length).toBeGreaterThan(2)
  const canaries = [token, code, cookie.split('=')[1] ?? '', API_KEY, MESSAGE, TITLE, 'canary']
  for (const canary of canaries) expect(server.text).not.toContain(canary)
})

test('S25: an answer of 5xx is logged with the id that its body names, its method and its route, never its URL', async () => {
  await using server = await LoggedServer.start({ flags: ['--model', 'practice'] })
  const owner = server.owner()
  const session = await owner.createSession()
  using database = new DatabaseSync(server.database)
  database.exec('ALTER TABLE message RENAME TO message_away')
  const native = await owner.request('GET', `/api/sessions/${session}/transcript?limit=7`)
  const compatible = await owner.request('GET', `/api/sessions/${session}/messages?limit=7`)
  expect([native.status, compatible.status]).toEqual([503, 503])
  for (const { text } of [native, compatible]) expect(text).not.toMatch(/message_away|no such table|\.ts|SQL/)
  const { request_id: requestId } = z.object({ request_id: z.string() }).parse(native.json)
  const answered = server.records.filter(({ status }) => status === 503)
  expect(answered).toMatchObject([
    { reqId: requestId, method: 'GET', route: '/api/sessions/:id/transcript', code: 'storage_unavailable', level: 50 },
    {
      reqId: expect.any(String),
      method: 'GET',
      route: '/api/sessions/:id/messages',
      code: 'storage_unavailable',
      level: 50,
    },
  ])
  expect(server.records).toContainEqual(
    expect.objectContaining({
      reqId: requestId,
      err: expect.objectContaining({ cause: expect.objectContaining({ message: 'no such table: message' }) }),
    }),
  )
  expect(server.text).not.toContain('limit=7')
})

test('S25: what is the fault of the client is not logged, however often it asks', async () => {
  await using server = await LoggedServer.start({ flags: ['--model', 'practice'] })
  const before = server.records.length
  for (let n = 0; n < 20; n += 1) {
    await server.owner().request('GET', '/api/turns/nobody')
    await new ConchClient(server.url).request('GET', '/api/sessions')
  }
  expect(server.records.length).toBe(before)
})

const TERMINAL = '\r\n{"level":50,"msg":"forged"}\u001b]0;owned\u0007\u001b[2J\u009b31m\u007f\u0085\u2028'

test('row 117: what a title, a file name or a user agent holds neither forges a line nor steers a terminal', async () => {
  const model: ChatModel = {
    name: 'broken',
    reply: () => Promise.reject(new Error(`a failure with ${TERMINAL}`, { cause: new Error(TERMINAL) })),
  }
  await using server = await LoggedServer.start({ model })
  const owner = server.owner()
  const session = await owner.createSession(TERMINAL.replaceAll('\u0000', ''))
  const agent = 'Conch\u009b31m\u0085'
  await owner.request('GET', `/api/sessions/${session}/transcript`, { headers: { 'user-agent': agent } })
  await owner.start(session, 'hello')
  await server.app.engine.idle(session)
  const failure = server.records.find(({ turnId }) => turnId !== undefined)
  expect(failure).toMatchObject({ err: { message: `a failure with ${TERMINAL}`, cause: { message: TERMINAL } } })
  server.app.server.log.warn({ userAgent: agent, title: TERMINAL }, TERMINAL)
  expect(server.records.at(-1)).toMatchObject({ userAgent: agent, title: TERMINAL, msg: TERMINAL })
  expect(server.records.filter(({ msg }) => msg === 'forged')).toEqual([])
  expect(server.text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
})

test('S21: credentials that somebody logs by mistake are left out', () => {
  const chunks: string[] = []
  const log = createLog('debug', { write: (text) => chunks.push(text) })
  const headers = { authorization: 'Bearer canary-1', cookie: 'conch_4200=canary-2', accept: 'text/html' }
  const error = Object.assign(new Error('refused'), { headers, request: { headers }, code: 'E_REFUSED' })
  log.error({ err: error, headers, request: { headers }, token: 'canary-3', model: { apiKey: 'canary-4' } }, 'failed')
  log.child({ reqId: 'r' }).info({ 'set-cookie': 'canary-5', res: { headers: { 'set-cookie': 'canary-6' } } })
  expect(chunks.join('')).not.toContain('canary')
  expect(chunks.join('')).toContain('text/html')
  expect(chunks.join('')).toContain('E_REFUSED')
})
