import { expect, test } from 'vitest'
import { type AppEvent, appEventSchema } from '../protocol/app-event.ts'
import { problemSchema, turnActiveProblemSchema } from '../protocol/problem.ts'
import { transcriptSchema } from '../protocol/transcript.ts'
import { turnSchema } from '../protocol/turn.ts'
import { ConchApp } from './conch-app.ts'

test('starting a turn answers 201 with the turn and where to find it', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const answer = await client.send(session, 'hello')
  expect(answer.status).toBe(201)
  const turn = turnSchema.parse(answer.json)
  expect(turn).toMatchObject({ session_id: session, phase: 'running', outcome: null, first_seq: 1 })
  expect(turn.assistant_message_id).toBeGreaterThan(turn.user_message_id)
  expect(answer.headers.get('location')).toBe(`/api/turns/${turn.turn_id}`)
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(session)
  const { json } = await client.request('GET', `/api/turns/${turn.turn_id}`)
  expect(turnSchema.parse(json)).toMatchObject({ phase: null, outcome: { status: 'completed' } })
})

test('the 409 of a busy session says who speaks, since when, doing what, and what can be done', async () => {
  await using conch = await ConchApp.start()
  const holder = conch.client('tab-a', 'Firefox on Linux')
  const session = await holder.createSession()
  const turn = await holder.start(session, 'hello')
  const question = await conch.model.asked()
  await question.say('a')
  await using follower = holder.follow(session)
  await follower.entryOfType('text.delta')

  const refusal = await conch.client('tab-b', 'Another').send(session, 'me too')
  expect(refusal.status).toBe(409)
  expect(refusal.headers.get('content-type')).toContain('application/problem+json')
  expect(refusal.headers.get('retry-after')).toBeNull()
  const problem = turnActiveProblemSchema.parse(refusal.json)
  expect(problem.active_turn).toMatchObject({
    turn_id: turn.turn_id,
    phase: 'running',
    started_at: turn.started_at,
    holder: { kind: 'browser', label: 'Firefox on Linux', same_client: false },
    step: 1,
    tool: null,
  })
  expect(problem.actions).toEqual(['watch', 'queue', 'stop', 'branch'])
  const own = await holder.send(session, 'me again')
  expect(turnActiveProblemSchema.parse(own.json).active_turn.holder.same_client).toBe(true)
  const nameless = await conch.client().send(session, 'me three')
  expect(turnActiveProblemSchema.parse(nameless.json).active_turn.holder.same_client).toBe(false)
  question.finish()
})

test('refusals come in the order 422, 404, 409, 429', async () => {
  await using conch = await ConchApp.start({ slots: 1, maxWaiting: 0 })
  const client = conch.client()
  const busy = await client.createSession()
  await client.start(busy, 'hello')
  const unknown = 'no-such-session' as typeof busy
  expect((await client.send(unknown, '')).status).toBe(422)
  expect((await client.send(unknown, 'hello')).status).toBe(404)
  expect((await client.send(busy, '')).status).toBe(422)
  expect((await client.send(busy, 'hello')).status).toBe(409)
  const full = await client.send(await client.createSession(), 'hello')
  expect(full.status).toBe(429)
  expect(problemSchema.parse(full.json).code).toBe('server_busy')
  ;(await conch.model.asked()).finish()
})

test('rows 41 to 44: text arrives exactly or not at all', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  for (const refused of ['', ' \n\t', 'a\0b', 'lone \ud800 surrogate', '😀'.repeat(100_001)]) {
    const answer = await client.send(session, refused)
    expect(answer.status).toBe(422)
    expect(problemSchema.parse(answer.json)).toMatchObject({ code: 'invalid_request', errors: [{ path: '/message' }] })
  }
  expect((await client.transcript(session)).messages).toEqual([])
  for (const kept of [
    '😀'.repeat(100_000),
    '\u202etxt\u200b\u001b[31m',
    '\n\ndata: {"type":"turn.ended"}\n\n',
    '</script>',
  ]) {
    await client.start(session, kept)
    ;(await conch.model.asked()).finish()
    await conch.app.engine.idle(session)
    expect((await client.transcript(session)).messages.at(-2)?.content).toBe(kept)
  }
})

