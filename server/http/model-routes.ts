import { chooseModelBodySchema, modelKeyBodySchema, modelsSchema } from '../../protocol/models.ts'
import { readModelAddress } from '../settings/model-address.ts'
import type { WantedModel } from '../settings/settings.ts'
import type { ConchServer, HttpParts } from './http-parts.ts'
import { type ProblemFacts, sendProblem } from './problem.ts'

const FIXED_BY_COMMAND_LINE: ProblemFacts = {
  status: 422,
  code: 'invalid_request',
  detail: 'Conch was started with a model of its own (--model-url or --model). Start it without, to choose one here.',
}

/** Which model answers, which servers there are, and their keys. No answer waits for a server but those of `probe` and `trial`. */
export function modelRoutes(server: ConchServer, { models }: HttpParts): void {
  server.get('/api/models', { schema: { response: { 200: modelsSchema } } }, async () => models.describe())

  server.post('/api/models/probe', { schema: { response: { 200: modelsSchema } } }, async () => {
    await models.lookAgain()
    return models.describe()
  })

  server.post('/api/models/trial', { schema: { response: { 200: modelsSchema } } }, async () => {
    await models.tryOut()
    return models.describe()
  })

  server.put(
    '/api/models/choice',
    { schema: { body: chooseModelBodySchema, response: { 200: modelsSchema } } },
    async (request, reply) => {
      const { body } = request
      let wanted: WantedModel | null = null
      if (body.kind === 'practice') wanted = body
      if (body.kind === 'endpoint') {
        const address = readModelAddress(body.base_url)
        if (address.status === 'refused') return sendProblem(reply, refusedAddress(address.message))
        wanted = { kind: 'endpoint', baseUrl: address.baseUrl, model: body.model }
      }
      if ((await models.want(wanted)) === 'fixed') return sendProblem(reply, FIXED_BY_COMMAND_LINE)
      return models.describe()
    },
  )

  server.put(
    '/api/models/key',
    { schema: { body: modelKeyBodySchema, response: { 200: modelsSchema } } },
    async (request, reply) => {
      const address = readModelAddress(request.body.base_url)
      if (address.status === 'refused') return sendProblem(reply, refusedAddress(address.message))
      await models.keepKey(address.origin, request.body.api_key)
      return models.describe()
    },
  )
}

function refusedAddress(message: string): ProblemFacts {
  return {
    status: 422,
    code: 'invalid_request',
    detail: `base_url: ${message}`,
    errors: [{ path: '/base_url', message }],
  }
}
