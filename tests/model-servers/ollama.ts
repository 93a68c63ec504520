import { byRoute, hasKey, type ImitatedState } from './imitated-state.ts'
import type { Respond } from './scripted-server.ts'

/**
 * Ollama 0.2x: shapes from its `docs/api.md`. It has no key and no queue to be full on these paths of its own: `needs_key`
 * and `busy` are what a proxy in front of `/api/tags` says. That it loads a model, it does not tell.
 */
export function imitateOllama(state: Exclude<ImitatedState, 'loading'>): Respond {
  const isEmpty = state === 'no_model'
  return byRoute(
    {
      'GET /': { text: 'Ollama is running' },
      'GET /api/version': { json: { version: '0.24.1' } },
      'GET /api/tags': (request) => {
        if (state === 'needs_key' && !hasKey(request)) return { status: 401, text: '401 Authorization Required' }
        if (state === 'busy') {
          return { status: 503, json: { error: 'server busy, please try again.  maximum pending requests exceeded' } }
        }
        return { json: { models: isEmpty ? [tags.embedding] : Object.values(tags) } }
      },
      'GET /api/ps': { json: { models: isEmpty ? [] : [running] } },
      'GET /v1/models': { json: { object: 'list', data: [{ id: 'qwen3:4b', object: 'model', owned_by: 'library' }] } },
      'POST /api/show': ({ body }) =>
        JSON.parse(body).model === 'qwen3:4b'
          ? {
              json: {
                capabilities: ['completion', 'tools', 'thinking'],
                model_info: { 'qwen3.context_length': 40960 },
              },
            }
          : { status: 404, json: { error: 'model not found' } },
      'POST /v1/chat/completions': { text: 'data: {"choices":[{"delta":{"content":"alpha beta gamma"}}]}\n\n' },
    },
    () => ({ status: 404, text: '404 page not found' }),
  )
}

const details = {
  parent_model: '',
  format: 'gguf',
  family: 'qwen3',
  parameter_size: '4.0B',
  quantization_level: 'Q4_K_M',
}
const tags = {
  embedding: {
    name: 'nomic-embed-text:latest',
    model: 'nomic-embed-text:latest',
    size: 274302450,
    digest: '0a',
    details,
  },
  cloud: {
    name: 'gpt-oss:120b-cloud',
    model: 'gpt-oss:120b-cloud',
    remote_model: 'gpt-oss:120b',
    remote_host: 'https://ollama.com:443',
    size: 384,
    digest: '0b',
  },
  other: { name: 'llama3.2:latest', model: 'llama3.2:latest', size: 2019393189, digest: '0c', details },
  chat: { name: 'qwen3:4b', model: 'qwen3:4b', size: 2620788260, digest: '0d', details },
}
const running = { name: 'qwen3:4b', model: 'qwen3:4b', size: 5137025024, size_vram: 5137025024, context_length: 8192 }
