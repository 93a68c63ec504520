import { expect, test } from 'vitest'
import { allAt, discover, imitationOf } from '../../tests/model-servers/discovery-scenario.ts'
import type { ImitatedState } from '../../tests/model-servers/imitated-state.ts'
import { findClosedPort, startScriptedServer } from '../../tests/model-servers/scripted-server.ts'
import { type ChosenModel, checkFoundModels } from './found-models-check.ts'

test.each<[ImitatedState, RegExp, string]>([
  ['found', /^Lemonade at \S+ has Qwen3-4B-GGUF$/, 'ok'],
  ['needs_key', /^Lemonade at \S+: needs_key$/, 'problem'],
  ['no_model', /^Lemonade at \S+: no_model$/, 'problem'],
])('the doctor says what discovery says: a server that is %s', async (state, message, status) => {
  await using server = await startScriptedServer(imitationOf('lemonade', state))
  const ports = allAt(await findClosedPort(), { lemonade: [server.port] })
  const finding = await checkFoundModels(async () => ({ ...(await discover({ ports })), chosen: null }))
  expect(finding).toMatchObject({ status, message: expect.stringMatching(message) })
})

test('no model server is no problem: the practice model answers', async () => {
  const ports = allAt(await findClosedPort())
  const finding = await checkFoundModels(async () => ({ ...(await discover({ ports })), chosen: null }))
  expect(finding).toMatchObject({ status: 'ok', message: expect.stringContaining('the practice model') })
})

test.each<{ what: string; chosen: ChosenModel; status: string; message: RegExp }>([
  {
    what: 'the practice model',
    chosen: { kind: 'practice' },
    status: 'ok',
    message: /^the practice model, chosen in the settings$/,
  },
  {
    what: 'a name',
    chosen: { kind: 'model', model: 'Qwen3-4B-GGUF' },
    status: 'ok',
    message: /^Lemonade at \S+ has Qwen3-4B-GGUF, chosen/,
  },
  {
    what: 'a name that nobody has',
    chosen: { kind: 'model', model: 'gone' },
    status: 'problem',
    message: /^no model server that was found has gone/,
  },
])('the doctor judges what was chosen, and not what else is there: $what', async ({ chosen, status, message }) => {
  await using server = await startScriptedServer(imitationOf('lemonade', 'found'))
  const ports = allAt(await findClosedPort(), { lemonade: [server.port] })
  const finding = await checkFoundModels(async () => ({ ...(await discover({ ports })), chosen }))
  expect(finding).toMatchObject({ status, message: expect.stringMatching(message) })
})
