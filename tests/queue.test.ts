import { expect, test } from 'vitest'
import { problemSchema, queueProblemSchema, staleViewProblemSchema } from '../protocol/problem.ts'
import { type Queue, type Queued, queuedSchema, queueSchema } from '../protocol/queue.ts'
import { cancelledSendSchema, turnSchema } from '../protocol/turn.ts'
import { ConchApp } from './conch-app.ts'
import type { Answer, ConchClient, SendOptions } from './conch-client.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'

/** The queue as a program sees it: over real sockets, and through the death of a real process. */

type SessionId = Awaited<ReturnType<ConchClient['createSession']>>

async function queue(
  client: ConchClient,
  session: SessionId,
  { message, ...options }: SendOptions & { readonly message: string },
): Promise<Queued> {
  const answer = await client.send(session, message, { onBusy: 'queue', ...options })
  if (answer.status !== 202) throw new Error(`"${message}" was not queued: ${answer.status} ${answer.text}`)
  return queuedSchema.parse(answer.json)
}

async function readQueue(client: ConchClient, session: SessionId): Promise<Queue> {
  return queueSchema.parse((await client.request('GET', `/api/sessions/${session}/queue`)).json)
}

function textsOf({ messages }: Queue): string[] {
  return messages.map(({ message }) => message)
}

test('a message waits, is told to the refused, and becomes the turn whose id it was given', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client('tab')
  const session = await client.createSession()
  await client.start(session, 'first')
  const first = await conch.model.asked()
  const waiting = await queue(client, session, { message: 'second' })
  expect(waiting).toMatchObject({
    position: 1,
    queue: { messages: [{ message: 'second', holder: { same_client: true } }] },
  })
  expect((await client.send(session, 'third')).json).toMatchObject({ active_turn: { queue_length: 1 } })
  expect((await client.request('GET', `/api/turns/${waiting.turn_id}`)).status).toBe(404)
  await using follower = client.follow(session)
  first.finish()
  const second = await conch.model.asked()
  expect(second.message).toBe('second')
  await follower.entry((entry) => entry.type === 'turn.started' && entry.turn_id === waiting.turn_id)
  second.finish()
  await conch.app.engine.idle(session)
  expect((await client.transcript(session)).messages.map(({ content }) => content)).toEqual(['first', '', 'second', ''])
})

test('I12: a queued send is repeated at will, in parallel and later; with other words it is 422, on both APIs', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  await client.start(session, 'first')
  const first = await conch.model.asked()
  const send = () => client.send(session, 'once', { onBusy: 'queue', idempotencyKey: 'k' })
  const copies = await Promise.all(Array.from({ length: 8 }, send))
  expect(copies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 202))
  expect(copies.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(7)
  expect(new Set(copies.map(({ json }) => queuedSchema.parse(json).turn_id)).size).toBe(1)
  const other = await client.send(session, 'twice', { onBusy: 'queue', idempotencyKey: 'k' })
  expect([other.status, problemSchema.parse(other.json).code]).toEqual([422, 'idempotency_mismatch'])
  const body = { session_id: session, message: 'once' }
  const compatible = await client.request('POST', '/api/chat/send', { body, headers: { 'idempotency-key': 'k' } })
  expect(compatible.status).toBe(422)
  first.finish()
  const second = await conch.model.asked()
  const started = await send()
  expect([started.status, started.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
  expect(turnSchema.parse(started.json).turn_id).toBe(queuedSchema.parse(copies[0]?.json).turn_id)
  second.finish()
})

test('the compatible routes see the turn of what waited as any other: 409 beside it', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  await client.start(session, 'first')
  const first = await conch.model.asked()
  const { turn_id } = await queue(client, session, { message: 'second' })
  first.finish()
  const second = await conch.model.asked()
  const refused = await client.request('POST', '/api/chat/send', { body: { session_id: session, message: 'mine' } })
  expect([refused.status, refused.json]).toMatchObject([409, { active_turn: { turn_id } }])
  expect((await client.request('GET', '/api/chat/active')).json).toEqual({ session_ids: [session] })
  second.finish()
})

