import { z } from 'zod'
import { lenient, lenientList, modelListSchema, readAs, tokenCountSchema } from './server-answer.ts'
import type { ServerClient } from './server-client.ts'
import { type ServerKind, UNKNOWN_CAPABILITIES } from './server-kind.ts'
import { isChatModelName, reportModels, reportRefusal } from './server-report.ts'

const MODELS = '/engines/v1/models'
const UNIT_BYTES: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }

const storedModelsSchema = lenientList(
  z.object({
    tags: lenient(z.array(z.string())),
    config: lenient(z.object({ size: lenient(z.string()), context_size: tokenCountSchema })),
  }),
)
const runnersSchema = lenientList(
  z.object({
    model_name: z.string(),
    mode: lenient(z.string()),
    in_use: z.boolean().default(false),
    loading: z.boolean().default(false),
  }),
)

export const dockerModelRunner: ServerKind = {
  kind: 'docker_model_runner',
  name: 'Docker Model Runner',
  ports: [12434],
  apiPath: '/engines/v1',
  advice: {
    start: {
      text: 'Turn Docker Model Runner on in Docker Desktop, with host-side TCP support, or here.',
      command: 'docker desktop enable model-runner --tcp 12434',
    },
    addModel: { text: 'Download a model.', command: 'docker model pull ai/qwen3' },
    key: 'Docker Model Runner itself has none: it belongs to what stands in front of it.',
  },

  async recognise(server) {
    if (/^Docker Model Runner\b/.test((await server.get('/')).body)) return true
    const list = readAs(await server.get(MODELS), modelListSchema)
    return list?.data.some((model) => model.owned_by === 'docker') ?? false
  },

  async readState(server) {
    const answer = await server.get(MODELS)
    const list = readAs(answer, modelListSchema)
    if (!list) return reportRefusal(answer)
    const stored = readAs(await server.get('/models'), storedModelsSchema) ?? []
    const runners = readAs(await server.get('/engines/ps'), runnersSchema)
    const chatting = runners?.filter((runner) => runner.mode === null || runner.mode === 'completion') ?? []
    const ready = chatting.filter((runner) => !runner.loading)
    return reportModels({
      models: list.data
        .filter(({ id }) => isChatModelName(id))
        .map(({ id }) => ({
          name: id,
          sizeBytes: toBytes(stored.find((model) => model.tags?.some((tag) => isSame(tag, id)))?.config?.size),
          isLoaded: runners ? ready.some((runner) => isSame(runner.model_name, id)) : null,
        })),
      contextSize: null,
      isLoading: chatting.some((runner) => runner.loading),
      isBusy: ready.length > 0 && ready.every((runner) => runner.in_use),
    })
  },

  async readCapabilities(server, model) {
    return { ...UNKNOWN_CAPABILITIES, context_size: await readContextSize(server, model) }
  },
}

async function readContextSize(server: ServerClient, name: string): Promise<number | null> {
  const stored = readAs(await server.get('/models'), storedModelsSchema) ?? []
  return stored.find((model) => model.tags?.some((tag) => isSame(tag, name)))?.config?.context_size ?? null
}

/** The same model goes by `ai/qwen3`, `ai/qwen3:latest` and `docker.io/ai/qwen3:latest`. */
function isSame(a: string, b: string): boolean {
  return shorten(a) === shorten(b)
}

function shorten(name: string): string {
  return name.replace(/^docker\.io\//, '').replace(/:latest$/, '')
}

/** "256.35 MiB". */
function toBytes(size: string | null | undefined): number | null {
  const [, amount, unit] = /^([\d.]+)\s*([KMG]i?)B$/.exec(size ?? '') ?? []
  const bytes = UNIT_BYTES[unit ?? '']
  return bytes === undefined ? null : Number(amount) * bytes
}
