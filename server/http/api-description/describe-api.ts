import { COMPATIBLE_OPERATIONS } from './compatible-operations.ts'
import type { ApiDocument, Content, Operation, Parameter, Paths, Response } from './document.ts'
import { apiDocumentSchema, schemaReference } from './document.ts'
import { COMPATIBLE_ERROR_SCHEMA, type ErrorStatus, errorReference, errorResponses } from './error-responses.ts'
import { NATIVE_OPERATIONS, SERVER_OPERATIONS } from './native-operations.ts'
import type { HeaderName, OperationText, OperationTexts } from './operation-text.ts'

export const OPERATION_TEXTS: OperationTexts = {
  ...NATIVE_OPERATIONS,
  ...COMPATIBLE_OPERATIONS,
  ...SERVER_OPERATIONS,
}

const DESCRIPTION =
  'Conch, a private agent workspace on your own machine. The rule that everything rests on: a session has at most one active turn; a second send is refused at once, changes nothing, and is told who holds the turn. Programs send `Authorization: Bearer` with the token of the data directory; a browser has its cookie, and sends `X-Gaia-UI: 1` with whatever changes something. Errors of native routes are problems (RFC 9457): branch on `code`. All times are UTC.'

const TAGS = [
  { name: 'native', description: 'Turns, the log and its streams.' },
  { name: 'compatible', description: 'What clients of the Agent UI of AMD GAIA call, on the same sessions and turns.' },
  { name: 'operation', description: 'For those who run the server.' },
]

/** Refusals of the guard and of a server that cannot write: any route may answer with them. */
const EVERYWHERE: readonly ErrorStatus[] = [400, 401, 403, 414, 503]
const WITH_BODY: readonly ErrorStatus[] = [413, 415, 422]

const HEADERS: Readonly<Record<HeaderName, Pick<Parameter, 'description' | 'schema'>>> = {
  'Idempotency-Key': {
    description:
      'Repeating a send with its key answers with the turn that it has started; with another body it is 422.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
  },
  'X-Client-Id': {
    description: 'A random name of the client, told to nobody: by it a refusal can say that the turn is its own.',
    schema: { type: 'string', maxLength: 128 },
  },
  'X-Client-Label': {
    description: 'What others see of the holder of a turn.',
    schema: { type: 'string', maxLength: 64 },
  },
  'If-Match': {
    description: 'The `ETag` that came with the session: the change is made only if its settings are still the same.',
    schema: { type: 'string' },
  },
  'Last-Event-ID': { description: 'The last id received: reading goes on after it.', schema: { type: 'string' } },
}

/** Which path parameter is the id of what, by the part of the path before it. */
const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  sessions: 'Id of the session.',
  streams: 'Id of the stream, as its first frame tells it.',
  channels: 'Name of the channel, of the choice of the client.',
  turns: 'Id of the turn.',
  queue: 'Id that the turn of the queued message will have.',
  messages: 'Id of the message.',
  documents: 'Id of the document.',
  agents: 'Id of the agent.',
}

/** `generated` is what `@fastify/swagger` made of the routes' schemas; what they do not say is added here. Pure. */
export function describeApi(
  generated: unknown,
  { version, port }: { readonly version: string; readonly port: number },
): ApiDocument {
  const { paths, components } = apiDocumentSchema.parse(generated)
  const described = describePaths(paths)
  return {
    openapi: '3.1.0',
    info: { title: 'Conch', version, description: DESCRIPTION },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { cookie: [] }],
    tags: TAGS,
    paths: described,
    components: {
      schemas: { ...usedSchemas(components.schemas, described), CompatibleError: COMPATIBLE_ERROR_SCHEMA },
      responses: errorResponses(),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The content of `token` in the data directory.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: `conch_${port}`,
          description: 'What a browser gets for its link.',
        },
        page: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Gaia-UI',
          description: '`1`: no page of another site can send it.',
        },
      },
    },
  }
}

/** The library makes of each named schema one for what is sent and one for what is received: only what is used stays. */
function usedSchemas(schemas: ApiDocument['components']['schemas'], paths: Paths): typeof schemas {
  const text = JSON.stringify(paths)
  const isUsed = (name: string) => !name.endsWith('Input') || text.includes(`"#/components/schemas/${name}"`)
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => isUsed(name)))
}

