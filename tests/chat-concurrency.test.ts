import { expect, test } from 'vitest'
import { TURN_ACTIVE_DETAIL, turnActiveProblemSchema } from '../protocol/problem.ts'
import { turnSchema } from '../protocol/turn.ts'
import { ConchApp } from './conch-app.ts'
import type { Answer, ConchClient } from './conch-client.ts'

/**
 * The rule that this product exists for, on the route that older clients use: one active turn per session, a second send is
 * refused at once, and nothing is ever released by somebody who does not own it.
 */

function chatSend(client: ConchClient, session_id: string, message: string): Promise<Answer> {
  return client.request('POST', '/api/chat/send', { body: { session_id, message, stream: false } })
}

function chatStream(client: ConchClient, session_id: string, message: string): Promise<Answer> {
  return client.request('POST', '/api/chat/send', { body: { session_id, message, stream: true } })
}

async function activeSessions(client: ConchClient): Promise<unknown> {
  return (await client.request('GET', '/api/chat/active')).json
}

test('I1: a second send is refused with "already in progress", and the first still owns its turn afterwards', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const first = chatSend(client, session, 'first')
  const question = await conch.model.asked()

  const second = await chatSend(client, session, 'second')
  expect(second.status).toBe(409)
  expect(second.json).toMatchObject({ detail: TURN_ACTIVE_DETAIL })
  expect(second.headers.get('retry-after')).toBeNull()
  expect(await activeSessions(client)).toEqual({ session_ids: [session] })
  expect(question.signal.aborted).toBe(false)

  await question.say('the answer')
  question.finish()
  expect(await first).toMatchObject({ status: 200, json: { content: 'the answer' } })
  expect((await client.transcript(session)).messages.map(({ content }) => content)).toEqual(['first', 'the answer'])
})

test('F5, I1, I4: of two sends at the same moment one is taken, and the other is told whose turn it is and leaves no trace', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  for (let round = 0; round < 20; round += 1) {
    const session = await client.createSession()
    const answers = await Promise.all(['one', 'two'].map((message) => client.send(session, message)))
    const question = await conch.model.asked()
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409])
    const taken = turnSchema.parse(answers.find(({ status }) => status === 201)?.json)
    const refusal = turnActiveProblemSchema.parse(answers.find(({ status }) => status === 409)?.json)
    expect(refusal.active_turn?.turn_id).toBe(taken.turn_id)
    await question.say('yes')
    question.finish()
    await conch.app.engine.idle(session)
    expect((await client.transcript(session)).messages.map(({ content }) => content)).toEqual([question.message, 'yes'])
  }
  expect(conch.model.untaken).toBe(0)
})

test('I1: another session is free while one is busy', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const [busy, free] = [await client.createSession(), await client.createSession()]
  const first = chatSend(client, busy, 'first')
  const held = await conch.model.asked()

  const other = chatSend(client, free, 'other')
  const question = await conch.model.asked()
  await question.say('here')
  question.finish()
  expect(await other).toMatchObject({ status: 200, json: { content: 'here' } })
  held.finish()
  await first
})

test('I4: a full line answers 429 "busy" with Retry-After, before anything is claimed', async () => {
  await using conch = await ConchApp.start({ slots: 1, maxWaiting: 1 })
  const client = conch.client()
  const [running, waiting, refused] = [
    await client.createSession(),
    await client.createSession(),
    await client.createSession(),
  ]
  await client.start(running, 'runs')
  const question = await conch.model.asked()
  await client.start(waiting, 'waits')

  const full = await chatSend(client, refused, 'no room')
  expect(full.status).toBe(429)
  expect(full.json).toMatchObject({ detail: expect.stringContaining('busy') })
  expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await client.transcript(refused)).messages).toEqual([])

  // 404 and 409 come before 429: who asks about a session learns of the session first
  expect((await chatSend(client, 'no-such-session', 'hello')).status).toBe(404)
  expect((await chatSend(client, running, 'again')).status).toBe(409)
  question.finish()
  const next = await conch.model.asked()
  expect(next.message).toBe('waits')
  next.finish()
})

test('I9: the session is free again after a failed turn', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const first = chatSend(client, session, 'first')
  ;(await conch.model.asked()).fail('The model fell over.')
  await first
  await expectFree(conch, client, session)
})

