import { describe, expect, test } from 'vitest'
import { type ModelServerKind, modelServerTableSchema } from '../../../protocol/model-server.ts'
import { allAt, changed, discover, imitationOf, KINDS, rowOf } from '../../../tests/model-servers/discovery-scenario.ts'
import type { ImitatedState } from '../../../tests/model-servers/imitated-state.ts'
import { imitateLmStudio } from '../../../tests/model-servers/lm-studio.ts'
import { imitateOllama } from '../../../tests/model-servers/ollama.ts'
import { findClosedPort, startScriptedServer } from '../../../tests/model-servers/scripted-server.ts'
import { imitateVllm } from '../../../tests/model-servers/vllm.ts'

interface Expected {
  readonly models: readonly string[]
  readonly context_size: number | null
}

const NOTHING: Expected = { models: [], context_size: null }
const LEMONADE_MODELS = ['Qwen3-4B-GGUF', 'Gemma-3-4b-it-GGUF', 'fireworks.kimi-k2p5']
const OLLAMA_MODELS = ['qwen3:4b', 'llama3.2:latest', 'gpt-oss:120b-cloud']
const LM_STUDIO_MODELS = ['qwen/qwen3-4b', 'gemma-3-270m-it-qat']
const LLAMA_CPP = { models: ['ggml-org/gemma-3-4b-it-GGUF'], context_size: 32768 }
const VLLM = { models: ['Qwen/Qwen3-4B'], context_size: 40960 }
const KOBOLDCPP = { models: ['koboldcpp/Qwen3-4B-Q4_K_M'], context_size: 20480 }
const DOCKER = { models: ['ai/qwen3'], context_size: null }

/** Null: the kind is never in that state, or never tells. */
const EXPECTED: Record<ModelServerKind, Record<ImitatedState, Expected | null>> = {
  lemonade: {
    found: { models: LEMONADE_MODELS, context_size: 16384 },
    needs_key: NOTHING,
    no_model: NOTHING,
    loading: { models: ['Gemma-3-4b-it-GGUF', 'Qwen3-4B-GGUF', 'fireworks.kimi-k2p5'], context_size: null },
    busy: { models: LEMONADE_MODELS, context_size: 16384 },
  },
  ollama: {
    found: { models: OLLAMA_MODELS, context_size: 8192 },
    needs_key: NOTHING,
    no_model: NOTHING,
    loading: null,
    busy: NOTHING,
  },
  lm_studio: {
    found: { models: LM_STUDIO_MODELS, context_size: 8192 },
    needs_key: NOTHING,
    no_model: NOTHING,
    loading: { models: ['qwen/qwen3-4b'], context_size: null },
    busy: null,
  },
  llama_cpp: { found: LLAMA_CPP, needs_key: NOTHING, no_model: NOTHING, loading: NOTHING, busy: LLAMA_CPP },
  vllm: { found: VLLM, needs_key: NOTHING, no_model: null, loading: VLLM, busy: VLLM },
  koboldcpp: { found: KOBOLDCPP, needs_key: NOTHING, no_model: NOTHING, loading: null, busy: KOBOLDCPP },
  docker_model_runner: { found: DOCKER, needs_key: NOTHING, no_model: NOTHING, loading: DOCKER, busy: DOCKER },
}

const CASES = KINDS.flatMap((kind) =>
  (Object.keys(EXPECTED[kind]) as ImitatedState[]).flatMap((state) => {
    const expected = EXPECTED[kind][state]
    return expected ? [{ kind, state, expected }] : []
  }),
)

describe('each kind of server is told from all others by what it says', () => {
  test.each(CASES)('$kind, $state', async ({ kind, state, expected }) => {
    await using server = await startScriptedServer(imitationOf(kind, state))
    const table = await discover({ ports: allAt(server.port) })
    const { models, context_size, ...row } = rowOf(table, kind)
    expect(row).toMatchObject({ state, address: server.origin })
    expect(row.base_url).toMatch(new RegExp(`^${server.origin}(/api|/engines)?/v1$`))
    expect(row.next_step.text).not.toBe('')
    expect({ models: models.map(({ name }) => name), context_size }).toEqual(expected)
    for (const other of table.servers.filter((any) => any.kind !== kind)) {
      expect(other).toMatchObject({ state: 'unrecognised', base_url: null, models: [] })
      expect(other.next_step.text).toContain(`is ${row.name}`)
    }
    expect(modelServerTableSchema.parse(table)).toEqual(table)
  })

  test('an older LM Studio, by its older list', async () => {
    await using server = await startScriptedServer(imitateLmStudio('found', 'v0'))
    const row = rowOf(await discover({ ports: allAt(server.port) }), 'lm_studio')
    expect(row).toMatchObject({ state: 'found', context_size: 8192 })
    expect(row.models).toEqual([{ name: 'qwen/qwen3-4b', size_bytes: null, loaded: true, remote: false }])
  })

  test('vLLM on the second port of Lemonade leaves Lemonade refused', async () => {
    await using server = await startScriptedServer(imitateVllm('found'))
    const closed = await findClosedPort()
    const ports = allAt(closed, { lemonade: [closed, server.port], vllm: [server.port] })
    const table = await discover({ ports })
    expect(rowOf(table, 'vllm').state).toBe('found')
    expect(rowOf(table, 'lemonade').state).toBe('refused')
  })
})