function describePaths(paths: Paths): Paths {
  return Object.fromEntries(
    Object.entries(paths).map(([path, methods]) => [
      path,
      Object.fromEntries(
        Object.entries(methods).map(([method, operation]) => [method, describeOperation(path, method, operation)]),
      ),
    ]),
  )
}

function describeOperation(path: string, method: string, operation: Operation): Operation {
  const text = OPERATION_TEXTS[`${method.toUpperCase()} ${path}`]
  const parameters = [...(operation.parameters ?? []).map((parameter) => describeParameter(path, parameter))]
  for (const name of text?.headers ?? []) parameters.push({ name, in: 'header', required: false, ...HEADERS[name] })
  if (!text) return { ...operation, parameters }
  return {
    operationId: operationIdOf(method, path),
    tags: [text.tag],
    summary: text.summary,
    ...(text.description !== undefined && { description: text.description }),
    ...securityOf(method, text),
    parameters,
    ...(operation.requestBody && { requestBody: describeBody(operation.requestBody, text) }),
    responses: { ...successesOf(operation, text), ...errorsOf(operation, text) },
  }
}

/** `POST /api/sessions/{id}/turns` → `post_sessions_id_turns`. */
function operationIdOf(method: string, path: string): string {
  return [method, ...path.replace(/^\/api/, '').split(/[^a-z]+/)].filter(Boolean).join('_')
}

function describeParameter(path: string, parameter: Parameter): Parameter {
  if (parameter.in !== 'path') return parameter
  const before = path.split('/').at(path.split('/').indexOf(`{${parameter.name}}`) - 1)
  const description = PATH_PARAMETERS[before ?? '']
  return { ...parameter, ...(description !== undefined && { description }) }
}

function securityOf(method: string, { isOpen }: OperationText): Pick<Operation, 'security'> {
  if (isOpen) return { security: [] }
  return method === 'get' ? {} : { security: [{ token: [] }, { cookie: [], page: [] }] }
}

function describeBody(body: NonNullable<Operation['requestBody']>, text: OperationText): typeof body {
  return { ...body, content: withExample(body.content, text.requestExample) }
}

function withExample(content: Content, value: unknown): Content {
  if (value === undefined) return content
  const entries = Object.entries(content).map(([type, media]) => [type, { ...media, examples: { example: { value } } }])
  return Object.fromEntries(entries)
}

/** The library writes 200 where a route states no answer; where every answer is an error there is none. */
function successesOf({ responses }: Operation, text: OperationText): Record<string, Response> {
  const { stream, contentType, success, responseExample, responseExamples = {} } = text
  const successes: Record<string, Response> = {}
  for (const [status, response] of Object.entries(responses)) {
    if ('$ref' in response) continue
    const content: Content = withExample(response.content ?? {}, responseExamples[status] ?? responseExample)
    if (stream) content['text/event-stream'] = describeStream(stream)
    if (contentType)
      content[contentType] = { schema: { type: contentType === 'application/json' ? 'object' : 'string' } }
    const description = success ?? 'Done.'
    successes[status] = { description, ...(Object.keys(content).length > 0 && { content }) }
  }
  return successes
}

function describeStream({ schemas, example }: NonNullable<OperationText['stream']>): Content[string] {
  const references = schemas.map(schemaReference)
  const schema = references.length === 1 ? references[0] : { anyOf: references }
  return { schema: references.length > 0 ? schema : { type: 'object' }, examples: { frame: { value: example } } }
}

function errorsOf({ requestBody }: Operation, { tag, errors = [], isOpen }: OperationText): Operation['responses'] {
  const form = tag === 'compatible' ? 'compatible' : 'native'
  const statuses = [...errors, ...EVERYWHERE, ...(requestBody ? WITH_BODY : [])]
  const possible = statuses.filter((status) => !(isOpen && status === 401))
  return Object.fromEntries(possible.map((status) => [String(status), errorReference(status, form)]))
}
