import { afterEach, expect, test } from 'vitest'
import { SqliteScenario } from '../../store/store-scenario.ts'
import { type GaiaOptions, GaiaScenario } from './gaia-scenario.ts'
import { systemStatusSchema } from './gaia-schemas.ts'

let gaia: GaiaScenario | undefined
afterEach(async () => {
  await gaia?.[Symbol.asyncDispose]()
  gaia = undefined
})

async function start(options: GaiaOptions = {}): Promise<GaiaScenario> {
  gaia = await GaiaScenario.start(await SqliteScenario.open(), options)
  return gaia
}

test('contract 1.6: health names the service that clients look for, and counts', async () => {
  const { sessionId, turn } = await (await start()).busySession()
  turn.answer('a')
  await gaia?.idle(sessionId)
  expect((await gaia?.get('/api/health'))?.json).toEqual({
    status: 'ok',
    service: 'gaia-agent-ui',
    stats: { sessions: 1, messages: 2, documents: 0, total_chunks: 0, total_size_bytes: 0 },
  })
})

test('contract 1.6: the status has every field, with this machine’s figures', async () => {
  const { json } = await (await start()).get('/api/system/status')
  const status = systemStatusSchema.strict().parse(json)
  expect(status).toMatchObject({
    lemonade_running: false,
    model_loaded: 'hand',
    default_model_name: 'hand',
    practice_model: true,
    init_state: 'ready',
    version: '0.0.0',
  })
  expect(status.disk_space_gb).toBeGreaterThan(0)
  expect(status.memory_available_gb).toBeGreaterThan(0)
})

test('contract 1.6: with a model server its origin is told, without user, path or key', async () => {
  const baseUrl = 'http://user:secret@127.0.0.1:8000/api/v1'
  const model = { kind: 'endpoint', model: 'Gemma', baseUrl, apiKey: null } as const
  const { json } = await (await start({ model })).get('/api/system/status')
  expect(json).toMatchObject({
    lemonade_running: true,
    lemonade_url: 'http://127.0.0.1:8000',
    model_loaded: 'Gemma',
    practice_model: false,
  })
  expect(JSON.stringify(json)).not.toContain('secret')
})

test('row 95: a data directory that cannot be asked for its space leaves the last figure', async () => {
  const scenario = await start()
  const read = async () => systemStatusSchema.parse((await scenario.get('/api/system/status')).json).disk_space_gb
  const free = await read()
  Object.assign(scenario.parts, { dataDir: '/nowhere/at/all' })
  scenario.clock.advance(60_000)
  expect(await read()).toBe(free)
})
