import { byRoute, hasKey, type ImitatedState } from './imitated-state.ts'
import type { Respond } from './scripted-server.ts'

/**
 * vLLM: its model card, and that a key guards `/v1` alone, from its source. It has a model as long as it runs and listens
 * only then; `loading` is one whose health is 503, `no_model` cannot be.
 */
export function imitateVllm(state: Exclude<ImitatedState, 'no_model'>): Respond {
  const headers = { server: 'uvicorn' }
  const routes = byRoute(
    {
      'GET /health': { status: state === 'loading' ? 503 : 200, text: '', headers },
      'GET /version': { json: { version: '0.19.1' }, headers },
      'GET /v1/models': { json: { object: 'list', data: [card] }, headers },
      'GET /metrics': {
        text: `# TYPE vllm:num_requests_waiting gauge\nvllm:num_requests_waiting{engine="0",model_name="Qwen/Qwen3-4B"} ${state === 'busy' ? '7.0' : '0.0'}\n`,
        headers,
      },
      'POST /tokenize': ({ body }) =>
        JSON.parse(body).continue_final_message
          ? { json: { count: 3, max_model_len: 40960, tokens: [1, 2, 3] }, headers }
          : { status: 400, json: { error: { message: 'bad', type: 'BadRequestError' } }, headers },
    },
    () => ({ status: 404, json: { detail: 'Not Found' }, headers }),
  )
  return (request) => {
    const isGuarded = state === 'needs_key' && request.path.startsWith('/v1')
    return isGuarded && !hasKey(request) ? { status: 401, json: { error: 'Unauthorized' }, headers } : routes(request)
  }
}

const card = {
  id: 'Qwen/Qwen3-4B',
  object: 'model',
  created: 1735142223,
  owned_by: 'vllm',
  root: 'Qwen/Qwen3-4B',
  parent: null,
  max_model_len: 40960,
  permission: [{ id: 'modelperm-1', object: 'model_permission', allow_sampling: true, organization: '*' }],
}
