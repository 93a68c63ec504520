import { expect, test } from 'vitest'
import { z } from 'zod'
import { appEventSchema } from '../protocol/app-event.ts'
import { problemSchema } from '../protocol/problem.ts'
import { allSessionsSchema, sessionSchema } from '../protocol/session.ts'
import { ConchApp } from './conch-app.ts'
import type { ConchClient } from './conch-client.ts'

/** All sessions at once: taken away as a file, and deleted by somebody who has seen what there is. */

const KEY = 'canary-key-1679091c'

/** A session with one question and its answer. */
async function talk(conch: ConchApp, client: ConchClient, title: string) {
  const session = await client.createSession(title)
  await client.start(session, `about ${title}`)
  const question = await conch.model.asked()
  await question.say(`all of ${title}`)
  question.finish()
  await conch.app.engine.idle(session)
  return session
}

async function whatThereIs(client: ConchClient) {
  const { json } = await client.request('GET', '/api/health')
  return allSessionsSchema.parse(z.object({ stats: allSessionsSchema }).parse(json).stats)
}

function deleteAll(client: ConchClient, seen: object) {
  return client.request('POST', '/api/sessions/delete-all', { body: seen })
}

test('S21: all sessions leave as one file, each of which comes back by itself; no key, no setting and no private session goes with them', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  await client.request('PUT', '/api/models/key', { body: { base_url: 'http://127.0.0.1:9/v1', api_key: KEY } })
  await client.request('PUT', '/api/settings', { body: { context_size: 45_678 } })
  const [tides, moons] = [await talk(conch, client, 'tides'), await talk(conch, client, 'moons')]
  const diary = await client.createSession('canary-diary')
  await client.request('PUT', `/api/sessions/${diary}`, { body: { private: true } })
  const answer = await client.request('GET', '/api/sessions/export')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="conch-sessions.json"')
  const { sessions } = z.object({ format: z.literal('json'), sessions: z.array(z.unknown()) }).parse(answer.json)
  const alone = [moons, tides].map((id) => client.request('GET', `/api/sessions/${id}/export?format=json`))
  expect(sessions).toEqual((await Promise.all(alone)).map(({ json }) => json))
  for (const secret of [KEY, '45678', 'canary-diary', conch.ownerToken()]) expect(answer.text).not.toContain(secret)
  const back = await client.request('POST', '/api/sessions/import', { body: sessions[1] })
  expect(sessionSchema.parse(back.json)).toMatchObject({ title: 'tides', message_count: 2 })
})

test('a file of no sessions is a file all the same', async () => {
  await using conch = await ConchApp.start()
  const { json } = await conch.client().request('GET', '/api/sessions/export')
  expect(json).toEqual({ format: 'json', sessions: [] })
})

test('I4, I10: everything is deleted in one go, where no turn is active and there is what was seen; else nothing is', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const [tides, moons] = [await talk(conch, client, 'tides'), await talk(conch, client, 'moons')]
  await client.request('PUT', '/api/settings', { body: { context_size: 45_678 } })
  const seen = await whatThereIs(client)
  expect(seen).toEqual({ sessions: 2, messages: 4 })

  const turn = await client.start(moons, 'and more?')
  const question = await conch.model.asked()
  await question.say('half')
  const busy = await deleteAll(client, await whatThereIs(client))
  expect(busy.status).toBe(409)
  expect(problemSchema.parse(busy.json)).toMatchObject({ code: 'turn_active', detail: expect.stringContaining('stop') })
  question.finish()
  await conch.app.engine.idle(moons)
  expect(await client.request('GET', `/api/turns/${turn.turn_id}`)).toMatchObject({
    json: { outcome: { status: 'completed' } },
  })

  const stale = await deleteAll(client, seen)
  expect(stale).toMatchObject({ status: 409, json: { code: 'sessions_changed' } })
  expect(await whatThereIs(client)).toEqual({ sessions: 2, messages: 6 })

  await using follower = client.follow(tides)
  await follower.entryOfType('turn.ended')
  const gone = await deleteAll(client, { sessions: 2, messages: 6 })
  expect(gone.status).toBe(200)
  expect(new Set(z.object({ deleted: z.array(z.string()) }).parse(gone.json).deleted)).toEqual(new Set([tides, moons]))
  await expect.poll(() => follower.notices).toEqual(['session_deleted'])
  expect(await whatThereIs(client)).toEqual({ sessions: 0, messages: 0 })
  expect((await client.send(tides, 'hello?')).status).toBe(404)
  expect((await client.request('GET', '/api/settings')).json).toMatchObject({ context_size: 45_678 })
  const next = await talk(conch, client, 'stars')
  expect((await client.transcript(next)).messages).toHaveLength(2)
})

test('the whole app is told of each session that is gone', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const ids = [await client.createSession('a'), await client.createSession('b')]
  const abort = new AbortController()
  const response = await fetch(`${conch.url}/api/events`, { signal: abort.signal })
  const told = new Set<string>()
  const reading = (async () => {
    for await (const bytes of response.body ?? []) {
      for (const [, data = ''] of Buffer.from(bytes)
        .toString()
        .matchAll(/^data: (.*)$/gm)) {
        const event = appEventSchema.parse(JSON.parse(data))
        if (event.type === 'session.deleted') told.add(event.session_id)
      }
      if (told.size === ids.length) return
    }
  })()
  expect((await deleteAll(client, { sessions: 2, messages: 0 })).status).toBe(200)
  await reading
  abort.abort()
  expect(told).toEqual(new Set(ids))
})

test('of two who delete everything at once one does, and the other is told that there is nothing of what was seen', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  await client.createSession('a')
  const answers = await Promise.all([1, 2].map(() => deleteAll(client, { sessions: 1, messages: 0 })))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
})
