import { describe, expect, test } from 'vitest'
import { type ModelServer, modelServerTableSchema } from '../../../protocol/model-server.ts'
import {
  allAt,
  changed,
  discover,
  imitationOf,
  KINDS,
  rowOf,
  SOON,
  startAllBut,
} from '../../../tests/model-servers/discovery-scenario.ts'
import { IMITATED_KEY } from '../../../tests/model-servers/imitated-state.ts'
import { imitateOllama } from '../../../tests/model-servers/ollama.ts'
import {
  type Reply,
  type Respond,
  startRawServer,
  startScriptedServer,
} from '../../../tests/model-servers/scripted-server.ts'
import { imitateVllm } from '../../../tests/model-servers/vllm.ts'
import { ManualClock } from '../../lib/manual-clock.ts'
import { SeededRandom } from '../../lib/seeded-random.ts'
import { discoverModelServers } from './discover.ts'

describe('what is no model server', () => {
  test.each<[string, Respond]>([
    ['a web page', () => ({ text: '<!doctype html><h1>It works!</h1>', headers: { 'content-type': 'text/html' } })],
    ['JSON null', () => ({ json: null })],
    ['an empty list', () => ({ json: [] })],
    ['half of a JSON text', () => ({ text: '{"data":[{"id":"a"', headers: { 'content-type': 'application/json' } })],
    ['401', () => ({ status: 401, text: 'no' })],
    ['500', () => ({ status: 500, text: 'broken' })],
    ['503', () => ({ status: 503, text: 'later' })],
    ['2 MB', () => ({ text: 'x'.repeat(2_000_000) })],
    ['20 KB of headers', () => ({ text: '', headers: { 'x-filler': 'x'.repeat(20_000) } })],
    ['a hang-up', () => 'hang_up'],
    ['somebody’s own OpenAI server', () => ({ json: { object: 'list', data: [{ id: 'm', owned_by: 'me' }] } })],
  ])('%s is unrecognised', async (_, respond) => {
    await using server = await startScriptedServer(respond)
    const { servers } = await discover({ ports: allAt(server.port) })
    expect(servers.map(({ state }) => state)).toEqual(KINDS.map(() => 'unrecognised'))
  })

  test.each(['SSH-2.0-OpenSSH_9.2\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n', '\u0000\u0001\u0002'])(
    'what is no HTTP is unrecognised: %j',
    async (bytes) => {
      await using server = await startRawServer(bytes)
      const { servers } = await discover({ ports: allAt(server.port) })
      expect(servers.map(({ state }) => state)).toEqual(KINDS.map(() => 'unrecognised'))
    },
  )

  test('a recognised server whose list is garbage is unrecognised, at its own address', async () => {
    await using server = await startScriptedServer(changed(imitateOllama('found'), '/api/tags', { text: '<p>' }))
    const row = rowOf(await discover({ ports: allAt(server.port) }), 'ollama')
    expect(row).toMatchObject({ state: 'unrecognised', base_url: `${server.origin}/v1` })
  })

  test.each<[ModelServer['state'], Reply]>([
    ['busy', { status: 429, text: '' }],
    ['busy', { status: 503, text: 'queue full' }],
    ['loading', { status: 503, json: { error: 'Model is loading' } }],
    ['needs_key', { status: 403, text: 'Forbidden' }],
  ])('F50: a recognised server is %s where its list is refused with %j', async (state, reply) => {
    await using server = await startScriptedServer(changed(imitateOllama('found'), '/api/tags', reply))
    expect(rowOf(await discover({ ports: allAt(server.port) }), 'ollama').state).toBe(state)
  })
})

/** The same JSON with one value in it, chosen by `random`, replaced. */
function disturbed(value: unknown, random: SeededRandom): unknown {
  if (random.below(4) === 0) return random.pick([null, -1, 1e300, 'x', '', [], {}, [null], true])
  if (Array.isArray(value)) return value.map((item) => disturbed(item, random))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, disturbed(item, random)]))
}

test.each(KINDS)('%s with anything in its answers gives a table, never an exception', async (kind) => {
  const found = imitationOf(kind, 'found')
  for (let seed = 1; seed <= 15; seed += 1) {
    const random = new SeededRandom(seed)
    const respond: Respond = (request) => {
      const reply = found(request)
      return typeof reply === 'string' || reply.json === undefined
        ? reply
        : { ...reply, json: disturbed(reply.json, random) }
    }
    await using server = await startScriptedServer(respond)
    const table = await discover({ ports: allAt(server.port) })
    expect(modelServerTableSchema.safeParse(table).error, `seed ${seed}`).toBeUndefined()
  }
})