test('I9: the session is free again as soon as the end of its stream has been read', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  for (let round = 0; round < 20; round += 1) {
    const answer = chatStream(client, session, `round ${round}`)
    const question = await conch.model.asked()
    await question.say('yes')
    question.finish()
    const { status, text } = await answer
    expect({ round, status }).toEqual({ round, status: 200 })
    expect(text).toContain('"type":"done"')
  }
})

test('F1, F2: a client that leaves changes nothing; the session is free once the turn has ended by itself', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const leaving = new AbortController()
  const stream = await fetch(`${conch.url}/api/chat/send`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ session_id: session, message: 'first', stream: true }),
    signal: leaving.signal,
  })
  expect(stream.status).toBe(200)
  const question = await conch.model.asked()
  leaving.abort()

  expect((await chatSend(client, session, 'second')).status).toBe(409)
  expect(question.signal.aborted).toBe(false)
  await question.say('kept')
  question.finish()
  await conch.app.engine.idle(session)
  expect((await client.transcript(session)).messages.map(({ content }) => content)).toEqual(['first', 'kept'])
  await expectFree(conch, client, session)
})

test('I11: the session is free again after a cancel, and the partial text is kept', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const first = chatSend(client, session, 'first')
  const question = await conch.model.asked()
  await question.say('half of')
  const cancelled = await client.request('POST', '/api/chat/cancel', { body: { session_id: session } })
  expect(cancelled.json).toEqual({ status: 'ok', cancelled: true })
  expect(question.signal.aborted).toBe(true)
  await first
  expect((await client.transcript(session)).messages.at(-1)).toMatchObject({
    content: 'half of',
    outcome: { status: 'cancelled' },
  })
  await expectFree(conch, client, session)
})

test('I4: an unknown session is 404 and takes nothing', async () => {
  await using conch = await ConchApp.start({ slots: 1, maxWaiting: 0 })
  const client = conch.client()
  const unknown = await chatSend(client, 'no-such-session', 'hello')
  expect(unknown).toMatchObject({ status: 404, json: { detail: 'Session not found' } })
  expect(await activeSessions(client)).toEqual({ session_ids: [] })
  await expectFree(conch, client, await client.createSession())
})

test('a streamed answer has the headers that keep proxies from holding it back', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const answer = chatStream(client, await client.createSession(), 'hello')
  ;(await conch.model.asked()).finish()
  const { status, headers } = await answer
  expect(status).toBe(200)
  expect(headers.get('content-type')).toContain('text/event-stream')
  expect(headers.get('cache-control')).toContain('no-cache')
  expect(headers.get('connection')).toBe('keep-alive')
  expect(headers.get('x-accel-buffering')).toBe('no')
})

test('the old bug: after 5, 10 and 60 seconds a second send is still refused, and releases nothing', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client('tab-1', 'A browser')
  const session = await client.createSession()
  const turn = await client.start(session, 'first')
  const question = await conch.model.asked()
  await question.say('slow but ')

  for (const seconds of [5, 5, 50]) {
    conch.clock.advance(seconds * 1000)
    const refusal = await client.send(session, `again after ${seconds} more`)
    expect(refusal.status).toBe(409)
    const problem = turnActiveProblemSchema.parse(refusal.json)
    expect(problem.active_turn).toMatchObject({
      turn_id: turn.turn_id,
      phase: 'running',
      holder: { kind: 'browser', label: 'A browser', same_client: true },
    })
    expect(question.signal.aborted).toBe(false)
    expect(conch.model.untaken).toBe(0)
  }

  await question.say('healthy')
  question.finish()
  await conch.app.engine.idle(session)
  const { messages } = await client.transcript(session)
  expect(messages.map(({ content }) => content)).toEqual(['first', 'slow but healthy'])
  await expectFree(conch, client, session)
})

/** A turn is accepted and completes. */
async function expectFree(conch: ConchApp, client: ConchClient, session: string): Promise<void> {
  const answer = chatSend(client, session, 'is it free?')
  const question = await conch.model.asked()
  await question.say('it is')
  question.finish()
  expect(await answer).toMatchObject({ status: 200, json: { content: 'it is' } })
}
