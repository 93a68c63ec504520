import { expect, test } from 'vitest'
import { allAt, discover, imitationOf } from '../../tests/model-servers/discovery-scenario.ts'
import type { ImitatedState } from '../../tests/model-servers/imitated-state.ts'
import { findClosedPort, startScriptedServer } from '../../tests/model-servers/scripted-server.ts'
import { checkFoundModels } from './found-models-check.ts'

test.each<[ImitatedState, RegExp, string]>([
  ['found', /^Lemonade at \S+ has Qwen3-4B-GGUF$/, 'ok'],
  ['needs_key', /^Lemonade at \S+: needs_key$/, 'problem'],
  ['no_model', /^Lemonade at \S+: no_model$/, 'problem'],
])('the doctor says what discovery says: a server that is %s', async (state, message, status) => {
  await using server = await startScriptedServer(imitationOf('lemonade', state))
  const ports = allAt(await findClosedPort(), { lemonade: [server.port] })
  const finding = await checkFoundModels(async () => (await discover({ ports })).servers)
  expect(finding).toMatchObject({ status, message: expect.stringMatching(message) })
})

test('no model server is no problem: the practice model answers', async () => {
  const ports = allAt(await findClosedPort())
  const finding = await checkFoundModels(async () => (await discover({ ports })).servers)
  expect(finding).toMatchObject({ status: 'ok', message: expect.stringContaining('the practice model') })
})
