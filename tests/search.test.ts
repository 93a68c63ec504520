import { expect, test } from 'vitest'
import { problemSchema } from '../protocol/problem.ts'
import { searchPageSchema } from '../protocol/search.ts'
import { sessionSchema } from '../protocol/session.ts'
import { ConchApp } from './conch-app.ts'
import type { ConchClient } from './conch-client.ts'

/** Finding what was said, and keeping a session at hand. */

function search(client: ConchClient, query: Readonly<Record<string, string>>) {
  return client.request('GET', `/api/search?${new URLSearchParams(query)}`)
}

async function found(client: ConchClient, q: string) {
  return searchPageSchema.parse((await search(client, { q })).json)
}

test('a question is found while it is being answered, the answer once it has ended, and not while it streams', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession('Tides')
  await client.start(session, 'why do tides turn?')
  const question = await conch.model.asked()
  await question.say('Because of the moonshine.')
  expect((await found(client, 'turn')).messages).toMatchObject([{ role: 'user', session_id: session }])
  expect((await found(client, 'moonshine')).messages).toEqual([])
  question.finish()
  await conch.app.engine.idle(session)
  expect((await found(client, 'moonsh')).messages).toMatchObject([{ role: 'assistant', session_title: 'Tides' }])
  expect((await found(client, 'tides')).sessions).toEqual([
    { session_id: session, title: [{ text: 'Tides', hit: true }] },
  ])
})

test('what a private session holds is not found', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession('Hidden pearl')
  await client.start(session, 'where is the pearl?')
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(session)
  expect(await found(client, 'pearl')).toMatchObject({ sessions: [{}], messages: [{}] })
  await client.request('PATCH', `/api/sessions/${session}/private`)
  expect(await found(client, 'pearl')).toMatchObject({ sessions: [], messages: [] })
})

test('a query has bounds, and is refused beyond them', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const refused = [
    {},
    { q: 'a'.repeat(257) },
    { q: 'a\0b' },
    { q: 'a', limit: '0' },
    { q: 'a', limit: '51' },
    { q: 'a', before: 'x' },
    { q: 'a', before: '-1' },
  ]
  for (const query of refused) {
    const answer = await search(client, query)
    expect([answer.status, problemSchema.parse(answer.json).code]).toEqual([422, 'invalid_request'])
  }
  expect((await search(client, { q: '\u{1f41a}'.repeat(256) })).status).toBe(200)
  expect((await search(client, { q: `"${'x* OR '.repeat(30)}` })).status).toBe(200)
})

test('S23: more searches than may wait are refused with a hint when to try again, and the others answered', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const answers = await Promise.all(Array.from({ length: 200 }, () => search(client, { q: 'x' })))
  const refused = answers.filter(({ status }) => status === 429)
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
  expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true)
  for (const answer of refused) {
    expect(problemSchema.parse(answer.json).code).toBe('server_busy')
    expect(answer.headers.get('retry-after')).toBe('1')
  }
  expect((await search(client, { q: 'x' })).status).toBe(200)
})

test('a pin puts a session above the others and changes nothing else of it', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const first = await client.createSession('first')
  const second = await client.createSession('second')
  const pin = (method: 'PUT' | 'DELETE', id: string) => client.request(method, `/api/sessions/${id}/pin`)
  conch.clock.advance(1_000)
  const before = sessionSchema.parse((await client.request('GET', `/api/sessions/${first}`)).json)
  const pinned = await pin('PUT', first)
  expect(pinned.status).toBe(200)
  expect(sessionSchema.parse(pinned.json)).toMatchObject({ id: first, pinned: true })
  expect((await client.request('GET', `/api/sessions/${first}`)).json).toEqual({ ...before, pinned: true })
  const list = (await client.request('GET', '/api/sessions')).json
  expect(list).toMatchObject({ sessions: [{ id: first }, { id: second }] })
  expect((await pin('DELETE', first)).json).toMatchObject({ pinned: false })
  expect((await pin('PUT', 'nobody')).status).toBe(404)
})
