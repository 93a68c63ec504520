import { byRoute, hasKey, type ImitatedState } from './imitated-state.ts'
import type { Reply, Respond, SeenRequest } from './scripted-server.ts'

const HEADERS = { server: 'llama.cpp' }
const PUBLIC = new Set(['/', '/health', '/v1/health', '/models', '/v1/models'])
const MODEL = 'ggml-org/gemma-3-4b-it-GGUF'

/** What its chat template makes of an unfinished message: goes on in it, opens a new one, or refuses. */
export type Template = 'continues' | 'opens_new' | 'refuses'

/**
 * llama.cpp's `llama-server`: shapes from its `tools/server/README.md` and `server-http.cpp`. While it loads it answers 503
 * to everything; with a key, health and list stay public. `no_model` is a router without models.
 */
export function imitateLlamaCpp(state: ImitatedState, template: Template = 'continues'): Respond {
  const routes = byRoute(
    {
      'GET /health': { json: { status: 'ok' }, headers: HEADERS },
      'GET /v1/models': { json: { object: 'list', data: state === 'no_model' ? [] : [model] }, headers: HEADERS },
      'GET /props': { json: state === 'no_model' ? { role: 'router' } : props, headers: HEADERS },
      'GET /slots': { json: [{ id: 0, is_processing: state === 'busy' }], headers: HEADERS },
      'GET /metrics': {
        text: `# TYPE llamacpp:requests_processing gauge\nllamacpp:requests_processing ${state === 'busy' ? 1 : 0}\nllamacpp:requests_deferred ${state === 'busy' ? 3 : 0}\n`,
        headers: HEADERS,
      },
      'POST /apply-template': (request) => applyTemplate(request, template),
    },
    () => error(404, 'File Not Found', 'not_found_error'),
  )
  return (request) => {
    if (state === 'loading') return error(503, 'Loading model', 'unavailable_error')
    if (state === 'needs_key' && !PUBLIC.has(request.path) && !hasKey(request)) {
      return error(401, 'Invalid API Key', 'authentication_error')
    }
    return routes(request)
  }
}

function error(code: number, message: string, type: string): Reply {
  return { status: code, json: { error: { code, message, type } }, headers: HEADERS }
}

function applyTemplate({ body }: SeenRequest, template: Template): Reply {
  const { messages } = JSON.parse(body)
  if (template === 'refuses') {
    return error(400, 'Assistant response prefill is incompatible with enable_thinking.', 'invalid_request_error')
  }
  const open = `<start_of_turn>model\n${messages.at(-1).content}`
  return { json: { prompt: template === 'continues' ? open : `${open}<end_of_turn>\n<start_of_turn>model\n` } }
}

const model = {
  id: MODEL,
  object: 'model',
  architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
  created: 1735142223,
  owned_by: 'llamacpp',
  meta: { vocab_type: 2, n_vocab: 262144, n_ctx_train: 131072, n_embd: 2560, n_params: 3880099328, size: 2489894016 },
}
const props = {
  default_generation_settings: { id: 0, id_task: -1, n_ctx: 32768, speculative: false, is_processing: false },
  total_slots: 1,
  model_path: '/models/gemma-3-4b-it-Q4_K_M.gguf',
  chat_template: '...',
  chat_template_caps: { supports_tools: true, supports_tool_calls: true, supports_system_role: true },
  modalities: { vision: true, audio: false },
  build_info: 'b8681-3d0a1d4c',
  is_sleeping: false,
}
