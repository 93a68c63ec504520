import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createParser } from 'eventsource-parser'
import { expect, test } from 'vitest'
import type { ModelServerKind } from '../protocol/model-server.ts'
import { type Models, modelsSchema } from '../protocol/models.ts'
import type { ConchClient } from './conch-client.ts'
import { TestDataDir } from './conch-process.ts'
import { LoggedServer } from './logged-server.ts'
import { finished, text } from './model-script.ts'
import { allAt, changed, imitationOf, KINDS, type Ports } from './model-servers/discovery-scenario.ts'
import { IMITATIONS } from './model-servers/imitate.ts'
import type { ImitatedState } from './model-servers/imitated-state.ts'
import {
  findClosedPort,
  type Reply,
  type ScriptedServer,
  startScriptedServer,
} from './model-servers/scripted-server.ts'
import { startScriptedModel } from './scripted-model.ts'

const CANARY = 'sk-canary-key-c81e728d'

/** The whole product, which looks for models at these ports only. */
async function startAt(ports: Ports, options: { dataDir?: TestDataDir; flags?: readonly string[] } = {}) {
  return await LoggedServer.start({ searchPorts: ports, ...options, flags: ['--no-auth', ...(options.flags ?? [])] })
}

async function readModels(client: ConchClient): Promise<Models> {
  return modelsSchema.parse((await client.request('GET', '/api/models')).json)
}

async function probe(client: ConchClient): Promise<Models> {
  return modelsSchema.parse((await client.request('POST', '/api/models/probe')).json)
}

async function choose(client: ConchClient, body: object): Promise<Models> {
  const answer = await client.request('PUT', '/api/models/choice', { body })
  expect(answer.status, answer.text).toBe(200)
  return modelsSchema.parse(answer.json)
}

const STATES: readonly ImitatedState[] = ['found', 'needs_key', 'no_model', 'loading', 'busy']

test.each(STATES)('the table tells of every kind of server that it is %s, with one next step', async (state) => {
  const started = new Map<ModelServerKind, ScriptedServer>()
  const ports = allAt(await findClosedPort())
  for (const kind of KINDS) {
    const respond = IMITATIONS[kind](state)
    if (!respond) continue
    const server = await startScriptedServer(respond)
    started.set(kind, server)
    ports[kind] = [server.port]
  }
  await using server = await startAt(ports)
  const { servers } = await probe(server.owner())
  const seen = Object.fromEntries(servers.map((row) => [row.kind, row.state]))
  const expected = Object.fromEntries(KINDS.map((kind) => [kind, started.has(kind) ? state : 'refused']))
  expect(seen).toEqual(expected)
  for (const row of servers) expect(row.next_step.text).toMatch(/\.$/)
  for (const one of started.values()) await one[Symbol.asyncDispose]()
})

test('with nothing there the practice model answers and says so; a server that appears is taken, and the app is told', async () => {
  const port = await findClosedPort()
  await using server = await startAt(allAt(await findClosedPort(), { ollama: [port] }))
  const client = server.owner()
  const first = await probe(client)
  expect(first.choice).toMatchObject({ chosen_by: 'nobody', practice: true, model: 'practice', base_url: null })
  const session = await client.createSession()
  expect((await client.request('GET', `/api/sessions/${session}`)).json).toMatchObject({ model: 'practice' })
  await using app = await countChanges(server.url)
  await using _ollama = await startScriptedServer(imitationOf('ollama', 'found'), { port })
  await probe(client)
  await expect.poll(() => app.seen.changes).toBeGreaterThan(0)
  const { choice } = await readModels(client)
  expect(choice).toMatchObject({ chosen_by: 'conch', model: 'qwen3:4b', base_url: `http://127.0.0.1:${port}/v1` })
  expect(choice.capabilities).toMatchObject({ tools: 'yes', context_size: 8192 })
  expect((await client.request('GET', '/api/system/status')).json).toMatchObject({
    practice_model: false,
    lemonade_running: true,
    model_loaded: 'qwen3:4b',
    model_context_size: 8192,
    context_size_sufficient: false,
    init_state: 'ready',
  })
})

