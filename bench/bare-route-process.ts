import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { startTurnBodySchema } from '../protocol/requests.ts'
import { answerQuestions } from './harness/helper-process.ts'

export interface BareAnswer {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The limit for refusals: a Fastify route that parses and validates the same body with the same schema and then answers
 * what it was told to answer, without asking anybody.
 */
function bareRoute() {
  return {
    async listen({ body, headers }: BareAnswer): Promise<string> {
      const server = Fastify({ logger: false, bodyLimit: 2 * 1024 * 1024 }).withTypeProvider<ZodTypeProvider>()
      server.setValidatorCompiler(validatorCompiler)
      server.setSerializerCompiler(serializerCompiler)
      server.post(
        '/api/sessions/:id/turns',
        { schema: { params: z.object({ id: z.string() }), body: startTurnBodySchema } },
        (_request, reply) => reply.code(409).headers(headers).type('application/problem+json').send(body),
      )
      return await server.listen({ port: 0, host: '127.0.0.1' })
    },
  }
}
export type BareRouteAnswers = ReturnType<typeof bareRoute>

answerQuestions(bareRoute())
