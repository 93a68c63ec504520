import { expect, test } from 'vitest'
import { turnActiveProblemSchema } from '../protocol/problem.ts'
import { ConchApp } from './conch-app.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { finished, text } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

test('slow is not stuck: a model that is silent for a real minute keeps its turn', {
  timeout: 3 * MINUTE_MS,
}, async () => {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel({
    script: () => [{ do: 'wait', ms: MINUTE_MS }, text('worth the wait'), ...finished()],
  })
  await using server = await ConchProcess.start(dataDir.path, ['--model-url', model.baseUrl, '--model', 'slow'])
  const { client } = server
  const session = await client.createSession()
  const turn = await client.start(session, 'take your time')
  await using follower = client.follow(session)
  let ended = false
  const end = follower.entryOfType('turn.ended').then(() => {
    ended = true
  })
  let refusals = 0
  while (!ended) {
    const answer = await client.send(session, 'are you stuck?')
    if (answer.status === 201) break // the turn ended between the look and the send
    expect(turnActiveProblemSchema.parse(answer.json).active_turn.turn_id).toBe(turn.turn_id)
    refusals += 1
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 2_500))])
  }
  await end
  expect(refusals).toBeGreaterThan(20)
  const { messages } = await client.transcript(session)
  expect(messages.slice(0, 2).map(({ content }) => content)).toEqual(['take your time', 'worth the wait'])
})

test('slow is not stuck: with the limits raised, a model that is silent for an hour keeps its turn', async () => {
  const raised = { firstByteTimeoutMs: 2 * HOUR_MS, idleTimeoutMs: 2 * HOUR_MS, turnTimeoutMs: 4 * HOUR_MS }
  await using conch = await ConchApp.start(raised)
  const client = conch.client()
  const session = await client.createSession()
  const turn = await client.start(session, 'think')
  const question = await conch.model.asked()
  for (let minute = 0; minute < 60; minute += 1) {
    conch.clock.advance(MINUTE_MS)
    const refusal = await client.send(session, 'hurry')
    expect(refusal.status).toBe(409)
    expect(turnActiveProblemSchema.parse(refusal.json).active_turn.turn_id).toBe(turn.turn_id)
  }
  expect(question.signal.aborted).toBe(false)
  expect(conch.model.untaken).toBe(0)
  await question.say('done')
  question.finish()
  await conch.app.engine.idle(session)
  expect((await client.transcript(session)).messages.map(({ content }) => content)).toEqual(['think', 'done'])
})

test('a silent model ends its turn only by a named limit, and the message is kept', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  await client.start(session, 'anybody there?')
  const question = await conch.model.asked()
  conch.clock.advance(10 * MINUTE_MS - 1)
  expect(question.signal.aborted).toBe(false)
  conch.clock.advance(1_000)
  await conch.app.engine.idle(session)
  const { messages } = await client.transcript(session)
  expect(messages[0]?.content).toBe('anybody there?')
  expect(messages[1]).toMatchObject({ content: '', outcome: { status: 'failed', reason: 'first_byte_timeout' } })
})