test('F47: with no server at all, each kind is refused and says how to start it', async () => {
  const closed = await findClosedPort()
  const { servers } = await discover({ ports: allAt(closed) })
  expect(servers.map(({ kind }) => kind)).toEqual(KINDS)
  for (const row of servers) {
    expect(row).toMatchObject({ state: 'refused', address: `http://127.0.0.1:${closed}`, base_url: null, models: [] })
    expect(row.next_step).toEqual({
      text: expect.stringMatching(/^Nothing answers at /),
      command: expect.any(String),
    })
  }
})

describe('of several ports, the one that says most is told', () => {
  test('a server that was found, before anything else', async () => {
    await using garbage = await startScriptedServer(() => ({ text: '<p>' }))
    await using server = await startScriptedServer(imitationOf('lemonade', 'found'))
    const ports = allAt(garbage.port, { lemonade: [garbage.port, server.port] })
    expect(rowOf(await discover({ ports }), 'lemonade')).toMatchObject({ state: 'found', address: server.origin })
  })

  test('one that is ready, before one that is not', async () => {
    await using empty = await startScriptedServer(imitateOllama('no_model'))
    await using ready = await startScriptedServer(imitateOllama('found'))
    const ports = allAt(empty.port, { ollama: [empty.port, ready.port] })
    expect(rowOf(await discover({ ports }), 'ollama')).toMatchObject({ state: 'found', address: ready.origin })
  })

  test('something that answers, before nothing', async () => {
    await using garbage = await startScriptedServer(() => ({ text: '<p>' }))
    const ports = allAt(await findClosedPort())
    ports.lemonade = [...ports.lemonade, garbage.port]
    expect(rowOf(await discover({ ports }), 'lemonade')).toMatchObject({
      state: 'unrecognised',
      address: garbage.origin,
    })
  })
})

describe('what a server tells of its models', () => {
  test('size, whether it is in memory, and whether it is somebody else’s machine', async () => {
    await using server = await startScriptedServer(imitateOllama('found'))
    const { models } = rowOf(await discover({ ports: allAt(server.port) }), 'ollama')
    expect(models).toEqual([
      { name: 'qwen3:4b', size_bytes: 2620788260, loaded: true, remote: false },
      { name: 'llama3.2:latest', size_bytes: 2019393189, loaded: false, remote: false },
      { name: 'gpt-oss:120b-cloud', size_bytes: null, loaded: false, remote: true },
    ])
  })

  test.each([-1, 0, 1.5, '8192', null])('a context size of %j is none', async (context_length) => {
    const running = { json: { models: [{ name: 'qwen3:4b', context_length }] } }
    await using server = await startScriptedServer(changed(imitateOllama('found'), '/api/ps', running))
    const row = rowOf(await discover({ ports: allAt(server.port) }), 'ollama')
    expect(row).toMatchObject({ state: 'found', context_size: null, models: [{ loaded: true }, {}, {}] })
  })

  test('a server whose only models run elsewhere has none', async () => {
    const cloud = { name: 'gpt-oss:120b-cloud', remote_host: 'https://ollama.com:443', size: 384 }
    const respond = changed(imitateOllama('found'), '/api/tags', { json: { models: [cloud] } })
    await using server = await startScriptedServer(respond)
    expect(rowOf(await discover({ ports: allAt(server.port) }), 'ollama').state).toBe('no_model')
  })

  test('the command to use it is one that can be copied', async () => {
    await using server = await startScriptedServer(imitateOllama('found'))
    const { next_step } = rowOf(await discover({ ports: allAt(server.port) }), 'ollama')
    expect(next_step.command).toBe(`npm start -- --model-url ${server.origin}/v1 --model qwen3:4b`)
  })

  test.each(['x; rm -rf ~', '$(id)', '`id`', '--port', 'a b', "x'y"])(
    'the name %j gets into no command',
    async (name) => {
      const respond = changed(imitateOllama('found'), '/api/tags', { json: { models: [{ name, size: 1 }] } })
      await using server = await startScriptedServer(respond)
      const row = rowOf(await discover({ ports: allAt(server.port) }), 'ollama')
      expect(row.models.map((model) => model.name)).toEqual([name])
      expect(row.next_step.command).toBeNull()
    },
  )

  test('a name that cannot be shown honestly is left out', async () => {
    const names = ['a\nb', 'a\u202eb', 'a\u0000b', 'a\ud800', '', 'x'.repeat(600), 'fine']
    const respond = changed(imitateOllama('found'), '/api/tags', { json: { models: names.map((name) => ({ name })) } })
    await using server = await startScriptedServer(respond)
    const row = rowOf(await discover({ ports: allAt(server.port) }), 'ollama')
    expect(row.models.map((model) => model.name)).toEqual(['fine'])
  })
})