test('another model takes the next turn; the turn that runs keeps its own, and the session names who answered', async () => {
  await using a = await startScriptedModel({
    models: ['alpha'],
    script: () => [text('from a'), { do: 'wait', ms: 1_000 }, ...finished()],
  })
  await using b = await startScriptedModel({ models: ['beta'], script: () => [text('from b'), ...finished()] })
  await using server = await startAt(allAt(await findClosedPort()))
  const client = server.owner()
  await choose(client, { kind: 'endpoint', base_url: a.baseUrl, model: 'alpha' })
  const session = await client.createSession()
  const first = await client.start(session, 'one')
  await a.request(1)
  await choose(client, { kind: 'endpoint', base_url: b.baseUrl, model: null })
  expect((await probe(client)).choice).toMatchObject({ chosen_by: 'person', model: 'beta', state: 'found' })
  const entries = await client.entriesUntilEnd(session, first.turn_id)
  expect(entries.find(({ type }) => type === 'step.started')?.data).toMatchObject({ model: 'alpha' })
  expect(entries.at(-1)?.data).toMatchObject({ content: 'from a', outcome: { status: 'completed' } })
  const second = await client.start(session, 'two')
  expect((await client.entriesUntilEnd(session, second.turn_id)).at(-1)?.data).toMatchObject({ content: 'from b' })
  expect((await client.request('GET', `/api/sessions/${session}`)).json).toMatchObject({ model: 'beta' })
  expect([a.requests.length, b.requests.length]).toEqual([1, 1])
})

test('a choice is remembered over a restart, and counts more than what is found', async () => {
  using dataDir = new TestDataDir()
  await using ollama = await startScriptedServer(imitationOf('ollama', 'found'))
  await using chosen = await startScriptedModel({ models: ['mine'] })
  const ports = allAt(await findClosedPort(), { ollama: [ollama.port] })
  {
    await using server = await startAt(ports, { dataDir })
    expect((await probe(server.owner())).choice).toMatchObject({ chosen_by: 'conch', model: 'qwen3:4b' })
    await choose(server.owner(), { kind: 'endpoint', base_url: chosen.baseUrl, model: 'mine' })
  }
  await using server = await startAt(ports, { dataDir })
  const client = server.owner()
  expect((await readModels(client)).choice).toMatchObject({ chosen_by: 'person', model: 'mine' })
  expect((await probe(client)).servers.at(-1)).toMatchObject({
    kind: 'other',
    state: 'found',
    base_url: chosen.baseUrl,
  })
  expect((await choose(client, { kind: 'automatic' })).choice).toMatchObject({ chosen_by: 'conch' })
})

const LOADED = 'Gemma-3-4b-it-GGUF'

/** A Conch that looks at a Lemonade whose answer to “load this model” is `reply`, given once `loads` says so. */
async function startWithLemonade(reply: Reply) {
  const loads = { asked: Promise.withResolvers<void>(), answer: Promise.withResolvers<void>() }
  const lemonade = await startScriptedServer(changed(imitationOf('lemonade', 'found'), '/api/v1/load', reply))
  lemonade.hold = async ({ path }) => {
    if (path !== '/api/v1/load') return
    loads.asked.resolve()
    await loads.answer.promise
  }
  const server = await startAt(allAt(await findClosedPort(), { lemonade: [lemonade.port] }))
  const client = server.owner()
  expect((await probe(client)).choice).toMatchObject({ chosen_by: 'conch', model: 'Qwen3-4B-GGUF' })
  const body = { model_name: LOADED, ctx_size: 40_000 }
  expect((await client.request('POST', '/api/system/load-model', { body })).status).toBe(202)
  await loads.asked.promise
  return {
    client,
    lemonade,
    load: loads.answer.resolve,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await lemonade[Symbol.asyncDispose]()
    },
  }
}

