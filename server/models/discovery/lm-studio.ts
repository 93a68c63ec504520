import { z } from 'zod'
import type { Capability } from '../../../protocol/model-server.ts'
import { lenient, lenientList, readAs, tokenCountSchema, wantsKey } from './server-answer.ts'
import type { ServerAnswer, ServerClient } from './server-client.ts'
import { type ServerKind, toCapability, UNKNOWN_CAPABILITIES } from './server-kind.ts'
import { reportModels, reportRefusal } from './server-report.ts'

const V1_MODELS = '/api/v1/models'
const V0_MODELS = '/api/v0/models'

/** LM Studio 0.4 and later. */
const v1Schema = z.object({
  models: lenientList(
    z.object({
      type: z.string(),
      key: z.string(),
      size_bytes: lenient(z.number()),
      loaded_instances: lenientList(z.object({ config: lenient(z.object({ context_length: tokenCountSchema })) })),
      capabilities: lenient(z.object({ vision: lenient(z.boolean()), trained_for_tool_use: lenient(z.boolean()) })),
    }),
  ),
})

const v0Schema = z.object({
  data: lenientList(
    z.object({
      id: z.string(),
      type: z.string(),
      state: z.string(),
      loaded_context_length: tokenCountSchema,
      capabilities: lenient(z.array(z.string())),
    }),
  ),
})

interface StudioModel {
  readonly name: string
  readonly sizeBytes: number | null
  readonly isLoaded: boolean
  readonly isLoading: boolean
  readonly contextSize: number | null
  readonly tools: Capability
  readonly vision: Capability
}

export const lmStudio: ServerKind = {
  kind: 'lm_studio',
  name: 'LM Studio',
  ports: [1234],
  apiPath: '/v1',
  advice: {
    start: { text: 'Start its server on the Developer page of LM Studio, or here.', command: 'lms server start' },
    addModel: { text: 'Download a model in LM Studio, or here.', command: 'lms get qwen/qwen3-4b' },
    key: 'LM Studio makes one on its Developer page, under Server Settings.',
  },

  async recognise(server) {
    const answer = await server.get(V1_MODELS)
    if (wantsKey(answer)) return /LM Studio API token/i.test(answer.body)
    if (isModelList(answer)) return true
    // Before 0.4 it answers 200 and this sentence to every path that it does not know.
    return answer.status === 200 && /"Unexpected endpoint or method\. /.test(answer.body)
  },

  async readState(server) {
    const models = await readModels(server)
    if (!models) return reportRefusal(await server.get(V1_MODELS))
    return reportModels({
      models,
      contextSize: models.find((model) => model.isLoaded)?.contextSize ?? null,
      isLoading: models.some((model) => model.isLoading),
    })
  },

  async readCapabilities(server, model) {
    const found = (await readModels(server))?.find(({ name }) => name === model)
    if (!found) return UNKNOWN_CAPABILITIES
    const { tools, vision, contextSize } = found
    return { ...UNKNOWN_CAPABILITIES, tools, vision, context_size: contextSize }
  },
}

/** A list of no models, or of some that are described as LM Studio does. */
function isModelList(answer: ServerAnswer): boolean {
  const list = readAs(answer, z.object({ models: z.array(z.unknown()) }))
  return list?.models.length === 0 || (readAs(answer, v1Schema)?.models.length ?? 0) > 0
}

/** Those that can chat, from the newer list or else the older one. */
async function readModels(server: ServerClient): Promise<readonly StudioModel[] | null> {
  const v1 = readAs(await server.get(V1_MODELS), v1Schema)
  if (v1) {
    const chat = v1.models.filter((model) => model.type === 'llm')
    return chat.map((model) => ({
      name: model.key,
      sizeBytes: model.size_bytes,
      isLoaded: model.loaded_instances.length > 0,
      isLoading: false,
      contextSize: model.loaded_instances[0]?.config?.context_length ?? null,
      tools: toCapability(model.capabilities?.trained_for_tool_use),
      vision: toCapability(model.capabilities?.vision),
    }))
  }
  const v0 = readAs(await server.get(V0_MODELS), v0Schema)
  const chat = v0?.data.filter((model) => model.type === 'llm' || model.type === 'vlm')
  return (
    chat?.map((model) => ({
      name: model.id,
      sizeBytes: null,
      isLoaded: model.state === 'loaded',
      isLoading: model.state === 'loading',
      contextSize: model.loaded_context_length,
      tools: toCapability(model.capabilities?.includes('tool_use')),
      vision: toCapability(model.type === 'vlm'),
    })) ?? null
  )
}