test('F16: cancel names its turn: twice is the same answer, an ended turn is told as it ended, an unknown one is 404', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const turn = await client.start(session, 'hello')
  const question = await conch.model.asked()
  await question.say('half')
  const [first, second] = await Promise.all([client.cancel(turn.turn_id), client.cancel(turn.turn_id)])
  expect([first?.status, second?.status]).toEqual([200, 200])
  await conch.app.engine.idle(session)
  expect(turnSchema.parse((await client.cancel(turn.turn_id)).json).outcome).toEqual({ status: 'cancelled' })

  const next = await client.start(session, 'next')
  expect(turnSchema.parse((await client.cancel(turn.turn_id)).json).outcome).toEqual({ status: 'cancelled' })
  const running = await conch.model.asked()
  expect(running.signal.aborted).toBe(false) // a late click never hits the next turn
  running.finish()
  await conch.app.engine.idle(session)
  expect(turnSchema.parse((await client.cancel(next.turn_id)).json).outcome).toEqual({ status: 'completed' })
  expect((await client.cancel('nobody' as typeof next.turn_id)).status).toBe(404)
})

test('on_busy: interrupt ends the running turn with its text and starts the new one', async () => {
  await using conch = await ConchApp.start({ slots: 1, maxWaiting: 0 })
  const client = conch.client()
  const session = await client.createSession()
  await client.start(session, 'first')
  const old = await conch.model.asked()
  await old.say('half')
  expect((await client.send(session, 'second', { onBusy: 'interrupt' })).status).toBe(201)
  expect(old.signal.aborted).toBe(true)
  const question = await conch.model.asked()
  await question.say('whole')
  question.finish()
  await conch.app.engine.idle(session)
  const { messages } = await client.transcript(session)
  expect(messages.map(({ content }) => content)).toEqual(['first', 'half', 'second', 'whole'])
  expect(messages.map(({ outcome }) => outcome?.status)).toEqual([undefined, 'cancelled', undefined, 'completed'])
})

test('F2: a follower that comes back by its cursor misses nothing and sees nothing twice', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const turn = await client.start(session, 'hello')
  const question = await conch.model.asked()
  const seen: number[] = []
  for (let piece = 0; piece < 5; piece += 1) {
    await question.say(`piece ${piece} `)
    await using follower = client.follow(session, seen.at(-1) ?? 0)
    await follower.entry(({ type }) => type === 'text.delta')
    seen.push(...follower.entries.map(({ seq }) => seq))
  }
  question.finish()
  const rest = await client.entriesUntilEnd(session, turn.turn_id, seen.at(-1))
  const all = [...seen, ...rest.map(({ seq }) => seq)]
  expect(all).toEqual(Array.from({ length: all.length }, (_, index) => index + 1))
})

test('F3: a cursor that is none counts as absent; one ahead of the log gets a reset and the whole log', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const turn = await client.start(session, 'hello')
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(session)
  await using ahead = client.follow(session, 10_000)
  await ahead.entryOfType('turn.ended')
  expect(ahead.notices).toEqual(['reset'])
  expect(ahead.entries[0]?.seq).toBe(1)

  for (const id of ['-1', 'abc', '1e3', '9'.repeat(5_000)]) {
    const abort = new AbortController()
    const url = `${conch.url}/api/sessions/${session}/events`
    const response = await fetch(url, { headers: { 'last-event-id': id }, signal: abort.signal })
    expect(response.status).toBe(200)
    const first = await response.body?.getReader().read()
    expect(new TextDecoder().decode(first?.value)).toContain(turn.turn_id)
    abort.abort()
  }
})

test('F13: deleting a session ends its turn, its streams and every trace of it', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  await client.start(session, 'hello')
  const question = await conch.model.asked()
  await question.say('a')
  await using follower = client.follow(session)
  await follower.entryOfType('text.delta')
  expect((await client.request('DELETE', `/api/sessions/${session}`)).json).toEqual({ deleted: true })
  await follower.ended
  expect(follower.notices).toEqual(['session_deleted'])
  expect(question.signal.aborted).toBe(true)
  expect((await client.send(session, 'hello?')).status).toBe(404)
  expect((await client.request('GET', `/api/sessions/${session}/transcript`)).status).toBe(404)
  expect(conch.app.feeds.size).toBe(0)
})

test('a branch copies what is settled and leaves the running turn out', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession('Plans')
  await client.start(session, 'one')
  const first = await conch.model.asked()
  await first.say('answer one')
  first.finish()
  await conch.app.engine.idle(session)
  await client.start(session, 'two')
  const running = await conch.model.asked()

  const branch = await client.request('POST', `/api/sessions/${session}/branch`, { body: {} })
  expect(branch.status).toBe(201)
  expect(branch.json).toMatchObject({ title: 'Plans (branch)', message_count: 2 })
  const { id } = branch.json as { id: typeof session }
  const copied = await client.transcript(id)
  expect(copied.messages.map(({ content }) => content)).toEqual(['one', 'answer one'])
  await client.start(id, 'three')
  const question = await conch.model.asked()
  expect(question.request.messages.map(({ content }) => content)).toEqual(['one', 'answer one', 'three'])
  question.finish()
  running.finish()
})

