import { byRoute, hasKey, type ImitatedState } from './imitated-state.ts'
import type { Respond } from './scripted-server.ts'

/**
 * Lemonade Server 11: shapes from its `docs/api/lemonade.md`, `docs/api/openai.md` and `docs/api/ollama.md`; the per-model
 * `status` from its issue 3238. It answers all of Ollama's questions too.
 */
export function imitateLemonade(state: ImitatedState): Respond {
  const isEmpty = state === 'no_model'
  const guarded = byRoute(routes(state, isEmpty), () => ({
    status: 404,
    json: { error: { message: 'The requested endpoint does not exist', type: 'not_found' } },
  }))
  return (request) => {
    if (request.path === '/live') return { json: { status: 'ok' } }
    if (request.path === '/') return { text: 'Ollama is running' }
    if (state === 'needs_key' && !hasKey(request)) {
      return { status: 401, json: { error: { message: 'Invalid or missing API key', type: 'authentication_error' } } }
    }
    return guarded(request)
  }
}

function routes(state: ImitatedState, isEmpty: boolean) {
  const models = { json: { object: 'list', data: isEmpty ? [listed.whisper] : Object.values(listed) } }
  const health = {
    json: {
      status: 'ok',
      version: '11.7.0',
      websocket_port: 9000,
      model_loaded: isEmpty ? null : 'Qwen3-4B-GGUF',
      all_models_loaded: isEmpty ? [] : [loaded(state)],
      max_models: { audio: 1, embedding: 1, image: 1, llm: 1, reranking: 1, tts: 1 },
    },
  }
  return {
    'GET /api/v1/health': health,
    'GET /v1/health': health,
    'GET /api/v1/models': models,
    'GET /v1/models': models,
    'GET /api/version': { json: { version: '0.16.1' } },
    'GET /api/tags': { json: { models: [{ name: 'Qwen3-4B-GGUF:latest', model: 'Qwen3-4B-GGUF:latest', size: 1 }] } },
    'GET /api/ps': { json: { models: [] } },
    'POST /api/v1/chat/completions': {
      text: 'data: {"choices":[{"delta":{"content":"ma delta"}}]}\n\ndata: [DONE]\n\n',
    },
  }
}

function loaded(state: ImitatedState) {
  return {
    model_name: 'Qwen3-4B-GGUF',
    checkpoint: 'unsloth/Qwen3-4B-GGUF:Q4_K_M',
    last_use: 1732123456.789,
    type: 'llm',
    device: 'gpu',
    recipe: 'llamacpp',
    pid: 12345,
    status: state === 'loading' ? 'loading' : state === 'busy' ? 'in_use' : 'ready',
    recipe_options: { ctx_size: 16384, llamacpp_backend: 'vulkan' },
    backend_url: 'http://127.0.0.1:8001/v1',
  }
}

const common = { object: 'model', created: 1744173590, owned_by: 'lemonade', downloaded: true, suggested: true }
const listed = {
  vision: { ...common, id: 'Gemma-3-4b-it-GGUF', recipe: 'llamacpp', size: 3.61, labels: ['hot', 'vision'] },
  chat: {
    ...common,
    id: 'Qwen3-4B-GGUF',
    checkpoint: 'unsloth/Qwen3-4B-GGUF:Q4_K_M',
    recipe: 'llamacpp',
    size: 2.5,
    max_context_window: 40960,
    context_length: 16384,
    labels: ['chat', 'reasoning', 'tool-calling'],
  },
  embedding: { ...common, id: 'nomic-embed-text-v1-GGUF', recipe: 'llamacpp', size: 0.08, labels: ['embeddings'] },
  whisper: { ...common, id: 'Whisper-Base', recipe: 'whispercpp', size: 0.15, labels: ['transcription'] },
  cloud: { ...common, id: 'fireworks.kimi-k2p5', recipe: 'cloud', cloud_provider: 'fireworks', labels: ['chat'] },
}