describe('a server that hangs', () => {
  const RAW = 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'
  test.each<[string, () => ReturnType<typeof startRawServer>]>([
    ['says nothing', () => startRawServer(null)],
    ['stops in the middle of its answer', () => startRawServer(RAW, 'stall')],
  ])('%s has timed out after two seconds, and delays no other', async (_, startHanging) => {
    const clock = new ManualClock()
    await using others = await startAllBut('lm_studio')
    await using hanging = await startHanging()
    const ports = await others.portsWith(hanging.port)
    let isThrough = false
    const looking = discover({ clock, ports }).finally(() => {
      isThrough = true
    })
    await hanging.connected
    // The others are through long before the time moves at all.
    const areThrough = () =>
      others.servers.every((server) => server.requests.length > 1 && server.openConnections === 0)
    await expect.poll(areThrough, SOON).toBe(true)
    clock.advance(1_999)
    await new Promise(setImmediate)
    expect(isThrough).toBe(false)
    clock.advance(1)
    const table = await looking
    expect(table.servers.map(({ kind, state }) => [kind, state])).toEqual(
      KINDS.map((kind) => [kind, kind === 'lm_studio' ? 'timed_out' : 'found']),
    )
    expect(rowOf(table, 'lm_studio').next_step.text).toContain('did not answer within two seconds')
    await expect.poll(() => hanging.openConnections, SOON).toBe(0)
  })

  test('that was recognised before it hung is told as itself', async () => {
    const clock = new ManualClock()
    const found = imitateOllama('found')
    await using server = await startScriptedServer((request) =>
      request.path === '/api/tags' ? 'hang' : found(request),
    )
    const looking = discover({ clock, ports: allAt(server.port) })
    await expect.poll(() => server.requests.some(({ path }) => path === '/api/tags'), SOON).toBe(true)
    clock.advance(2_000)
    const table = await looking
    expect(rowOf(table, 'ollama')).toMatchObject({ state: 'timed_out', base_url: `${server.origin}/v1` })
    expect(rowOf(table, 'vllm').state).toBe('unrecognised')
  })

  test('does not keep an aborted look waiting', async () => {
    await using hanging = await startRawServer(null)
    const stop = new AbortController()
    const reason = new Error('shutting down')
    const looking = discoverModelServers({ clock: new ManualClock(), ports: allAt(hanging.port) }, stop.signal)
    await hanging.connected
    stop.abort(reason)
    await expect(looking).rejects.toBe(reason)
    await expect.poll(() => hanging.openConnections, SOON).toBe(0)
  })
})

describe('S16: keys', () => {
  test('a key opens the endpoint it belongs to and is sent nowhere else', async () => {
    await using locked = await startScriptedServer(imitateVllm('needs_key'))
    await using other = await startScriptedServer(imitateOllama('found'))
    const apiKeyFor = (origin: string) => (origin === locked.origin ? IMITATED_KEY : null)
    const table = await discover({ ports: allAt(other.port, { vllm: [locked.port] }), apiKeyFor })
    expect(rowOf(table, 'vllm').state).toBe('found')
    expect(locked.requests.every(({ authorization }) => authorization === `Bearer ${IMITATED_KEY}`)).toBe(true)
    expect(other.requests.length).toBeGreaterThan(0)
    expect(other.requests.every(({ authorization }) => authorization === null)).toBe(true)
    expect(JSON.stringify(table)).not.toContain(IMITATED_KEY)
  })

  test.each<[string | null, string]>([
    [null, 'wants an API key'],
    ['sk-wrong', 'does not accept the API key'],
  ])('with %j the next step says that it %s', async (key, words) => {
    await using locked = await startScriptedServer(imitateVllm('needs_key'))
    const row = rowOf(await discover({ ports: allAt(locked.port), apiKeyFor: () => key }), 'vllm')
    expect(row).toMatchObject({ state: 'needs_key', next_step: { command: null } })
    expect(row.next_step.text).toContain(words)
    expect(row.next_step.text).not.toContain('sk-wrong')
  })

  test('a redirect is not followed', async () => {
    await using canary = await startScriptedServer(imitateOllama('found'))
    const respond: Respond = ({ path }) => ({ status: 302, headers: { location: canary.origin + path }, text: '' })
    await using server = await startScriptedServer(respond)
    const table = await discover({ ports: allAt(server.port), apiKeyFor: () => IMITATED_KEY })
    expect(rowOf(table, 'ollama').state).toBe('unrecognised')
    expect(canary.requests).toEqual([])
  })
})

describe('other hosts', () => {
  const localhost = { name: 'localhost', ip: '::1' }

  test('are looked at for what 127.0.0.1 refuses, and shown by name', async () => {
    await using server = await startScriptedServer(imitateOllama('found'), { host: '::1' })
    const row = rowOf(await discover({ ports: allAt(server.port), otherHosts: async () => [localhost] }), 'ollama')
    expect(row).toMatchObject({ state: 'found', base_url: `http://localhost:${server.port}/v1` })
  })

  test('are left alone where 127.0.0.1 answers', async () => {
    await using server = await startScriptedServer(imitateOllama('found'))
    const otherHosts = () => Promise.reject(new Error('nobody should ask'))
    expect(rowOf(await discover({ ports: allAt(server.port), otherHosts }), 'ollama').state).toBe('found')
  })

  test('that are silent leave a refusal what it is', async () => {
    await using server = await startScriptedServer(() => 'hang_up', { host: '::1' })
    const table = await discover({ ports: allAt(server.port), otherHosts: async () => [localhost] })
    expect(rowOf(table, 'ollama').state).toBe('refused')
  })
})

test('I14: nothing is left open', async () => {
  await using all = await startAllBut('ollama')
  const ports = await all.portsWith()
  for (let n = 0; n < 3; n += 1) await discover({ ports })
  await expect.poll(() => all.servers.map(({ openConnections }) => openConnections), SOON).toEqual([0, 0, 0, 0, 0, 0])
})
