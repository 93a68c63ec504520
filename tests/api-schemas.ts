import { z } from 'zod'
import {
  type ApiDocument,
  apiDocumentSchema,
  type JsonSchema,
  type Response,
} from '../server/http/api-description/document.ts'
import type { Answer, ConchClient } from './conch-client.ts'

/** The API as its own description tells it: what a stranger would build a client from. */
export class ApiSchemas {
  readonly document: ApiDocument
  readonly #definitions: JsonSchema
  readonly #parsers = new WeakMap<JsonSchema, z.ZodType>()

  private constructor(document: ApiDocument) {
    this.document = document
    this.#definitions = JSON.parse(atHome(JSON.stringify(document.components.schemas)))
  }

  static async read(client: ConchClient): Promise<ApiSchemas> {
    return new ApiSchemas(apiDocumentSchema.parse((await client.request('GET', '/api/openapi.json')).json))
  }

  /** `METHOD /path/{parameter}` of everything that is described. */
  get operations(): readonly string[] {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
  }

  /** What a value that claims to fit `schema` does wrong; empty where it fits. */
  faults(schema: JsonSchema, value: unknown): readonly string[] {
    const { error } = this.#parserOf(schema).safeParse(value)
    return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
  }

  #parserOf(schema: JsonSchema): z.ZodType {
    const known = this.#parsers.get(schema)
    if (known) return known
    const own = JSON.parse(atHome(JSON.stringify(schema)))
    const parser = z.fromJSONSchema({ ...own, $defs: this.#definitions })
    this.#parsers.set(schema, parser)
    return parser
  }

  /** What an answer does that its operation does not say: its status, its content type or its body. */
  faultsOfAnswer(operation: string, { status, headers, json }: Omit<Answer, 'text'>): readonly string[] {
    const [method = '', path = ''] = operation.split(' ')
    const response = this.resolve(this.document.paths[path]?.[method.toLowerCase()]?.responses[status])
    if (!response) return [`${operation} does not say that it answers ${status}`]
    const type = headers.get('content-type')?.split(';')[0] ?? ''
    const media = response.content?.[type]
    if (!media) return [`${operation} does not say that ${status} is ${type}`]
    return media.schema && type !== 'text/event-stream' ? this.faults(media.schema, json) : []
  }

  resolve(response: Response | { $ref: string } | undefined): Response | undefined {
    if (!response || !('$ref' in response)) return response
    return this.document.components.responses?.[response.$ref.split('/').at(-1) ?? '']
  }
}

/** References as they stand in a schema of its own. */
function atHome(json: string): string {
  return json.replaceAll('#/components/schemas/', '#/$defs/')
}
