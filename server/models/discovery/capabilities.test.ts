import { describe, expect, test } from 'vitest'
import type { ModelCapabilities, ModelServerKind } from '../../../protocol/model-server.ts'
import { modelCapabilitiesSchema } from '../../../protocol/model-server.ts'
import { imitationOf, KINDS } from '../../../tests/model-servers/discovery-scenario.ts'
import { IMITATED_KEY } from '../../../tests/model-servers/imitated-state.ts'
import { imitateLemonade } from '../../../tests/model-servers/lemonade.ts'
import { imitateLlamaCpp, type Template } from '../../../tests/model-servers/llama-cpp.ts'
import {
  findClosedPort,
  type Respond,
  startRawServer,
  startScriptedServer,
} from '../../../tests/model-servers/scripted-server.ts'
import { imitateVllm } from '../../../tests/model-servers/vllm.ts'
import { systemClock } from '../../lib/clock.ts'
import { ManualClock } from '../../lib/manual-clock.ts'
import { type CapabilityOptions, readModelCapabilities } from './capabilities.ts'

const NEVER = new AbortController().signal
const UNKNOWN: ModelCapabilities = {
  continues_message: 'unknown',
  reports_progress: 'unknown',
  tools: 'unknown',
  vision: 'unknown',
  context_size: null,
}

function read(baseUrl: string, model: string, options: Partial<CapabilityOptions> = {}): Promise<ModelCapabilities> {
  return readModelCapabilities({ baseUrl, model, apiKey: null, clock: systemClock, ...options }, NEVER)
}

interface Endpoint extends Partial<CapabilityOptions> {
  readonly path?: string
}

async function readAt(respond: Respond, { path = '/v1', model = 'm', ...options }: Endpoint = {}) {
  await using server = await startScriptedServer(respond)
  const capabilities = await read(server.origin + path, model, options)
  return { capabilities, requests: server.requests }
}

const EXPECTED: Record<ModelServerKind, { path: string; model: string; capabilities: Partial<ModelCapabilities> }> = {
  lemonade: {
    path: '/api/v1',
    model: 'Qwen3-4B-GGUF',
    capabilities: { reports_progress: 'yes', tools: 'yes', vision: 'no', context_size: 16384 },
  },
  ollama: { path: '/v1', model: 'qwen3:4b', capabilities: { tools: 'yes', vision: 'no', context_size: 8192 } },
  lm_studio: { path: '/v1', model: 'qwen/qwen3-4b', capabilities: { tools: 'yes', vision: 'no', context_size: 8192 } },
  llama_cpp: {
    path: '/v1',
    model: 'ggml-org/gemma-3-4b-it-GGUF',
    capabilities: {
      continues_message: 'yes',
      reports_progress: 'yes',
      tools: 'yes',
      vision: 'yes',
      context_size: 32768,
    },
  },
  vllm: { path: '/v1', model: 'Qwen/Qwen3-4B', capabilities: { continues_message: 'yes', context_size: 40960 } },
  koboldcpp: { path: '/v1', model: 'koboldcpp/Qwen3-4B-Q4_K_M', capabilities: { vision: 'yes', context_size: 20480 } },
  docker_model_runner: { path: '/engines/v1', model: 'ai/qwen3', capabilities: { context_size: 4096 } },
}