test('changes name their target: what is not there any more is 404 or 409 with the queue, and nothing else is hit', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const running = await client.start(session, 'first')
  const first = await conch.model.asked()
  const [a, b] = [await queue(client, session, { message: 'a' }), await queue(client, session, { message: 'b' })]
  const path = `/api/sessions/${session}/queue`
  const refusalOf = ({ status, json }: Answer) => [
    status,
    queueProblemSchema.parse(json).code,
    textsOf(queueProblemSchema.parse(json).queue),
  ]
  const moved = await client.request('PATCH', `${path}/${b.turn_id}`, { body: { before: a.turn_id, message: 'B' } })
  expect(textsOf(queueSchema.parse(moved.json))).toEqual(['B', 'a'])
  for (const nobody of ['nobody', '']) {
    expect(refusalOf(await client.request('DELETE', `${path}/${nobody}`))).toEqual([
      404,
      'queued_message_not_found',
      ['B', 'a'],
    ])
  }
  expect(refusalOf(await client.request('DELETE', `${path}/${running.turn_id}`))).toEqual([
    409,
    'queue_changed',
    ['B', 'a'],
  ])
  expect(refusalOf(await client.request('DELETE', `${path}?revision=1`))).toEqual([409, 'queue_changed', ['B', 'a']])
  for (const body of [{}, { message: ' ' }, { before: 7 }]) {
    expect((await client.request('PATCH', `${path}/${a.turn_id}`, { body })).status).toBe(422)
  }
  const now = await client.request('POST', `${path}/${a.turn_id}/send-now`)
  expect([now.status, turnSchema.parse(now.json).turn_id, first.signal.aborted]).toEqual([201, a.turn_id, true])
  expect((await client.request('POST', `${path}/${a.turn_id}/send-now`)).json).toMatchObject({ turn_id: a.turn_id })
  expect(textsOf(await readQueue(client, session))).toEqual(['B'])
  const { revision } = await readQueue(client, session)
  expect((await client.request('DELETE', `${path}?revision=${revision}`)).json).toMatchObject({ messages: [] })
  ;(await conch.model.asked()).finish()
})

test('a send can be cancelled by its key before, while and after it arrives', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const cancel = async (key: string) => {
    const { json } = await client.request('POST', `/api/sessions/${session}/sends/cancel`, {
      headers: { 'idempotency-key': key },
    })
    return cancelledSendSchema.parse(json).turn
  }
  expect([await cancel('early'), await cancel('early')]).toEqual([null, null])
  const late = await client.send(session, 'too late', { idempotencyKey: 'early' })
  expect([late.status, problemSchema.parse(late.json).code]).toEqual([409, 'send_cancelled'])
  expect((await client.transcript(session)).messages).toEqual([])
  await client.send(session, 'stopped', { idempotencyKey: 'running' })
  const question = await conch.model.asked()
  expect(await cancel('running')).toMatchObject({ phase: 'stopping' })
  expect(question.signal.aborted).toBe(true)
  await conch.app.engine.idle(session)
  expect(await cancel('running')).toMatchObject({ outcome: { status: 'cancelled' } })
  for (const path of [`/api/sessions/${session}/sends/cancel`, '/api/sessions/nobody/sends/cancel']) {
    const headers = path.includes('nobody') ? { 'idempotency-key': 'k' } : {}
    expect((await client.request('POST', path, { headers })).status).toBe(path.includes('nobody') ? 404 : 422)
  }
})

test('a view that is behind is told what it has missed, and a repeat is a repeat all the same', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const sendFrom = (expected_seq: number, key: string) =>
    client.request('POST', `/api/sessions/${session}/turns`, {
      body: { message: `from ${key}`, expected_seq },
      headers: { 'idempotency-key': key },
    })
  expect((await sendFrom(0, 'one')).status).toBe(201)
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(session)
  const stale = await sendFrom(0, 'two')
  const problem = staleViewProblemSchema.parse(stale.json)
  expect([stale.status, problem.reload, problem.missed.at(-1)?.type]).toEqual([409, false, 'turn.ended'])
  expect((await sendFrom(0, 'one')).status).toBe(201)
  expect((await sendFrom(problem.last_seq, 'two')).status).toBe(201)
  ;(await conch.model.asked()).finish()
})

test('I6, F19: kill -9 with messages that wait: none is lost, each is said once, and its key still names it', async () => {
  using directory = new TestDataDir()
  const long = 'Tell me something long, please.'
  const first = await ConchProcess.start(directory.path)
  const session = await first.client.createSession()
  await first.client.start(session, long)
  const waiting = await queue(first.client, session, { message: 'two', idempotencyKey: 'k' })
  await queue(first.client, session, { message: 'three' })
  await first.end('SIGKILL')

  await using second = await ConchProcess.start(directory.path)
  const { client } = second
  const kept = await readQueue(client, session)
  if (kept.paused) {
    expect([kept.paused.reason, textsOf(kept)]).toEqual(['interrupted', ['two', 'three']])
    const repeated = await client.send(session, 'two', { onBusy: 'queue', idempotencyKey: 'k' })
    expect(queuedSchema.parse(repeated.json).turn_id).toBe(waiting.turn_id)
    await client.request('POST', `/api/sessions/${session}/queue/resume`, { body: { revision: kept.revision } })
  }
  await using follower = client.follow(session)
  const ends = () => follower.entries.filter((entry) => entry.type === 'turn.ended')
  await follower.entry(() => ends().length === 3)
  const started = follower.entries.flatMap((entry) => (entry.type === 'turn.started' ? [entry.data.message] : []))
  expect(started).toEqual([long, 'two', 'three'])
  expect(await readQueue(client, session)).toMatchObject({ paused: null, messages: [] })
  const late = await client.send(session, 'two', { onBusy: 'queue', idempotencyKey: 'k' })
  expect(turnSchema.parse(late.json)).toMatchObject({ turn_id: waiting.turn_id, outcome: { status: 'completed' } })
}, 120_000)
