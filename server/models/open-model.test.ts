import { expect, test } from 'vitest'
import type { Capability } from '../../protocol/model-server.ts'
import { imitateLlamaCpp, type Template } from '../../tests/model-servers/llama-cpp.ts'
import { startScriptedServer } from '../../tests/model-servers/scripted-server.ts'
import { startScriptedModel } from '../../tests/scripted-model.ts'
import { systemClock } from '../lib/clock.ts'
import { openModel } from './open-model.ts'

const NEVER = new AbortController().signal

test.each<[Template, Capability]>([
  ['continues', 'yes'],
  ['opens_new', 'no'],
])('D6: a model says whether it goes on in a message, and its server is asked once: %s', async (template, expected) => {
  await using server = await startScriptedServer(imitateLlamaCpp('found', template))
  const source = { kind: 'endpoint', baseUrl: `${server.origin}/v1`, model: 'm', apiKey: null } as const
  const model = openModel(source, systemClock)
  expect(server.requests).toEqual([])
  expect(await model.continuesMessage?.('look', NEVER)).toBe(expected)
  const asked = server.requests.length
  expect(await model.continuesMessage?.('try', NEVER)).toBe(expected)
  expect(server.requests.length).toBe(asked)
})

test('D6: the practice model goes on in a message', async () => {
  const model = openModel({ kind: 'practice' }, systemClock)
  expect(await model.continuesMessage?.('look', NEVER)).toBe('yes')
})

test('an endpoint without a name is asked for its first model with the first question, and has that name from then on', async () => {
  await using server = await startScriptedModel({ models: ['echo', 'other'] })
  const source = { kind: 'endpoint', baseUrl: server.baseUrl, model: null, apiKey: null } as const
  const model = openModel(source, systemClock)
  expect(model.name).toBe('not connected')
  const messages = [{ role: 'user', content: 'hi' }] as const
  expect(await model.reply({ messages, tools: [] }, () => undefined, NEVER)).toMatchObject({ status: 'finished' })
  expect(model.name).toBe('echo')
})

test('row 54: an endpoint that does not answer is a failed reply with advice, and is looked for again', async () => {
  const down = await startScriptedModel()
  const port = Number(new URL(down.baseUrl).port)
  await down.close()
  const model = openModel({ kind: 'endpoint', baseUrl: down.baseUrl, model: null, apiKey: null }, systemClock)
  const ask = () => model.reply({ messages: [{ role: 'user', content: 'hi' }], tools: [] }, () => undefined, NEVER)
  expect(await ask()).toMatchObject({ status: 'failed', reason: 'backend_unreachable' })
  await using _server = await startScriptedModel({ port, models: ['echo'] })
  expect(await ask()).toMatchObject({ status: 'finished' })
})
