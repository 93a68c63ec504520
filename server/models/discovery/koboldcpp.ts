import { z } from 'zod'
import { lenient, modelListSchema, readAs, tokenCountSchema } from './server-answer.ts'
import type { ServerClient } from './server-client.ts'
import { type ServerKind, toCapability, UNKNOWN_CAPABILITIES } from './server-kind.ts'
import { reportModels, reportRefusal } from './server-report.ts'

const VERSION = '/api/extra/version'
const CONTEXT = '/api/extra/true_max_context_length'
const PROTECTED_MODEL = 'koboldcpp/protected-model'
const NO_MODEL = /(^|\/)inactive$/

const versionSchema = z.object({
  result: z.literal('KoboldCpp'),
  protected: lenient(z.boolean()),
  llm: lenient(z.boolean()),
  vision: lenient(z.boolean()),
})
const modelSchema = z.object({ result: z.string() })
const contextSchema = z.object({ value: tokenCountSchema })
const perfSchema = z.object({ idle: lenient(z.number()), queue: lenient(z.number()) })

/** KoboldCpp. It also answers Ollama's questions and llama.cpp's /props. It does not listen while it loads a model. */
export const koboldcpp: ServerKind = {
  kind: 'koboldcpp',
  name: 'KoboldCpp',
  ports: [5001],
  apiPath: '/v1',
  advice: {
    start: {
      text: 'Start KoboldCpp with a model file of yours in place of MODEL.gguf.',
      command: 'koboldcpp MODEL.gguf',
    },
    addModel: {
      text: 'Start KoboldCpp with a model file of yours in place of MODEL.gguf.',
      command: 'koboldcpp MODEL.gguf',
    },
    key: 'It is what KoboldCpp was started with as --password.',
  },

  async recognise(server) {
    return readAs(await server.get(VERSION), versionSchema) !== null
  },

  async readState(server) {
    const version = readAs(await server.get(VERSION), versionSchema)
    const answer = await server.get('/api/v1/model')
    const model = readAs(answer, modelSchema)
    if (!model) return reportRefusal(answer)
    // It names its model to everybody in one place and hides it in the other, which tells whether our key is right.
    if (version?.protected && model.result === PROTECTED_MODEL) {
      return { state: 'needs_key', models: [], contextSize: null }
    }
    const listed = readAs(await server.get('/v1/models'), modelListSchema)?.data ?? []
    const perf = readAs(await server.get('/api/extra/perf'), perfSchema)
    const hasModel = version?.llm !== false
    return reportModels({
      models: listed.filter(({ id }) => hasModel && !NO_MODEL.test(id)).map(({ id }) => ({ name: id, isLoaded: true })),
      contextSize: hasModel ? await readContextSize(server) : null,
      isBusy: perf?.idle === 0 || (perf?.queue ?? 0) > 0,
    })
  },

  async readCapabilities(server) {
    const version = readAs(await server.get(VERSION), versionSchema)
    return {
      ...UNKNOWN_CAPABILITIES,
      vision: toCapability(version?.vision),
      context_size: await readContextSize(server),
    }
  },
}

async function readContextSize(server: ServerClient): Promise<number | null> {
  return readAs(await server.get(CONTEXT), contextSchema)?.value ?? null
}
