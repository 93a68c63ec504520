import { hasKey, type ImitatedState } from './imitated-state.ts'
import type { Reply, Respond } from './scripted-server.ts'

const NEEDS_TOKEN = {
  error: {
    type: 'invalid_request',
    code: 'invalid_api_key',
    message:
      "An LM Studio API token is required to make requests to this server, but none was provided using the Authorization header using the 'Bearer' scheme (i.e., 'Authorization: Bearer $LM_API_TOKEN'). Learn more at: https://lmstudio.ai/docs/developer/core/authentication.",
  },
}

/**
 * LM Studio 0.4 (`v1`) or 0.3 (`v0`): shapes from its docs for `/api/v1/models` and `/api/v0/models`. It answers 200 to
 * what it does not know, and 401 to everything once it wants a token. It does not tell that it is busy: that is a proxy.
 * `loading` is a state of the older list.
 */
export function imitateLmStudio(
  state: ImitatedState,
  version: 'v1' | 'v0' = state === 'loading' ? 'v0' : 'v1',
): Respond {
  return (request) => {
    if (state === 'needs_key' && !hasKey(request)) return { status: 401, json: NEEDS_TOKEN }
    if (request.method === 'GET') {
      const reply = version === 'v1' ? answerV1(state, request.path) : answerV0(state, request.path)
      if (reply) return reply
    }
    return { json: { error: `Unexpected endpoint or method. (${request.method} ${request.path})` } }
  }
}

function answerV1(state: ImitatedState, path: string): Reply | null {
  if (path !== '/api/v1/models') return answerV0(state, path)
  return { json: { models: state === 'no_model' ? [] : [notLoaded, embedding, inMemory] } }
}

function answerV0(state: ImitatedState, path: string): Reply | null {
  if (path !== '/api/v0/models') return null
  if (state === 'no_model') return { json: { object: 'list', data: [] } }
  const qwen = {
    id: 'qwen/qwen3-4b',
    object: 'model',
    type: 'vlm',
    publisher: 'qwen',
    arch: 'qwen3',
    compatibility_type: 'gguf',
    quantization: 'Q4_K_M',
    state: state === 'loading' ? 'loading' : 'loaded',
    max_context_length: 40960,
    ...(state === 'loading' ? {} : { loaded_context_length: 8192 }),
    capabilities: ['tool_use'],
  }
  const nomic = { id: 'text-embedding-nomic-embed-text-v1.5', object: 'model', type: 'embeddings', state: 'not-loaded' }
  return { json: { object: 'list', data: [nomic, qwen] } }
}

const inMemory = {
  type: 'llm',
  publisher: 'qwen',
  key: 'qwen/qwen3-4b',
  display_name: 'Qwen3 4B',
  architecture: 'qwen3',
  quantization: { name: 'Q4_K_M', bits_per_weight: 4 },
  size_bytes: 2497281120,
  params_string: '4B',
  loaded_instances: [{ id: 'qwen/qwen3-4b', config: { context_length: 8192, flash_attention: true } }],
  max_context_length: 40960,
  format: 'gguf',
  capabilities: { vision: false, trained_for_tool_use: true },
  description: null,
}
const notLoaded = {
  ...inMemory,
  key: 'gemma-3-270m-it-qat',
  size_bytes: 241410208,
  loaded_instances: [],
  capabilities: { vision: false, trained_for_tool_use: false },
}
const embedding = {
  type: 'embedding',
  publisher: 'gaianet',
  key: 'text-embedding-nomic-embed-text-v1.5-embedding',
  display_name: 'Nomic Embed Text v1.5',
  quantization: { name: 'F16', bits_per_weight: 16 },
  size_bytes: 274290560,
  params_string: null,
  loaded_instances: [],
  max_context_length: 2048,
  format: 'gguf',
}
