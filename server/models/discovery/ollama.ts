import { z } from 'zod'
import { lenient, lenientList, readAs, tokenCountSchema, versionSchema } from './server-answer.ts'
import { type ServerKind, toCapability, UNKNOWN_CAPABILITIES } from './server-kind.ts'
import { isChatModelName, reportModels, reportRefusal } from './server-report.ts'

const tagsSchema = z.object({
  models: lenientList(
    z.object({
      name: z.string(),
      size: lenient(z.number()),
      /** Set where the model runs in Ollama's cloud. */
      remote_host: lenient(z.string()),
      capabilities: lenient(z.array(z.string())),
    }),
  ),
})

const runningSchema = z.object({
  models: lenientList(z.object({ name: z.string(), context_length: tokenCountSchema })),
})

const shownModelSchema = z.object({ capabilities: lenient(z.array(z.string())) })

export const ollama: ServerKind = {
  kind: 'ollama',
  name: 'Ollama',
  ports: [11434],
  apiPath: '/v1',
  advice: {
    start: { text: 'Open the Ollama app, or start its server.', command: 'ollama serve' },
    addModel: { text: 'Download a model.', command: 'ollama pull qwen3:4b' },
    key: 'Ollama itself has none: it belongs to what stands in front of it.',
  },

  async recognise(server) {
    if ((await server.get('/')).body.trim() !== 'Ollama is running') return false
    if (!readAs(await server.get('/api/version'), versionSchema)) return false
    // Lemonade says both as well, so that apps made for Ollama find it. Only Ollama has nothing here.
    return (await server.get('/api/v1/health')).status === 404
  },

  async readState(server) {
    const answer = await server.get('/api/tags')
    const tags = readAs(answer, tagsSchema)
    if (!tags) return reportRefusal(answer)
    const running = readAs(await server.get('/api/ps'), runningSchema)?.models
    return reportModels({
      models: tags.models
        .filter((model) => model.capabilities?.includes('completion') ?? isChatModelName(model.name))
        .map((model) => ({
          name: model.name,
          sizeBytes: model.remote_host === null ? model.size : null,
          isLoaded: running ? running.some((loaded) => loaded.name === model.name) : null,
          isRemote: model.remote_host !== null || /[:-]cloud$/.test(model.name),
        })),
      contextSize: running?.[0]?.context_length ?? null,
    })
  },

  async readCapabilities(server, model) {
    const shown = readAs(await server.post('/api/show', { model }), shownModelSchema)
    const running = readAs(await server.get('/api/ps'), runningSchema)?.models ?? []
    return {
      ...UNKNOWN_CAPABILITIES,
      tools: toCapability(shown?.capabilities?.includes('tools')),
      vision: toCapability(shown?.capabilities?.includes('vision')),
      // What /api/show tells is the most the model could take, not what it is given.
      context_size: running.find((loaded) => loaded.name === model)?.context_length ?? null,
    }
  },
}