test('contract 1.6: a model that Lemonade was made to load answers the next turn once it is loaded', async () => {
  await using scene = await startWithLemonade({ json: { status: 'success', model_name: LOADED } })
  const { client, lemonade } = scene
  expect((await readModels(client)).choice.chosen_by).toBe('conch')
  scene.load()
  await expect.poll(async () => (await readModels(client)).choice.model).toBe(LOADED)
  expect((await readModels(client)).choice).toMatchObject({
    chosen_by: 'person',
    base_url: `${lemonade.origin}/api/v1`,
  })
  expect((await client.request('GET', '/api/settings')).json).toMatchObject({ custom_model: LOADED })
  const asked = lemonade.requests.filter(({ path }) => path === '/api/v1/load').map(({ body }) => JSON.parse(body))
  expect(asked).toEqual([{ model_name: LOADED, ctx_size: 40_000 }])
})

test.each<[string, Reply, 'conch' | 'person']>([
  ['could not be loaded', { status: 500, json: { error: 'no room' } }, 'conch'],
  ['was loaded after something else was chosen', { json: { status: 'success' } }, 'person'],
])('a model that %s is not chosen', async (_what, reply, chosenBy) => {
  await using scene = await startWithLemonade(reply)
  const { client } = scene
  if (chosenBy === 'person') await choose(client, { kind: 'practice' })
  const before = (await readModels(client)).choice
  scene.lemonade.hold = () => new Promise(() => undefined) // of loads to come
  scene.load()
  const body = { model_name: 'another', ctx_size: 40_000 }
  const tryAnother = () => client.request('POST', '/api/system/load-model', { body })
  await expect.poll(async () => (await tryAnother()).status).toBe(202) // so the first is over
  expect((await readModels(client)).choice).toMatchObject({ chosen_by: chosenBy, model: before.model })
})

const SHORT_REPLY = [
  { choices: [{ delta: { content: null } }], prompt_progress: { processed: 9 } },
  { choices: [{ delta: { content: 'ma delta' } }] },
]
const TRIED = { text: `${SHORT_REPLY.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n` }

test('what a server does not say of its model is unknown until a trial, which many can ask for at once, shows it', async () => {
  await using ollama = await startScriptedServer(changed(imitationOf('ollama', 'found'), '/v1/chat/completions', TRIED))
  await using server = await startAt(allAt(await findClosedPort(), { ollama: [ollama.port] }))
  const client = server.owner()
  const unknown = { continues_message: 'unknown', reports_progress: 'unknown', context_size: 8192 }
  expect((await probe(client)).choice.capabilities).toMatchObject(unknown)
  const trials = Array.from({ length: 5 }, () => client.request('POST', '/api/models/trial'))
  for (const { status, json } of await Promise.all(trials)) {
    expect(status).toBe(200)
    const { capabilities } = modelsSchema.parse(json).choice
    expect(capabilities).toMatchObject({ continues_message: 'yes', reports_progress: 'yes', context_size: 8192 })
  }
  const written = ollama.requests.filter(({ path }) => path === '/v1/chat/completions')
  expect(written.map(({ body }) => JSON.parse(body))).toMatchObject([{ max_tokens: 8, return_progress: true }])
  // a later look, which tells nothing of it, does not take it back
  ollama.respond = changed(ollama.respond, '/api/ps', {
    json: { models: [{ name: 'qwen3:4b', context_length: 4096 }] },
  })
  const { capabilities } = (await probe(client)).choice
  expect(capabilities).toMatchObject({ continues_message: 'yes', reports_progress: 'yes', context_size: 4096 })
})

test('a trial of the practice model, or of a server that hangs up, tells nothing and is no failure', async () => {
  await using server = await startAt(allAt(await findClosedPort()))
  const client = server.owner()
  const practice = await client.request('POST', '/api/models/trial')
  expect(practice).toMatchObject({ status: 200, json: { choice: { practice: true, capabilities: null } } })
  await using broken = await startScriptedServer(() => 'hang_up')
  await choose(client, { kind: 'endpoint', base_url: broken.origin, model: 'm' })
  const { status, json } = await client.request('POST', '/api/models/trial')
  expect(status).toBe(200)
  expect(modelsSchema.parse(json).choice.capabilities).toMatchObject({ continues_message: 'unknown' })
})

