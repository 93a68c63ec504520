import { expect, test } from 'vitest'
import { problemSchema } from '../protocol/problem.ts'
import { sessionSchema } from '../protocol/session.ts'
import { ConchApp } from './conch-app.ts'
import type { ConchClient } from './conch-client.ts'

/** A session that leaves as a file and comes back, from wherever it has been (row 113). */

const AT = '2026-11-23T08:09:58.120000+00:00'

function fileOf(messages: readonly object[], session: object = { title: 'From afar' }): object {
  return { format: 'json', session, messages }
}

function send(client: ConchClient, body: unknown) {
  return client.request('POST', '/api/sessions/import', { body })
}

test('what was exported comes back as a session of its own, which can be gone on with', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const source = await client.createSession('Tides')
  await client.start(source, 'why twice?')
  const question = await conch.model.asked()
  await question.say('The moon, **mostly**.')
  question.finish()
  await conch.app.engine.idle(source)
  const exported = await client.request('GET', `/api/sessions/${source}/export?format=json`)

  const answer = await send(client, exported.json)
  expect(answer.status).toBe(201)
  const session = sessionSchema.parse(answer.json)
  expect(session).toMatchObject({ title: 'Tides', message_count: 2 })
  expect(session.id).not.toBe(source)
  const [before, after] = [await client.transcript(source), await client.transcript(session.id)]
  const words = ({ messages }: typeof before) =>
    messages.map(({ role, content, created_at }) => [role, content, created_at])
  expect(words(after)).toEqual(words(before))
  const ids = before.messages.map(({ message_id }) => message_id)
  expect(after.messages.every(({ message_id }) => !ids.includes(message_id))).toBe(true)

  await using follower = client.follow(session.id)
  expect(await follower.entryOfType('messages.copied')).toMatchObject({
    seq: 1,
    turn_id: null,
    data: { from_session_id: null, messages: after.messages },
  })
  await client.start(session.id, 'go on')
  const next = await conch.model.asked()
  expect(next.request.messages.map(({ content }) => content)).toEqual(['why twice?', 'The moon, **mostly**.', 'go on'])
  next.finish()
})

test('row 113: ids in a file mean nothing, and what exists is never touched', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const mine = await client.createSession('Mine')
  await client.start(mine, 'hello')
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(mine)
  const before = await client.transcript(mine)
  const [first] = before.messages
  const hostile = {
    id: first?.message_id,
    message_id: 2 ** 63,
    session_id: mine,
    turn_id: first?.turn_id,
    alternatives: [1, 2],
    role: 'user',
    content: '<script>alert(1)</script>',
    created_at: AT,
  }
  const answer = await send(client, fileOf([hostile], { id: mine, title: '<img src=x onerror=alert(1)>' }))
  const session = sessionSchema.parse(answer.json)
  expect(session.id).not.toBe(mine)
  expect(await client.transcript(mine)).toEqual(before)
  expect((await client.transcript(session.id)).messages).toMatchObject([
    { role: 'user', content: hostile.content, turn_id: null },
  ])
})

test('I4, row 113: one message that does not fit refuses the whole file', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const fits = { role: 'user', content: 'fits', created_at: AT }
  const refused: readonly [unknown, string][] = [
    [{}, '/format'],
    [fileOf([fits, { ...fits, role: 'system' }]), '/messages/1/role'],
    [fileOf([fits, { ...fits, content: 'a\0b' }]), '/messages/1/content'],
    [fileOf([fits, { ...fits, content: 'lone \ud800' }]), '/messages/1/content'],
    [fileOf([fits, { ...fits, content: 7 }]), '/messages/1/content'],
    [fileOf([fits, { ...fits, created_at: 'yesterday' }]), '/messages/1/created_at'],
    [fileOf([fits, { ...fits, created_at: '+275760-09-13T00:00:00Z' }]), '/messages/1/created_at'],
    [fileOf([fits], { title: 'x'.repeat(513) }), '/session/title'],
    [fileOf([fits], {}), '/session/title'],
    [{ ...fileOf([fits]), format: 'markdown' }, '/format'],
    [fileOf(Array.from({ length: 10_001 }, () => fits)), '/messages'],
  ]
  for (const [body, path] of refused) {
    const answer = await send(client, body)
    expect(answer.status, path).toBe(422)
    expect(problemSchema.parse(answer.json).errors?.map((error) => error.path)).toContain(path)
  }
  expect((await client.request('GET', '/api/sessions')).json).toMatchObject({ total: 0 })
})

test('a file of ten thousand messages is taken; one that is too large, or cut off, is not', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const messages = Array.from({ length: 10_000 }, (_, n) => ({
    id: n,
    session_id: 'x',
    role: n % 2 === 0 ? 'user' : 'assistant',
    content: `message ${n}, of a usual length for one`,
    created_at: AT,
    rag_sources: null,
    agent_steps: null,
    stats: null,
  }))
  const answer = await send(client, fileOf(messages))
  expect(sessionSchema.parse(answer.json).message_count).toBe(10_000)
  const tooLarge = await send(client, fileOf([{ role: 'user', content: 'x'.repeat(49 * 1024 * 1024), created_at: AT }]))
  expect(tooLarge.status).toBe(413)
  const cut = await fetch(`${conch.url}/api/sessions/import`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fileOf(messages)).slice(0, 1_000),
  })
  expect(cut.status).toBe(422)
  // other routes keep their limits
  const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`key${n}`, n]))
  expect((await client.request('POST', '/api/sessions', { body: many })).status).toBe(422)
  expect((await client.request('GET', '/api/sessions')).json).toMatchObject({ total: 1 })
})
