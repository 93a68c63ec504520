import { byRoute, hasKey, type ImitatedState } from './imitated-state.ts'
import type { Respond } from './scripted-server.ts'

/**
 * Docker Model Runner: shapes from `docker/model-runner` (`pkg/server`, `pkg/inference`). It has no key: `needs_key` is a
 * proxy in front of it. It answers Ollama's questions too.
 */
export function imitateDockerModelRunner(state: ImitatedState): Respond {
  const isEmpty = state === 'no_model'
  const runner = {
    backend_name: 'llama.cpp',
    model_name: 'ai/qwen3:latest',
    mode: 'completion',
    last_used: '2026-09-01T10:00:00Z',
    ...(state === 'busy' ? { in_use: true } : {}),
    ...(state === 'loading' ? { loading: true } : {}),
  }
  return byRoute(
    {
      'GET /': { text: 'Docker Model Runner is running' },
      'GET /version': { json: { version: 'v1.1.2' } },
      'GET /engines/v1/models': (request) =>
        state === 'needs_key' && !hasKey(request)
          ? { status: 403, text: 'Forbidden' }
          : { json: { object: 'list', data: isEmpty ? [] : [card('ai/mxbai-embed-large'), card('ai/qwen3')] } },
      'GET /models': { json: isEmpty ? [] : [stored] },
      'GET /engines/ps': { json: isEmpty ? [] : [runner] },
      'GET /api/version': { json: { version: '0.1.0' } },
      'GET /api/tags': { json: { models: [] } },
    },
    () => ({ status: 404, text: '404 page not found' }),
  )
}

function card(id: string) {
  return { id, object: 'model', created: 1735142223, owned_by: 'docker' }
}

const stored = {
  id: 'sha256:354bf30d0aa3',
  tags: ['docker.io/ai/qwen3:latest'],
  created: 1735142223,
  config: { format: 'gguf', quantization: 'Q4_K_M', parameters: '4.02 B', size: '2.5 GiB', context_size: 4096 },
}
