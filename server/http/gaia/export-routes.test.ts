import { afterEach, beforeEach, expect, test } from 'vitest'
import { SqliteScenario } from '../../store/store-scenario.ts'
import { GaiaScenario } from './gaia-scenario.ts'

let database: SqliteScenario
let gaia: GaiaScenario
beforeEach(async () => {
  database = await SqliteScenario.open()
  gaia = await GaiaScenario.start(database)
})
afterEach(() => gaia[Symbol.asyncDispose]())

async function talkedSession() {
  const sessionId = await gaia.createSession({ title: 'Capitals' })
  await using reader = await gaia.send(sessionId, 'Of France?')
  ;(await gaia.turn()).answer('Paris')
  await reader.ended
  return sessionId
}

test('contract 1.2: Markdown by default, to be saved and not shown as a page', async () => {
  const sessionId = await talkedSession()
  const { json, headers } = await gaia.get(`/api/sessions/${sessionId}/export`)
  expect(json).toEqual({
    format: 'markdown',
    content: expect.stringContaining('**User:**\n\nOf France?\n\n---\n\n**Assistant:**\n\nParis'),
  })
  expect(headers.get('content-disposition')).toBe('attachment')
})

test('contract 1.2: JSON has the session and its messages as the other routes do', async () => {
  const sessionId = await talkedSession()
  const { json } = await gaia.get(`/api/sessions/${sessionId}/export?format=json`)
  const session = (await gaia.get(`/api/sessions/${sessionId}`)).json
  const { messages } = (await gaia.get(`/api/sessions/${sessionId}/messages`)).json as { messages: unknown[] }
  expect(json).toEqual({ format: 'json', session, messages })
})

test('rows 34 and 37: a long session is exported whole; one page of its messages has a bound', async () => {
  const sessionId = await gaia.createSession()
  database.beside((beside) =>
    beside.exec(`WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 12345)
      INSERT INTO message (id, session, role, content, created_at)
      SELECT n, (SELECT key FROM session), 'user', 'message ' || n, 0 FROM number;
      UPDATE session SET message_count = 12345`),
  )
  const { json } = await gaia.get(`/api/sessions/${sessionId}/export?format=json`)
  const contents = (json as { messages: { content: string }[] }).messages.map(({ content }) => content)
  expect(contents).toEqual(Array.from({ length: 12_345 }, (_, index) => `message ${index + 1}`))
  const page = await gaia.get(`/api/sessions/${sessionId}/messages?limit=99999`)
  expect((page.json as { messages: unknown[] }).messages).toHaveLength(10_000)
  expect(page.json).toMatchObject({ total: 12_345 })
})

test.each(['exe', '../../x', ''])('row 37: format=%s is 400', async (format) => {
  const sessionId = await gaia.createSession()
  expect(await gaia.get(`/api/sessions/${sessionId}/export?format=${format}`)).toMatchObject({
    status: 400,
    json: { detail: `Unsupported format: ${format}` },
  })
})

test('contract 1.2: an unknown session is 404', async () => {
  const answer = await gaia.get('/api/sessions/none/export')
  expect(answer).toMatchObject({ status: 404, json: { detail: 'Session not found' } })
})
