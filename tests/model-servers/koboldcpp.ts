import { byRoute, hasKey, type ImitatedState } from './imitated-state.ts'
import type { Respond } from './scripted-server.ts'

/**
 * KoboldCpp 1.10x: shapes from `koboldcpp.py`. It answers Ollama's and llama.cpp's questions too, and names its model in the
 * OpenAI list even to those without its password. It does not listen while it loads.
 */
export function imitateKoboldCpp(state: Exclude<ImitatedState, 'loading'>): Respond {
  const headers = { server: 'ConcedoLlamaForKoboldServer' }
  const isLocked = state === 'needs_key'
  const name = state === 'no_model' ? 'inactive' : 'koboldcpp/Qwen3-4B-Q4_K_M'
  const capabilities = {
    result: 'KoboldCpp',
    version: '1.113.2',
    protected: isLocked,
    llm: state !== 'no_model',
    txt2img: false,
    vision: true,
    audio: false,
    jinja: false,
    admin: 0,
  }
  return byRoute(
    {
      'GET /': { text: `<!doctype html>${' '.repeat(1_200_000)}<title>KoboldAI Lite</title>`, headers },
      'GET /api/extra/version': { json: capabilities, headers },
      'GET /api/v1/model': (request) => ({
        json: { result: isLocked && !hasKey(request) ? 'koboldcpp/protected-model' : name },
        headers,
      }),
      'GET /api/extra/true_max_context_length': { json: { value: 20480 }, headers },
      'GET /api/extra/perf': {
        json: { idle: state === 'busy' ? 0 : 1, queue: 0, uptime: 12.5, quiet: false },
        headers,
      },
      'GET /v1/models': {
        json: { object: 'list', data: [{ id: name, object: 'model', owned_by: 'koboldcpp', root: 'koboldcpp' }] },
        headers,
      },
      'GET /api/version': { json: { version: '0.7.0' }, headers },
      'GET /api/tags': { json: { models: [{ name: 'koboldcpp', model: `${name}:latest`, size: 394998579 }] }, headers },
      'GET /props': { json: { total_slots: 1, default_generation_settings: { n_ctx: 20480 } }, headers },
    },
    ({ path }) =>
      path === '/api/v1'
        ? { status: 302, headers: { location: '/api' }, text: '' }
        : { status: 404, text: 'Error: KoboldCpp HTTP Server is running, but this endpoint does not exist.', headers },
  )
}