test('the command line decides, and nothing that is chosen beside it is stored', async () => {
  await using model = await startScriptedModel({ models: ['words'] })
  await using server = await LoggedServer.start({ flags: ['--no-auth', '--model-url', model.baseUrl] })
  const client = server.owner()
  expect((await probe(client)).choice).toMatchObject({ chosen_by: 'command_line', model: 'words', state: 'found' })
  for (const body of [
    { kind: 'practice' },
    { kind: 'automatic' },
    { kind: 'endpoint', base_url: 'http://127.0.0.1:9/v1' },
  ]) {
    const answer = await client.request('PUT', '/api/models/choice', { body })
    expect(answer).toMatchObject({ status: 422, json: { detail: expect.stringContaining('--model-url') } })
  }
  expect((await readModels(client)).choice).toMatchObject({ chosen_by: 'command_line', model: 'words' })
  using database = new DatabaseSync(server.database, { readOnly: true })
  expect(database.prepare('SELECT name FROM setting').all()).toEqual([])
})

test.each([
  'http://169.254.169.254',
  'file:///etc/passwd',
  'http://[::ffff:127.0.0.1]:22',
  'http://user:pw@127.0.0.1/v1',
])('row 93: %s is 422, for a choice and for a key, and leaves no trace', async (address) => {
  await using server = await startAt(allAt(await findClosedPort()))
  const client = server.owner()
  const choice = { kind: 'endpoint', base_url: address, model: 'm' }
  const answers = [
    await client.request('PUT', '/api/models/choice', { body: choice }),
    await client.request('PUT', '/api/models/key', { body: { base_url: address, api_key: CANARY } }),
  ]
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 422, json: { code: 'invalid_request', errors: [{ path: '/base_url' }] } })
  }
  expect((await readModels(client)).choice.chosen_by).toBe('nobody')
})

test('S16: a key goes to its own host only, also where that host redirects, and to no other that is chosen', async () => {
  await using other = await startScriptedServer(imitationOf('ollama', 'found'))
  await using keyed = await startScriptedServer(({ path, authorization }) => {
    if (authorization !== `Bearer ${CANARY}`) return { status: 401, json: { error: 'a key, please' } }
    if (path === '/v1/models') return { json: { data: [{ id: 'guarded' }] } }
    return { status: 307, headers: { location: `${other.origin}/v1/chat/completions` }, text: '' }
  })
  await using server = await startAt(allAt(await findClosedPort(), { ollama: [other.port] }))
  const client = server.owner()
  await choose(client, { kind: 'endpoint', base_url: keyed.origin, model: 'guarded' })
  expect((await probe(client)).choice).toMatchObject({ state: 'needs_key', has_key: false })
  const key = { base_url: `${keyed.origin}/v1`, api_key: CANARY }
  expect((await client.request('PUT', '/api/models/key', { body: key })).status).toBe(200)
  expect((await probe(client)).choice).toMatchObject({ state: 'found', has_key: true })
  const session = await client.createSession()
  const redirected = await client.start(session, 'hello')
  const last = (await client.entriesUntilEnd(session, redirected.turn_id)).at(-1)
  expect(last?.data).toMatchObject({ outcome: { status: 'failed', reason: 'backend_error' } })
  await choose(client, { kind: 'endpoint', base_url: `${other.origin}/v1`, model: 'qwen3:4b' })
  expect((await probe(client)).choice).toMatchObject({ state: 'found', has_key: false })
  const turn = await client.start(session, 'and you?')
  await client.entriesUntilEnd(session, turn.turn_id)
  expect(
    keyed.requests.some(({ path, authorization }) => path.endsWith('/completions') && authorization?.includes(CANARY)),
  ).toBe(true)
  expect(other.requests.some(({ path }) => path === '/v1/chat/completions')).toBe(true)
  for (const { authorization, body, query } of other.requests) {
    expect([authorization, body, query].join()).not.toContain(CANARY)
  }
  await expectKeyNowhere(server, session)
})

