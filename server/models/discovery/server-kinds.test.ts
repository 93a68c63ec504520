import { describe, expect, test } from 'vitest'
import { KINDS } from '../../../tests/model-servers/discovery-scenario.ts'
import { IMITATIONS } from '../../../tests/model-servers/imitate.ts'
import type { ImitatedState } from '../../../tests/model-servers/imitated-state.ts'
import { imitateLlamaCpp } from '../../../tests/model-servers/llama-cpp.ts'
import { type Respond, startScriptedServer } from '../../../tests/model-servers/scripted-server.ts'
import { systemClock } from '../../lib/clock.ts'
import { withServer } from './server-client.ts'
import { identifyServer, SERVER_KINDS } from './server-kinds.ts'

const NEVER = new AbortController().signal
const STATES: readonly ImitatedState[] = ['found', 'needs_key', 'no_model', 'loading', 'busy']
const CASES = KINDS.flatMap((kind) =>
  STATES.flatMap((state) => {
    const respond = IMITATIONS[kind](state)
    return respond ? [{ kind, state, respond }] : []
  }),
)

/** Which kinds take the server for one of theirs, each asked by itself. */
async function recognisersOf(respond: Respond): Promise<readonly string[]> {
  await using server = await startScriptedServer(respond)
  const options = { origin: server.origin, headers: {}, clock: systemClock, limitMs: 10_000 }
  return await withServer(options, NEVER, async (client) => {
    const recognised: string[] = []
    for (const kind of SERVER_KINDS) if (await kind.recognise(client)) recognised.push(kind.kind)
    return recognised
  })
}

describe('a server is taken for one of theirs by its own kind alone, whoever is asked first', () => {
  test.each(CASES)('$kind, $state', async ({ kind, respond }) => {
    expect(await recognisersOf(respond)).toEqual([kind])
  })

  test.each<ImitatedState>(['found', 'needs_key', 'loading'])(
    'llama.cpp, %s, behind a proxy that drops its name',
    async (state) => {
      const named = imitateLlamaCpp(state)
      const respond: Respond = (request) => {
        const reply = named(request)
        return typeof reply === 'string' ? reply : { ...reply, headers: {} }
      }
      expect(await recognisersOf(respond)).toEqual(['llama_cpp'])
    },
  )

  test.each<[string, Respond]>([
    ['another engine like vLLM', () => ({ json: { version: '1', data: [{ id: 'a', owned_by: 'sglang' }] } })],
    ['a version and no more', ({ path }) => (path === '/version' ? { json: { version: '1' } } : { status: 404 })],
    ['Ollama’s greeting alone', ({ path }) => (path === '/' ? { text: 'Ollama is running' } : { status: 404 })],
    ['another list of models', () => ({ json: { models: [{ name: 'a' }], data: [{ id: 'a' }] } })],
    ['a health of its own', () => ({ json: { status: 'ok', version: '1', models: 5 } })],
    ['401', () => ({ status: 401, json: { error: 'Unauthorized' } })],
  ])('by nobody: %s', async (_, respond) => {
    expect(await recognisersOf(respond)).toEqual([])
  })
})

test('the kinds that usually listen on a port are asked first', async () => {
  await using server = await startScriptedServer(() => ({ status: 404 }))
  const options = { origin: server.origin, headers: {}, clock: systemClock, limitMs: 10_000 }
  expect(await withServer(options, NEVER, (client) => identifyServer(client, 5001))).toBeNull()
  expect(server.requests[0]?.path).toBe('/api/extra/version')
})
