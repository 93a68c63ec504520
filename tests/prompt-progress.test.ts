import { expect, test } from 'vitest'
import type { AppEvent } from '../protocol/app-event.ts'
import { turnActiveProblemSchema } from '../protocol/problem.ts'
import type { ConchClient } from './conch-client.ts'
import { LoggedServer } from './logged-server.ts'
import { finished, type ModelScript, readPrompt, text } from './model-script.ts'
import { allAt } from './model-servers/discovery-scenario.ts'
import { findClosedPort } from './model-servers/scripted-server.ts'
import { type ScriptedModel, startScriptedModel } from './scripted-model.ts'
import { SharedStreamReader } from './shared-stream-reader.ts'

const APP = { follows: 'app' } as const

/** Conch before a model server, which it has looked at. */
async function startBefore(model: ScriptedModel): Promise<LoggedServer> {
  const ports = allAt(await findClosedPort())
  const flags = ['--no-auth', '--model-url', model.baseUrl, '--model', 'scripted']
  const server = await LoggedServer.start({ searchPorts: ports, flags })
  await server.owner().request('POST', '/api/models/probe')
  return server
}

/** A reader of the app in a channel of its own. */
async function readApp(client: ConchClient) {
  const reader = await SharedStreamReader.open(client)
  await reader.add('app', APP)
  return reader
}

/** What is told of the active turn's prompt, each time that it is another. */
function progressIn(events: readonly AppEvent[]) {
  const told = events.flatMap((event) => {
    if (event.type === 'snapshot') return event.active.map(({ active_turn }) => active_turn.prompt_progress)
    return event.type === 'turn.changed' ? [event.active_turn.prompt_progress] : []
  })
  return told.filter((progress, index) => JSON.stringify(progress) !== JSON.stringify(told[index - 1]))
}

const READS: ModelScript = [readPrompt(0, 1_000), readPrompt(400, 1_000), { do: 'hold' }, text('Hello'), { do: 'hold' }]

test('D7: what a model has read is told to every reader, also one who comes later, until its first token, and is in no log', async () => {
  await using model = await startScriptedModel({ reportsProgress: true, script: () => [...READS, ...finished()] })
  await using server = await startBefore(model)
  const client = server.owner()
  const session = await client.createSession()
  await using first = await readApp(client)
  await using second = await readApp(client)
  const turn = await client.start(session, 'a long story')
  const request = await model.request(1)
  expect(request.body).toHaveProperty('return_progress', true)

  const now = { processed: 400, total: 1_000 }
  for (const reader of [first, second]) {
    await reader.until(() => progressIn(reader.appEventsOf('app')).at(-1)?.processed === now.processed)
  }
  await using late = await readApp(client)
  await late.until(() => late.appEventsOf('app').length > 0)
  expect(progressIn(late.appEventsOf('app'))).toEqual([now])
  expect((await client.transcript(session)).active_turn?.prompt_progress).toEqual(now)
  const refusal = turnActiveProblemSchema.parse((await client.send(session, 'me too')).json)
  expect(refusal.active_turn.prompt_progress).toEqual(now)

  request.goOn()
  await using follower = client.follow(session)
  await follower.entryOfType('text.delta')
  for (const reader of [first, second, late]) {
    await reader.until(() => progressIn(reader.appEventsOf('app')).at(-1) === null)
  }
  expect(progressIn(first.appEventsOf('app'))).toContainEqual(now)
  expect((await client.transcript(session)).active_turn?.prompt_progress).toBeNull()
  request.goOn()
  const entries = await client.entriesUntilEnd(session, turn.turn_id)
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1))
  expect(JSON.stringify(entries)).not.toContain('progress')
})

test('a server that is not known to tell is not asked: it may refuse what it does not know', async () => {
  await using model = await startScriptedModel({ script: () => [text('Hello'), ...finished()] })
  await using server = await startBefore(model)
  const client = server.owner()
  const session = await client.createSession()
  const turn = await client.start(session, 'hello')
  await client.entriesUntilEnd(session, turn.turn_id)
  expect((await model.request(1)).body).not.toHaveProperty('return_progress')
})

test('a stop while the model reads ends the turn, and nothing is told of its prompt any more', async () => {
  await using model = await startScriptedModel({ reportsProgress: true, script: () => READS })
  await using server = await startBefore(model)
  const client = server.owner()
  const session = await client.createSession()
  await using reader = await readApp(client)
  const turn = await client.start(session, 'a long story')
  await reader.until(() => progressIn(reader.appEventsOf('app')).at(-1)?.processed === 400)
  await client.cancel(turn.turn_id)
  expect(await (await model.request(1)).closed).toBe('client')
  await reader.until(() => reader.appEventsOf('app').some(({ type }) => type === 'turn.ended'))
  const events = reader.appEventsOf('app')
  const ended = events.findIndex(({ type }) => type === 'turn.ended')
  expect(progressIn(events.slice(0, ended)).at(-1)).toBeNull()
  expect(events.slice(ended).filter(({ type }) => type === 'turn.changed')).toEqual([])
})

test('the compatible API has no word for it: its stream is the same with and without', async () => {
  const reads = [readPrompt(0, 9), readPrompt(4, 9)]
  await using model = await startScriptedModel({
    reportsProgress: true,
    script: ({ n }) => [...(n === 1 ? reads : []), text('Hello'), ...finished()],
  })
  await using server = await startBefore(model)
  const client = server.owner()
  const frames: string[] = []
  for (const _ of ['with', 'without']) {
    const body = { session_id: await client.createSession(), message: 'hello', stream: true }
    frames.push((await client.request('POST', '/api/chat/send', { body })).text)
  }
  const [withProgress = '', without = ''] = frames.map(withoutNumbers)
  expect(withProgress).toContain('Hello')
  expect(withProgress).toBe(without)
})

/** Ids and times are others each time. */
function withoutNumbers(frames: string): string {
  return frames.replace(/\d+(\.\d+)?/g, '0')
}