test('S16: the key of CONCH_MODEL_API_KEY belongs to --model-url: without that address nobody gets it', async () => {
  await using ollama = await startScriptedServer(imitationOf('ollama', 'found'))
  const ports = allAt(await findClosedPort(), { ollama: [ollama.port] })
  await using server = await LoggedServer.start({ searchPorts: ports, flags: ['--no-auth'], apiKey: CANARY })
  expect((await probe(server.owner())).choice.model).toBe('qwen3:4b')
  expect(ollama.requests.map(({ authorization }) => authorization).filter(Boolean)).toEqual([])
})

test('row 95: while a model server hangs, the server listens, answers and takes turns', async () => {
  await using silent = await startScriptedServer(() => 'hang')
  await using server = await startAt(allAt(silent.port))
  const client = server.owner()
  await silent.asked
  expect((await client.request('GET', '/api/system/status')).json).toMatchObject({ init_state: 'initializing' })
  expect((await client.request('GET', '/api/system/tasks')).json).toMatchObject({
    tasks: [{ status: 'running' }, {}, {}],
  })
  expect((await readModels(client)).probed_at).toBeNull()
  const session = await client.createSession()
  const turn = await client.start(session, 'hello')
  await client.entriesUntilEnd(session, turn.turn_id)
  expect((await probe(client)).servers[0]).toMatchObject({ state: 'timed_out' })
  expect((await client.request('GET', '/api/system/status')).json).toMatchObject({
    practice_model: true,
    init_state: 'ready',
  })
})

test('row 95: a model server that talks nonsense leaves the status with what is not known', async () => {
  await using garbage = await startScriptedServer(() => ({ text: '{"data":[{"id":"a"', headers: { server: 'x' } }))
  await using server = await startAt(allAt(await findClosedPort()))
  const client = server.owner()
  await choose(client, { kind: 'endpoint', base_url: garbage.origin, model: 'm' })
  expect((await probe(client)).choice.state).toBe('unrecognised')
  const { status, json } = await client.request('GET', '/api/system/status')
  expect(status).toBe(200)
  expect(json).toMatchObject({
    init_state: 'degraded',
    model_loaded: null,
    model_context_size: null,
    model_downloaded: null,
    model_size_gb: null,
  })
})

/** No route, no log, no export and no file of the data directory has the key as it is. */
async function expectKeyNowhere(server: LoggedServer, session: string): Promise<void> {
  const client = server.owner()
  const paths = ['/api/models', '/api/system/status', '/api/sessions', '/metrics', '/api/openapi.json']
  const ofSession = ['', '/transcript', '/messages', '/export?format=json'].map(
    (rest) => `/api/sessions/${session}${rest}`,
  )
  for (const path of [...paths, ...ofSession])
    expect((await client.request('GET', path)).text, path).not.toContain(CANARY)
  expect(server.text).not.toContain(CANARY)
  const folder = join(server.database, '..')
  for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name)).includes(CANARY), name).toBe(false)
}

/** Counts how often the app was told that models have changed. */
async function countChanges(url: string) {
  const abort = new AbortController()
  const response = await fetch(`${url}/api/events`, { signal: abort.signal })
  const seen = { changes: 0 }
  const parser = createParser({
    onEvent: ({ data }) => {
      seen.changes += data.includes('"models.changed"') ? 1 : 0
    },
  })
  const read = async () => {
    try {
      for await (const bytes of response.body ?? []) parser.feed(Buffer.from(bytes).toString())
    } catch (error) {
      if (!abort.signal.aborted) throw error
    }
  }
  const reading = read()
  return {
    seen,
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      await reading
    },
  }
}
