import { expect, test } from 'vitest'
import type { Models } from '../../protocol/models.ts'
import type { ApiResult } from './api-result.ts'
import type { ModelsClient } from './models-client.ts'
import { hasFoundNothing, ModelsFeed } from './models-feed.ts'

function modelsOf(model: string, fields: Partial<Models['choice']> = {}): Models {
  const choice = {
    chosen_by: 'person',
    practice: false,
    model,
    base_url: 'http://127.0.0.1:1/v1',
    state: 'found',
    next_step: null,
    has_key: false,
    capabilities: null,
    ...fields,
  } as const
  return { choice, probed_at: '2026-11-24T10:00:00.000Z', servers: [] }
}

/** A client whose answers the test gives. */
function heldClient() {
  const asked: ((result: ApiResult<Models>) => void)[] = []
  const ask = () => new Promise<ApiResult<Models>>((resolve) => asked.push(resolve))
  const client: ModelsClient = { read: ask, probe: ask, tryOut: ask, choose: ask, keepKey: ask }
  return { client, asked }
}

test('a late answer to an early question does not undo a newer one', async () => {
  const { client, asked } = heldClient()
  const feed = new ModelsFeed(client)
  const early = feed.load()
  const chosen = feed.choose({ kind: 'practice' })
  asked[1]?.({ status: 'ok', value: modelsOf('new') })
  await chosen
  asked[0]?.({ status: 'ok', value: modelsOf('old') })
  await early
  expect(feed.state.get().models?.choice.model).toBe('new')
})

test('a refusal and a server that does not answer leave what is shown', async () => {
  const { client, asked } = heldClient()
  const feed = new ModelsFeed(client)
  const first = feed.load()
  asked[0]?.({ status: 'ok', value: modelsOf('kept') })
  await first
  const looking = feed.lookAgain()
  expect(feed.state.get().isLooking).toBe(true)
  asked[1]?.({ status: 'unreachable' })
  expect(await looking).toEqual({ status: 'unreachable' })
  expect(feed.state.get()).toMatchObject({ isLooking: false, models: { choice: { model: 'kept' } } })
})

test('nothing was found only once it was looked for, and nobody has asked for the practice model', () => {
  const nobody = modelsOf('practice', { chosen_by: 'nobody', practice: true })
  expect(hasFoundNothing({ models: null, isLooking: false })).toBe(false)
  expect(hasFoundNothing({ models: { ...nobody, probed_at: null }, isLooking: false })).toBe(false)
  expect(hasFoundNothing({ models: nobody, isLooking: false })).toBe(true)
  expect(hasFoundNothing({ models: modelsOf('practice', { practice: true }), isLooking: false })).toBe(false)
})
