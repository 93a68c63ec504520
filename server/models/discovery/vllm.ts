import { z } from 'zod'
import type { Capability } from '../../../protocol/model-server.ts'
import { CONTINUE_MESSAGE, UNFINISHED_MESSAGES } from './continuation.ts'
import { lenient, lenientList, readAs, readMetric, tokenCountSchema, versionSchema, wantsKey } from './server-answer.ts'
import type { ServerClient } from './server-client.ts'
import { type ServerKind, UNKNOWN_CAPABILITIES } from './server-kind.ts'
import { reportModels, reportRefusal } from './server-report.ts'

const MODELS = '/v1/models'

const modelsSchema = z.object({
  data: lenientList(z.object({ id: z.string(), owned_by: lenient(z.string()), max_model_len: tokenCountSchema })),
})

const UNAUTHORIZED = /^\s*\{\s*"error"\s*:\s*"Unauthorized"\s*\}\s*$/

/** vLLM. It does not listen before its model is in memory, so `loading` is seen only of one that says it is unwell. */
export const vllm: ServerKind = {
  kind: 'vllm',
  name: 'vLLM',
  ports: [8000],
  apiPath: '/v1',
  advice: {
    start: { text: 'Start vLLM with a model.', command: 'vllm serve Qwen/Qwen3-4B' },
    addModel: { text: 'Start vLLM with a model.', command: 'vllm serve Qwen/Qwen3-4B' },
    key: 'It is what vLLM was started with as --api-key, or VLLM_API_KEY.',
  },

  async recognise(server) {
    if (!readAs(await server.get('/version'), versionSchema)) return false
    const answer = await server.get(MODELS)
    // A key guards /v1 and nothing else.
    if (wantsKey(answer)) return UNAUTHORIZED.test(answer.body)
    return readAs(answer, modelsSchema)?.data.some((model) => model.owned_by === 'vllm') ?? false
  },

  async readState(server) {
    const answer = await server.get(MODELS)
    const list = readAs(answer, modelsSchema)
    if (!list) return reportRefusal(answer)
    const isReady = (await server.get('/health')).status === 200
    const metrics = await server.get('/metrics')
    return reportModels({
      models: list.data.map((model) => ({ name: model.id, isLoaded: isReady })),
      contextSize: list.data[0]?.max_model_len ?? null,
      isLoading: !isReady,
      isBusy: (readMetric(metrics.body, 'vllm:num_requests_waiting') ?? 0) > 0,
    })
  },

  async readCapabilities(server, model) {
    const list = readAs(await server.get(MODELS), modelsSchema)
    return {
      ...UNKNOWN_CAPABILITIES,
      continues_message: await readContinuation(server, model),
      context_size: list?.data.find((other) => other.id === model)?.max_model_len ?? null,
    }
  },
}

/** The tokens that a request would become: nothing is generated. A template that cannot be left open is refused. */
async function readContinuation(server: ServerClient, model: string): Promise<Capability> {
  const { status } = await server.post('/tokenize', { model, messages: UNFINISHED_MESSAGES, ...CONTINUE_MESSAGE })
  if (status === 200) return 'yes'
  return status === 400 || status === 422 ? 'no' : 'unknown'
}
