import { afterEach, describe, expect, test } from 'vitest'
import { SqliteScenario } from '../../store/store-scenario.ts'
import { type GaiaOptions, GaiaScenario } from './gaia-scenario.ts'
import { agentListSchema, onboardingSchema, preflightSchema } from './gaia-schemas.ts'

let gaia: GaiaScenario
afterEach(() => gaia[Symbol.asyncDispose]())

async function start(options: GaiaOptions = {}): Promise<void> {
  gaia = await GaiaScenario.start(await SqliteScenario.open(), { model: null, ...options })
}

const UNSET = {
  custom_model: null,
  model_status: null,
  context_size: null,
  agent_mode: 'manual',
  dynamic_tools: false,
  dynamic_tools_locked: false,
}

const change = (body: unknown) => gaia.request('PUT', '/api/settings', body)

describe('contract 1.6: settings', () => {
  test('what is sent is changed, null and nothing leave it, and an empty name takes the model back', async () => {
    await start()
    expect((await gaia.get('/api/settings')).json).toEqual(UNSET)
    const set = { custom_model: 'Qwen3-4B-GGUF', context_size: 65_536, agent_mode: 'goal_driven', dynamic_tools: true }
    expect((await change({ ...set, unknown_key: 1 })).json).toMatchObject(set)
    expect((await change({ custom_model: null, agent_mode: null })).json).toMatchObject(set)
    expect((await change({ custom_model: '', context_size: null })).json).toMatchObject({
      custom_model: null,
      context_size: null,
      dynamic_tools: true,
    })
    expect((await change({})).status).toBe(200)
  })

  test.each([
    { context_size: 0 },
    { context_size: -1 },
    { context_size: 1e12 },
    { context_size: 'x' },
    { context_size: 32_767 },
    { context_size: 40_000.5 },
    { custom_model: 'x'.repeat(1_000_000) },
    { custom_model: '../../etc/passwd' },
    { custom_model: 'http://elsewhere/v1' },
    { dynamic_tools: 'yes' },
  ])('row 92: %j is 422 and changes nothing', async (body) => {
    await start()
    await change({ context_size: 40_000 })
    const before = await gaia.dump()
    const answer = await change({ agent_mode: 'goal_driven', ...body })
    expect(answer.status).toBe(422)
    expect(answer.json).toMatchObject({ detail: [{ loc: ['body', Object.keys(body)[0]] }] })
    expect(await gaia.dump()).toBe(before)
  })

  test('row 92: a mode that there is not is 400, in the words that clients look for, and changes nothing', async () => {
    await start()
    const before = await gaia.dump()
    const root = await change({ agent_mode: 'root', context_size: 40_000 })
    expect(root).toMatchObject({
      status: 400,
      json: { detail: "agent_mode must be one of: ['goal_driven', 'manual']" },
    })
    const autonomous = await change({ agent_mode: 'autonomous' })
    expect(autonomous.status).toBe(400)
    for (const word of ['not implemented yet', 'goal_driven', '2005']) expect(autonomous.text).toContain(word)
    expect(await gaia.dump()).toBe(before)
  })
})

/** A host whose loads and downloads the test ends. */
function heldHost() {
  const asked: string[] = []
  const ends: ((problem: string | null) => void)[] = []
  const begin = (what: string) => {
    asked.push(what)
    return new Promise<string | null>((resolve) => ends.push(resolve))
  }
  return {
    asked,
    end: (problem: string | null) => ends.shift()?.(problem),
    host: {
      load: (model: string, contextSize: number | null) => begin(`load ${model} ${contextSize}`),
      download: (model: string) => begin(`download ${model}`),
    },
  }
}

describe('contract 1.6: what Lemonade does for us', () => {
  test('row 94: a hundred requests for the same model are one, and another model has to wait', async () => {
    const { host, asked, end } = heldHost()
    await start({ host })
    const load = (name: string) => gaia.post('/api/system/load-model', { model_name: name, ctx_size: 40_000 })
    const answers = await Promise.all(Array.from({ length: 100 }, () => load('A')))
    for (const { status, json } of answers) {
      expect({ status, json }).toEqual({ status: 202, json: { status: 'loading', model: 'A', ctx_size: 40_000 } })
    }
    expect(asked).toEqual(['load A 40000'])
    expect(await load('B')).toMatchObject({ status: 409, json: { detail: expect.stringContaining('loading A now') } })
    end(null)
    await expect.poll(async () => (await load('B')).status).toBe(202)
    end(null)
  })

  test('a download says how it goes, also that it failed', async () => {
    const { host, end } = heldHost()
    await start({ host })
    const progress = async () => JSON.stringify((await gaia.get('/api/system/status')).json)
    expect(await progress()).toContain('"download_progress":null')
    const answer = await gaia.post('/api/system/download-model', { model_name: 'A', force: true })
    expect(answer).toMatchObject({ status: 202, json: { status: 'downloading', model: 'A' } })
    expect(await progress()).toContain('"state":"starting","model_name":"A"')
    end('The disk is full.')
    await expect.poll(progress).toContain('"message":"The disk is full."')
    expect(await progress()).toContain('"state":"error"')
  })

  test('without a Lemonade it is refused with what to do', async () => {
    await start()
    for (const route of ['load-model', 'download-model']) {
      const answer = await gaia.post(`/api/system/${route}`, { model_name: 'A' })
      expect(answer).toMatchObject({ status: 409, json: { detail: expect.stringContaining('Start Lemonade') } })
    }
  })

  test.each([
    ['', 400],
    ['  ', 400],
    ['x'.repeat(10_000), 422],
    ['../x', 422],
    [';rm\u0000', 422],
    [null, 422],
  ])('row 94: the name %j is %i, and nothing is asked for', async (name, status) => {
    const { host, asked } = heldHost()
    await start({ host })
    for (const route of ['load-model', 'download-model']) {
      expect((await gaia.post(`/api/system/${route}`, { model_name: name })).status).toBe(status)
    }
    expect((await gaia.post('/api/system/load-model', { model_name: 'A', ctx_size: 0 })).status).toBe(422)
    expect(asked).toEqual([])
  })
})

test('contract 1.11: the introduction is done once somebody says so, with or without a body', async () => {
  await start()
  expect((await gaia.get('/api/onboarding/status')).json).toEqual({
    initialized: false,
    skipped: false,
    completed_at: null,
  })
  const skipped = await gaia.post('/api/onboarding/complete', { skipped: true })
  expect(onboardingSchema.parse(skipped.json)).toMatchObject({ initialized: true, skipped: true })
  expect((await gaia.post('/api/onboarding/complete')).status).toBe(200)
  expect((await gaia.get('/api/onboarding/status')).json).toMatchObject({ initialized: true, skipped: false })
  const preflight = preflightSchema.parse((await gaia.get('/api/onboarding/preflight')).json)
  expect(preflight).toMatchObject({ lemonade_running: false, compatible: true, blockers: [], required_disk_gb: 6 })
})

test('contract 1.7: the agent that answers is listed; names that sessions take are known, others are not', async () => {
  await start()
  const { agents, total } = agentListSchema.parse((await gaia.get('/api/agents')).json)
  expect([agents.map(({ id }) => id), total]).toEqual([['chat'], 1])
  expect((await gaia.get('/api/agents/builder')).json).toMatchObject({ id: 'builder', source: 'builtin' })
  for (const id of ['nobody', '..%2F..%2Fetc', 'x'.repeat(90)]) {
    const answer = await gaia.get(`/api/agents/${id}`)
    expect(answer).toMatchObject({ status: 404, json: { detail: `Agent '${decodeURIComponent(id)}' not found` } })
  }
})
