import { expect, test } from 'vitest'
import { problemSchema, turnActiveProblemSchema } from '../protocol/problem.ts'
import { type Turn, turnSchema } from '../protocol/turn.ts'
import { ConchApp } from './conch-app.ts'
import type { Answer, ConchClient } from './conch-client.ts'

/** Asking again, and going back to what was said before: one call each, guarded like every send. */

type SessionId = Turn['session_id']

test('an answer is written anew: the same is asked again, and the model is told only what is shown', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  await exchange(conch, session, ['one', 'first'])
  const two = await exchange(conch, session, ['two', 'second'])
  await exchange(conch, session, ['three', 'third'])

  const again = await rerun(client, session, { replaces: two.assistant_message_id })
  const question = await conch.model.asked()
  expect(question.request.messages.map(({ content }) => content)).toEqual(['one', 'first', 'two'])
  await question.say('second, better')
  question.finish()
  await conch.app.engine.idle(session)

  expect(await said(client, session)).toEqual(['one', 'first', 'two', 'second, better'])
  const transcript = await client.transcript(session)
  expect(transcript.messages[2]?.alternatives).toEqual([two.user_message_id, again.user_message_id])
})

test('a message is edited, and both versions stay within reach', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const one = await exchange(conch, session, ['one', 'first'])
  await exchange(conch, session, ['two', 'second'])
  const edited = await rerun(client, session, { replaces: one.user_message_id, message: 'one, edited' })
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(session)
  expect(await said(client, session)).toEqual(['one, edited', ''])

  const back = await show(client, session, one.user_message_id)
  expect([back.status, await said(client, session)]).toEqual([200, ['one', 'first', 'two', 'second']])
  await client.start(session, 'go on')
  const question = await conch.model.asked()
  expect(question.request.messages.map(({ content }) => content)).toEqual(['one', 'first', 'two', 'second', 'go on'])
  question.finish()
  await conch.app.engine.idle(session)
  expect((await show(client, session, edited.user_message_id)).json).toEqual({
    message_ids: [edited.user_message_id, edited.assistant_message_id],
  })
})

test('a follower who was there all along has the same as one who comes now', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  await using follower = client.follow(session)
  const one = await exchange(conch, session, ['one', 'first'])
  await rerun(client, session, { replaces: one.user_message_id })
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(session)
  await show(client, session, one.user_message_id)
  await follower.entryOfType('messages.restored')
  await using late = client.follow(session)
  await late.entryOfType('messages.restored')
  const lasting = follower.entries.filter(({ type }) => type !== 'text.delta')
  expect(late.entries.filter(({ type }) => type !== 'text.delta')).toEqual(lasting)
})

test('I4: a busy session refuses both with the turn that holds it, and nothing is put aside', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const one = await exchange(conch, session, ['one', 'first'])
  await rerun(client, session, { replaces: one.user_message_id })
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(session)
  const active = await client.start(session, 'two')
  const question = await conch.model.asked()
  const before = await client.transcript(session)
  const shown = before.messages.at(0)?.message_id
  for (const refused of [
    await client.request('POST', `/api/sessions/${session}/turns`, { body: { replaces: shown } }),
    await show(client, session, one.user_message_id),
  ]) {
    expect(refused.status).toBe(409)
    expect(turnActiveProblemSchema.parse(refused.json).active_turn.turn_id).toBe(active.turn_id)
  }
  const { active_turn: _ticks, ...settled } = await client.transcript(session)
  expect(before).toMatchObject(settled)
  question.finish()
})

test('the running turn can be stopped and its question changed in one call', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const running = await client.start(session, 'plan a weke')
  const question = await conch.model.asked()
  await question.say('half an')
  await rerun(client, session, {
    replaces: running.user_message_id,
    message: 'plan a week',
    on_busy: 'interrupt',
  })
  expect(question.signal.aborted).toBe(true)
  const next = await conch.model.asked()
  expect(next.request.messages.map(({ content }) => content)).toEqual(['plan a week'])
  next.finish()
  await conch.app.engine.idle(session)
  expect(await said(client, session)).toEqual(['plan a week', ''])
  await show(client, session, running.user_message_id)
  expect(await said(client, session)).toEqual(['plan a weke', 'half an'])
})

test('I12: a rerun that is sent again with its key is the same turn; with another message it is refused', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const one = await exchange(conch, session, ['one', 'first'])
  const headers = { 'idempotency-key': 'again' }
  const post = (body: object) => client.request('POST', `/api/sessions/${session}/turns`, { body, headers })
  const body = { replaces: one.user_message_id }
  const answers = await Promise.all([post(body), post(body), post(body)])
  expect(new Set(answers.map(({ json }) => turnSchema.parse(json).turn_id)).size).toBe(1)
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(session)
  expect((await post(body)).headers.get('idempotency-replayed')).toBe('true')
  expect(problemSchema.parse((await post({ ...body, message: 'other' })).json).code).toBe('idempotency_mismatch')
  expect(conch.model.untaken).toBe(0)
})

test('I4: what is not there cannot be replaced or shown, and a send says something or replaces something', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const [session, other] = [await client.createSession(), await client.createSession()]
  const elsewhere = await exchange(conch, other, ['elsewhere', 'there'])
  for (const id of [999, elsewhere.user_message_id]) {
    const refused = await client.request('POST', `/api/sessions/${session}/turns`, { body: { replaces: id } })
    expect([refused.status, problemSchema.parse(refused.json).code]).toEqual([404, 'message_not_found'])
    expect((await show(client, session, id)).status).toBe(404)
  }
  const empty = await client.request('POST', `/api/sessions/${session}/turns`, { body: {} })
  expect(problemSchema.parse(empty.json)).toMatchObject({ status: 422, errors: [{ path: '/message' }] })
  expect((await client.transcript(session)).messages).toEqual([])
})

async function exchange(
  conch: ConchApp,
  session: SessionId,
  [message, answer]: readonly [string, string],
): Promise<Turn> {
  const turn = await conch.client().start(session, message)
  const question = await conch.model.asked()
  await question.say(answer)
  question.finish()
  await conch.app.engine.idle(session)
  return turn
}

async function rerun(client: ConchClient, session: SessionId, body: object): Promise<Turn> {
  const answer = await client.request('POST', `/api/sessions/${session}/turns`, { body })
  if (answer.status !== 201) throw new Error(`the turn was not accepted: ${answer.status} ${answer.text}`)
  return turnSchema.parse(answer.json)
}

function show(client: ConchClient, session: SessionId, messageId: number): Promise<Answer> {
  return client.request('POST', `/api/sessions/${session}/alternative`, { body: { message_id: messageId } })
}

async function said(client: ConchClient, session: SessionId): Promise<readonly string[]> {
  return (await client.transcript(session)).messages.map(({ content }) => content)
}