test('the transcript pages backwards, and its cursor continues it', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  for (const message of ['a', 'b', 'c']) {
    await client.start(session, message)
    ;(await conch.model.asked()).finish()
    await conch.app.engine.idle(session)
  }
  const page = async (query: string) =>
    transcriptSchema.parse((await client.request('GET', `/api/sessions/${session}/transcript?${query}`)).json)
  const newest = await page('limit=3')
  expect(newest).toMatchObject({ has_more: true, active_turn: null })
  const older = await page(`limit=3&before=${newest.messages[0]?.message_id}`)
  expect(older.has_more).toBe(false)
  expect([...older.messages, ...newest.messages].map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'user',
    'assistant',
    'user',
    'assistant',
  ])
  await client.start(session, 'd')
  const question = await conch.model.asked()
  const running = await page('limit=100')
  expect(running.messages).toHaveLength(6)
  await using follower = client.follow(session, running.cursor)
  expect((await follower.entryOfType('turn.started')).seq).toBe(running.cursor + 1)
  question.finish()
})

test('the app stream opens with a snapshot and tells of sessions and turns as they change', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  await client.start(session, 'hello')
  const question = await conch.model.asked()
  const abort = new AbortController()
  const response = await fetch(`${conch.url}/api/events`, { signal: abort.signal })
  const events = appEvents(response)
  expect((await events.next()).value).toMatchObject({ type: 'snapshot', active: [{ session_id: session }] })
  question.finish()
  const types: string[] = []
  for await (const event of events) {
    types.push(event.type)
    if (event.type === 'session.changed') break
  }
  expect(types.at(-2)).toBe('turn.ended')
  abort.abort()
})

test('row 61: a client with all of its streams open gets 429, and has room again when one closes', async () => {
  await using conch = await ConchApp.start({ maxStreams: 2 })
  const client = conch.client()
  const session = await client.createSession()
  const path = `/api/sessions/${session}/events`
  const aborts = [new AbortController(), new AbortController()]
  for (const { signal } of aborts) expect((await fetch(conch.url + path, { signal })).status).toBe(200)
  const refused = await client.request('GET', path)
  expect(refused.status).toBe(429)
  expect(problemSchema.parse(refused.json).code).toBe('too_many_streams')
  aborts[0]?.abort()
  await expect
    .poll(async () => {
      const probe = new AbortController()
      const { status } = await fetch(conch.url + path, { signal: probe.signal })
      probe.abort()
      return status
    })
    .toBe(200)
  aborts[1]?.abort()
})

test('I12, F4: the same key is the same turn, at once, later and beside a busy session; with another body it is 422', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const retry = () => client.send(session, 'once', { idempotencyKey: 'k-1' })
  const first = await Promise.all([retry(), retry(), retry()])
  expect(first.map(({ status }) => status)).toEqual([201, 201, 201])
  const turnIds = new Set(first.map(({ json }) => turnSchema.parse(json).turn_id))
  expect(turnIds.size).toBe(1)
  expect(first.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(2)
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(session)

  const other = await client.start(session, 'another')
  const late = await retry()
  expect(turnSchema.parse(late.json)).toMatchObject({ turn_id: [...turnIds][0], outcome: { status: 'completed' } })
  const mismatch = await client.send(session, 'not the same', { idempotencyKey: 'k-1' })
  expect(mismatch.status).toBe(422)
  expect(problemSchema.parse(mismatch.json).code).toBe('idempotency_mismatch')
  expect((await client.transcript(session)).messages.map(({ content }) => content)).toEqual(['once', ''])
  expect((await client.transcript(session)).active_turn?.turn_id).toBe(other.turn_id)
  ;(await conch.model.asked()).finish()
})

test('row 48: an idempotency key that is empty, too long or not visible ASCII is 422', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  for (const key of ['', 'x'.repeat(256), 'a key', 'k'.repeat(10_000)]) {
    expect((await client.send(session, 'hello', { idempotencyKey: key })).status).toBe(422)
  }
  expect((await client.transcript(session)).messages).toEqual([])
})

async function* appEvents(response: Response): AsyncGenerator<AppEvent> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const frame = text.slice(0, end)
      text = text.slice(end + 2)
      if (frame.startsWith('data: ')) yield appEventSchema.parse(JSON.parse(frame.slice(6)))
    }
  }
}
