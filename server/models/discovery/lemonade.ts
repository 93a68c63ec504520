import { z } from 'zod'
import { lenient, lenientList, readAs, tokenCountSchema, wantsKey } from './server-answer.ts'
import { type ServerKind, toCapability, UNKNOWN_CAPABILITIES } from './server-kind.ts'
import { isChatModelName, reportModels, reportRefusal } from './server-report.ts'

const HEALTH = '/api/v1/health'
const MODELS = '/api/v1/models'
const BYTES_PER_GB = 1_000_000_000
const NO_CHAT_LABELS = new Set(
  'embedding embeddings reranking transcription image tts audio-generation classification classifier 3d'.split(' '),
)

const loadedModelSchema = z.object({
  model_name: z.string(),
  type: lenient(z.string()),
  /** `ready`, `loading`, `in_use`, `error`; servers before 10 leave it out. */
  status: lenient(z.string()),
  recipe_options: lenient(z.object({ ctx_size: tokenCountSchema })),
})

const healthSchema = z
  .object({
    status: z.string(),
    model_loaded: z.string().nullish().catch(null),
    all_models_loaded: lenientList(loadedModelSchema).optional(),
  })
  .refine((health) => health.all_models_loaded !== undefined || health.model_loaded !== undefined)

const modelsSchema = z.object({
  data: lenientList(
    z.object({
      id: z.string(),
      size: lenient(z.number()),
      downloaded: lenient(z.boolean()),
      labels: lenient(z.array(z.string())),
      recipe: lenient(z.string()),
      context_length: tokenCountSchema,
    }),
  ),
})
type Listed = z.infer<typeof modelsSchema>['data'][number]

/** AMD's Lemonade Server. It also answers all of Ollama's questions, even "Ollama is running". */
export const lemonade: ServerKind = {
  kind: 'lemonade',
  name: 'Lemonade',
  ports: [13305, 8000],
  apiPath: '/api/v1',
  advice: {
    start: { text: 'Open the Lemonade app, or start its server.', command: 'lemond' },
    addModel: { text: 'Download a model in the Lemonade app, or here.', command: 'lemonade pull Qwen3-4B-GGUF' },
    key: 'It is what LEMONADE_API_KEY was set to when Lemonade was started.',
  },

  async recognise(server) {
    const health = await server.get(HEALTH)
    if (readAs(health, healthSchema)) return true
    // With a key set, only /live answers without it.
    return wantsKey(health) && readAs(await server.get('/live'), z.strictObject({ status: z.literal('ok') })) !== null
  },

  async readState(server) {
    const health = readAs(await server.get(HEALTH), healthSchema)
    const answer = await server.get(MODELS)
    const list = readAs(answer, modelsSchema)
    if (!health) return reportRefusal(await server.get(HEALTH))
    if (!list) return reportRefusal(answer)
    const inMemory = (health.all_models_loaded ?? []).filter((model) => model.type === null || model.type === 'llm')
    const ready = inMemory.filter((model) => model.status !== 'loading' && model.status !== 'error')
    const chat = list.data.filter((model) => model.downloaded !== false && canChat(model))
    return reportModels({
      models: chat.map((model) => ({
        name: model.id,
        sizeBytes: model.size === null ? null : model.size * BYTES_PER_GB,
        isLoaded: health.all_models_loaded
          ? ready.some((loaded) => loaded.model_name === model.id)
          : health.model_loaded === model.id,
        isRemote: model.recipe === 'cloud',
      })),
      contextSize: ready[0]?.recipe_options?.ctx_size ?? contextOf(chat, ready[0]?.model_name),
      isLoading: inMemory.some((model) => model.status === 'loading'),
      isBusy: ready.length > 0 && ready.every((model) => model.status === 'in_use'),
    })
  },

  async readCapabilities(server, model) {
    const list = readAs(await server.get(MODELS), modelsSchema)?.data ?? []
    const { labels, recipe } = list.find((other) => other.id === model) ?? {}
    const inMemory = readAs(await server.get(HEALTH), healthSchema)?.all_models_loaded
    const loaded = inMemory?.find((other) => other.model_name === model)
    return {
      ...UNKNOWN_CAPABILITIES,
      // since it tells of all its models it hands requests and streams of llama.cpp on as they are (its streaming_proxy.cpp)
      reports_progress: inMemory && recipe === 'llamacpp' ? 'yes' : 'unknown',
      tools: labels?.includes('tool-calling') ? 'yes' : 'unknown',
      vision: toCapability(labels?.includes('vision')),
      context_size: loaded?.recipe_options?.ctx_size ?? contextOf(list, model),
    }
  },
}

/** A model with none of these labels takes the deployment of its recipe; by the name, where that is not to be seen. */
function canChat({ id, labels }: Listed): boolean {
  if (!labels || labels.length === 0) return isChatModelName(id)
  return !labels.some((label) => NO_CHAT_LABELS.has(label))
}

function contextOf(models: readonly Listed[], name: string | undefined): number | null {
  return models.find((model) => model.id === name)?.context_length ?? null
}
