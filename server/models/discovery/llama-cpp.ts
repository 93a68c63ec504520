import { z } from 'zod'
import type { Capability } from '../../../protocol/model-server.ts'
import { CONTINUE_MESSAGE, UNFINISHED_MESSAGES, UNFINISHED_TEXT } from './continuation.ts'
import { lenient, lenientList, readAs, readMetric, tokenCountSchema, wantsKey } from './server-answer.ts'
import type { ServerAnswer, ServerClient } from './server-client.ts'
import { type ServerKind, toCapability, UNKNOWN_CAPABILITIES } from './server-kind.ts'
import { isChatModelName, reportModels, reportRefusal } from './server-report.ts'

const loadingSchema = z.object({ error: z.object({ message: z.literal('Loading model') }) })

const modelsSchema = z.object({
  data: lenientList(
    z.object({
      id: z.string(),
      owned_by: lenient(z.string()),
      meta: lenient(z.object({ size: lenient(z.number()) })),
      /** Only from a router, which loads models as they are asked for. */
      status: lenient(z.object({ value: z.string() })),
    }),
  ),
})

const propsSchema = z.object({
  default_generation_settings: lenient(z.object({ n_ctx: tokenCountSchema })),
  total_slots: lenient(z.number()),
  modalities: lenient(z.object({ vision: lenient(z.boolean()) })),
  chat_template_caps: lenient(z.object({ supports_tools: lenient(z.boolean()) })),
  is_sleeping: lenient(z.boolean()),
})

/**
 * llama.cpp's `llama-server`. All that is asked here is exempt from its idle timer: looking neither wakes a sleeping
 * model nor keeps one awake. That is why `/slots` is not asked, though it would tell best how busy the server is.
 */
export const llamaCpp: ServerKind = {
  kind: 'llama_cpp',
  name: 'llama.cpp',
  ports: [8080, 9931], // the default was 8080, and is 9931 from late 2026 on
  apiPath: '/v1',
  advice: {
    start: {
      text: 'Start llama-server with a model.',
      command: 'llama-server -hf ggml-org/gemma-3-4b-it-GGUF --port 8080',
    },
    addModel: {
      text: 'Start llama-server with a model.',
      command: 'llama-server -hf ggml-org/gemma-3-4b-it-GGUF --port 8080',
    },
    key: 'It is what llama-server was started with as --api-key.',
  },

  async recognise(server) {
    const health = await server.get('/health')
    if (health.software === 'llama.cpp' || isLoading(health)) return true
    const list = readAs(await server.get('/v1/models'), modelsSchema)
    return list?.data.some((model) => model.owned_by === 'llamacpp') ?? false
  },

  async readState(server) {
    const answer = await server.get('/v1/models')
    const list = readAs(answer, modelsSchema)
    if (!list) return reportRefusal(answer)
    // The list is public; /props is not where a key is set.
    const propsAnswer = await server.get('/props')
    if (wantsKey(propsAnswer)) return reportRefusal(propsAnswer)
    const props = readAs(propsAnswer, propsSchema)
    const models = list.data.filter((model) => isChatModelName(model.id))
    return reportModels({
      models: models.map((model) => ({
        name: model.id,
        sizeBytes: model.meta?.size ?? null,
        isLoaded: model.status ? model.status.value === 'loaded' : props?.is_sleeping !== true,
      })),
      contextSize: props?.default_generation_settings?.n_ctx ?? null,
      isLoading: models.some((model) => /^(loading|downloading)$/.test(model.status?.value ?? '')),
      isBusy: isBusy((await server.get('/metrics')).body, props?.total_slots ?? null),
    })
  },

  async readCapabilities(server, model) {
    const query = `?model=${encodeURIComponent(model)}&autoload=false`
    const props = readAs(await server.get(`/props${query}`), propsSchema)
    if (!props) return UNKNOWN_CAPABILITIES
    return {
      continues_message: await readContinuation(server, model),
      // `return_progress` is older than sleeping, so a server that knows of the one knows the other.
      reports_progress: props.is_sleeping === null ? 'unknown' : 'yes',
      tools: toCapability(props.chat_template_caps?.supports_tools),
      vision: toCapability(props.modalities?.vision),
      context_size: props.default_generation_settings?.n_ctx ?? null,
    }
  },
}

/** The prompt that a request would become: nothing is generated. */
async function readContinuation(server: ServerClient, model: string): Promise<Capability> {
  const request = { model, messages: UNFINISHED_MESSAGES, ...CONTINUE_MESSAGE }
  const answer = await server.post('/apply-template?autoload=false', request)
  if (answer.status === 400 || answer.status === 500) return 'no'
  const applied = readAs(answer, z.object({ prompt: z.string() }))
  if (!applied) return 'unknown'
  return applied.prompt.trimEnd().endsWith(UNFINISHED_TEXT) ? 'yes' : 'no'
}

function isLoading({ status, body }: ServerAnswer): boolean {
  return status === 503 && readAs({ status: 200, body, software: '' }, loadingSchema) !== null
}

/** Only where the server was started with `--metrics`; without it, that it is busy cannot be told. */
function isBusy(metrics: string, slots: number | null): boolean {
  const waiting = readMetric(metrics, 'llamacpp:requests_deferred') ?? 0
  const running = readMetric(metrics, 'llamacpp:requests_processing') ?? 0
  return waiting > 0 || (slots !== null && slots > 0 && running >= slots)
}
