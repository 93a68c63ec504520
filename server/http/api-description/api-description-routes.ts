import fastifySwagger from '@fastify/swagger'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { ConchServer } from '../http-parts.ts'
import { describeSchemas } from './component-schemas.ts'
import { describeApi } from './describe-api.ts'
import { DOCS_PAGE_HEADERS, renderDocsPage } from './docs-page.ts'

/** Must be called before any route is added: it listens to their being added. */
export async function watchRoutes(server: ConchServer): Promise<void> {
  const options = describeSchemas()
  await server.register(fastifySwagger, {
    openapi: { openapi: '3.1.0' },
    convertConstToEnum: false,
    transform: createJsonSchemaTransform(options),
    transformObject: createJsonSchemaTransformObject(options),
  })
}

/** The API's description, for programs and for people. It is made when somebody first asks, and then kept. */
export function apiDescriptionRoutes(server: ConchServer, { version }: { readonly version: string }): void {
  let made: { readonly json: string; readonly page: string } | undefined
  const make = () => {
    const document = describeApi(server.swagger(), { version, port: portOf(server) })
    return { json: JSON.stringify(document), page: renderDocsPage(document) }
  }

  server.get('/api/openapi.json', async (_request, reply) => {
    made ??= make()
    return reply.type('application/json').send(made.json)
  })

  server.get('/api/docs', async (_request, reply) => {
    made ??= make()
    return reply.headers(DOCS_PAGE_HEADERS).send(made.page)
  })
}

function portOf(server: ConchServer): number {
  const address = server.server.address()
  return typeof address === 'object' && address ? address.port : 0
}
