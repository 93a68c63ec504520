import { afterEach, beforeEach, expect, test } from 'vitest'
import { SqliteScenario } from '../../store/store-scenario.ts'
import { MAX_BROWSER_STREAMS } from '../stream-limits.ts'
import { BROWSER_HEADERS, GaiaScenario } from './gaia-scenario.ts'

let gaia: GaiaScenario
beforeEach(async () => {
  gaia = await GaiaScenario.start(await SqliteScenario.open())
})
afterEach(() => gaia[Symbol.asyncDispose]())

test('contract 1.2: activating a session is told to every open window, after a keepalive at once', async () => {
  const sessionId = await gaia.createSession()
  await using one = await gaia.openStream('/api/sessions/events')
  await using two = await gaia.openStream('/api/sessions/events')
  for (const reader of [one, two]) await reader.until(({ text }) => text === ': keepalive\n\n')
  const answer = await gaia.post(`/api/sessions/${sessionId}/activate`)
  expect(answer).toMatchObject({ status: 200, json: { activated: true, session_id: sessionId } })
  for (const reader of [one, two]) {
    await reader.until(({ frames }) => frames.length === 1)
    expect(reader.text).toBe(`: keepalive\n\ndata: {"type":"set_active_session","session_id":"${sessionId}"}\n\n`)
  }
})

test('contract 1.2: a keepalive comes at least every 30 s', async () => {
  await using reader = await gaia.openStream('/api/sessions/events')
  await reader.until(({ comments }) => comments.length === 1)
  gaia.clock.advance(30_000)
  await reader.until(({ comments }) => comments.length > 1)
})

test('contract 1.2: an unknown session cannot be activated', async () => {
  await using reader = await gaia.openStream('/api/sessions/events')
  const answer = await gaia.post('/api/sessions/none/activate')
  expect(answer).toMatchObject({ status: 404, json: { detail: 'Session not found' } })
  const sessionId = await gaia.createSession()
  await gaia.post(`/api/sessions/${sessionId}/activate`)
  await reader.until(({ frames }) => frames.length === 1)
  expect(reader.frames[0]?.data).toContain(sessionId)
})

test('row 64: one browser has a bounded number of these streams; leaving gives the place back', async () => {
  const path = '/api/sessions/events'
  const open = Array.from({ length: MAX_BROWSER_STREAMS }, () => gaia.openStream(path, { headers: BROWSER_HEADERS }))
  const readers = await Promise.all(open)
  const refused = await gaia.get(path, BROWSER_HEADERS)
  expect(refused).toMatchObject({ status: 429, json: { detail: expect.any(String) } })
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
  for (const reader of readers) await reader[Symbol.asyncDispose]()
  await expect.poll(() => gaia.parts.streams.openStreams).toBe(0) // I14
  await using _again = await gaia.openStream(path, { headers: BROWSER_HEADERS })
})

test('S23: HEAD opens no stream', async () => {
  const { sessionId } = await gaia.busySession()
  await expect.poll(() => gaia.parts.streams.openStreams).toBe(0)
  for (const path of ['/api/sessions/events', `/api/chat/attach?session_id=${sessionId}`]) {
    await gaia.request('HEAD', path)
    expect(gaia.parts.streams.openStreams).toBe(0)
  }
})
