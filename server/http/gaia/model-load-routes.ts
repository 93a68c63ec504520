import type { LoadResult } from '../../settings/model-loads.ts'
import type { ConchServer, HttpParts } from '../http-parts.ts'
import { type Refusal, sendDetail } from './gaia-errors.ts'
import { downloadingSchema, downloadModelBodySchema, loadingSchema, loadModelBodySchema } from './gaia-schemas.ts'

const NO_NAME: Refusal = { status: 400, detail: 'model_name must not be empty' }
const NO_HOST: Refusal = {
  status: 409,
  detail: 'No Lemonade server was found that could do this. Start Lemonade, or use the tools of your own model server.',
}

/** What Lemonade does for GAIA's clients. The answer says that it has begun; how it goes stands in `system/status`. */
export function modelLoadRoutes(server: ConchServer, { loads, settings }: HttpParts): void {
  server.post(
    '/api/system/load-model',
    { schema: { body: loadModelBodySchema, response: { 202: loadingSchema } } },
    async (request, reply) => {
      const model = request.body.model_name.trim()
      if (model === '') return sendDetail(reply, NO_NAME)
      const contextSize = request.body.ctx_size ?? settings.values.contextSize
      const refusal = refusalOf(loads.load(model, contextSize), 'loading')
      if (refusal) return sendDetail(reply, refusal)
      return reply.code(202).send({ status: 'loading' as const, model, ctx_size: contextSize })
    },
  )

  server.post(
    '/api/system/download-model',
    { schema: { body: downloadModelBodySchema, response: { 202: downloadingSchema } } },
    async (request, reply) => {
      const model = request.body.model_name.trim()
      if (model === '') return sendDetail(reply, NO_NAME)
      const refusal = refusalOf(loads.download(model), 'downloading')
      if (refusal) return sendDetail(reply, refusal)
      return reply.code(202).send({ status: 'downloading' as const, model })
    },
  )
}

function refusalOf(result: LoadResult, doing: string): Refusal | undefined {
  switch (result.status) {
    case 'started':
      return undefined
    case 'no_host':
      return NO_HOST
    case 'other_running':
      return { status: 409, detail: `Lemonade is ${doing} ${result.model} now. Try again when that is done.` }
  }
}