describe('what a server says of a model', () => {
  test.each(KINDS)('%s', async (kind) => {
    const { path, model, capabilities } = EXPECTED[kind]
    const read = await readAt(imitationOf(kind, 'found'), { path, model })
    expect(read.capabilities).toEqual({ ...UNKNOWN, ...capabilities })
    expect(modelCapabilitiesSchema.parse(read.capabilities)).toEqual(read.capabilities)
    expect(read.requests.some((request) => request.path.endsWith('/chat/completions'))).toBe(false)
  })

  test.each<[Template, ModelCapabilities['continues_message']]>([
    ['continues', 'yes'],
    ['opens_new', 'no'],
    ['refuses', 'no'],
  ])('llama.cpp with a template that %s: %s', async (template, expected) => {
    const { capabilities } = await readAt(imitateLlamaCpp('found', template))
    expect(capabilities.continues_message).toBe(expected)
  })

  test('llama.cpp is not made to load a model for the asking', async () => {
    const { requests } = await readAt(imitateLlamaCpp('found'), { model: 'a/b' })
    const named = requests.filter(({ path }) => path === '/props' || path === '/apply-template')
    expect(named.map(({ query }) => query)).toEqual(['model=a%2Fb&autoload=false', 'autoload=false'])
    expect(requests.some(({ path }) => path === '/slots')).toBe(false)
  })

  test('an older llama.cpp, which does not know of sleeping, may not know of progress', async () => {
    const found = imitateLlamaCpp('found')
    const respond: Respond = (request) =>
      request.path === '/props' ? { json: { default_generation_settings: { n_ctx: 4096 } } } : found(request)
    const { capabilities } = await readAt(respond)
    expect(capabilities).toMatchObject({ reports_progress: 'unknown', tools: 'unknown', context_size: 4096 })
  })

  test('a Lemonade that does not tell of all its models, or has another engine, may not know of progress', async () => {
    const found = imitateLemonade('found')
    const older: Respond = (request) =>
      request.path.endsWith('/health') ? { json: { status: 'ok', model_loaded: 'Qwen3-4B-GGUF' } } : found(request)
    const asked = { path: '/api/v1', model: 'Qwen3-4B-GGUF' }
    expect((await readAt(older, asked)).capabilities.reports_progress).toBe('unknown')
    const other = await readAt(found, { ...asked, model: 'fireworks.kimi-k2p5' })
    expect(other.capabilities.reports_progress).toBe('unknown')
  })

  test('through a proxy, below a path of its own', async () => {
    const inner = imitateVllm('found')
    const respond: Respond = (request) =>
      request.path.startsWith('/llm/')
        ? inner({ ...request, path: request.path.slice('/llm'.length) })
        : { status: 404, text: '' }
    const { capabilities } = await readAt(respond, { path: '/llm/v1/', model: 'Qwen/Qwen3-4B' })
    expect(capabilities).toMatchObject({ continues_message: 'yes', context_size: 40960 })
  })

  test('S16: with the key of the endpoint', async () => {
    const without = await readAt(imitateLlamaCpp('needs_key'))
    expect(without.capabilities).toEqual(UNKNOWN)
    const { capabilities, requests } = await readAt(imitateLlamaCpp('needs_key'), { apiKey: IMITATED_KEY })
    expect(capabilities.context_size).toBe(32768)
    expect(requests.every(({ authorization }) => authorization === `Bearer ${IMITATED_KEY}`)).toBe(true)
  })

  test('nothing is guessed where nothing, or nothing known, answers', async () => {
    expect(await read(`http://127.0.0.1:${await findClosedPort()}/v1`, 'm', { mayGenerate: true })).toEqual(UNKNOWN)
    expect((await readAt(() => ({ status: 404, text: '' }))).capabilities).toEqual(UNKNOWN)
    expect((await readAt(() => 'hang_up', { mayGenerate: true })).capabilities).toEqual(UNKNOWN)
  })

  test('a server that hangs is not waited for without end', async () => {
    const clock = new ManualClock()
    await using server = await startRawServer(null)
    const reading = read(`${server.origin}/v1`, 'm', { clock })
    await server.connected
    clock.advance(5_000)
    expect(await reading).toEqual(UNKNOWN)
  })

  test('an abort ends it', async () => {
    await using server = await startRawServer(null)
    const stop = new AbortController()
    const options = { baseUrl: `${server.origin}/v1`, model: 'm', apiKey: null, clock: new ManualClock() }
    const reading = readModelCapabilities(options, stop.signal)
    await server.connected
    stop.abort(new Error('stopped'))
    await expect(reading).rejects.toThrow('stopped')
  })

  test('an address that is none throws', async () => {
    await expect(read('nowhere', 'm')).rejects.toThrow()
  })
})

function sse(...events: unknown[]): string {
  return `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`
}

function says(...pieces: string[]) {
  return pieces.map((content) => ({ choices: [{ index: 0, delta: { content } }] }))
}

describe('what a server shows in a short reply', () => {
  const PROGRESS = { choices: [{ delta: { role: 'assistant', content: null } }], prompt_progress: { processed: 9 } }

  test.each<[string, string, Partial<ModelCapabilities>]>([
    ['finishes the word', sse(...says('ma', ' delta')), { continues_message: 'yes', reports_progress: 'no' }],
    ['begins anew', sse(...says('alpha', ' beta gamma delta')), { continues_message: 'no', reports_progress: 'no' }],
    ['begins the word anew', sse(...says('gamma delta')), { continues_message: 'no', reports_progress: 'no' }],
    ['says something else', sse(...says('Sure! Here')), { reports_progress: 'no' }],
    ['says a longer word', sse(...says('mariner')), { reports_progress: 'no' }],
    ['says nothing', sse(), {}],
    ['tells its progress', sse(PROGRESS, ...says('ma delta')), { continues_message: 'yes', reports_progress: 'yes' }],
    ['sends nonsense', 'data: {\n\ndata: null\n\ndata: {"choices":5}\n\n', {}],
  ])('that %s', async (_, text, expected) => {
    const respond: Respond = ({ path }) => (path === '/v1/chat/completions' ? { text } : { status: 404, text: '' })
    const { capabilities, requests } = await readAt(respond, { mayGenerate: true })
    expect(capabilities).toEqual({ ...UNKNOWN, ...expected })
    const asked = requests.filter(({ method }) => method === 'POST')
    expect(asked.map(({ body }) => JSON.parse(body))).toMatchObject([{ model: 'm', max_tokens: 8, stream: true }])
  })

  test('is asked for only where the server does not say it of itself', async () => {
    const { requests } = await readAt(imitateLlamaCpp('found'), { mayGenerate: true })
    expect(requests.some(({ path }) => path.endsWith('/chat/completions'))).toBe(false)
  })

  test.each<[ModelServerKind, string, ModelCapabilities['continues_message']]>([
    ['lemonade', '/api/v1', 'yes'],
    ['ollama', '/v1', 'no'],
  ])('of %s', async (kind, path, expected) => {
    const { capabilities } = await readAt(imitationOf(kind, 'found'), { path, mayGenerate: true })
    expect(capabilities.continues_message).toBe(expected)
  })
})
