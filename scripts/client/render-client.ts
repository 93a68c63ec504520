import type { ApiDocument, Operation } from '../../server/http/api-description/document.ts'
import { renderField, renderType } from './render-type.ts'

const HEAD = `// Made by \`npm run client\` from the description of the API. Change the schemas, not this file.
`

/** The types of every route and of everything that has a name in the description. Pure: the same document, the same text. */
export function renderClient({ paths, components }: ApiDocument): string {
  const types = Object.entries(components.schemas).map(
    ([name, schema]) => `export type ${name} = ${renderType(schema)}\n`,
  )
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => renderOperation(`${method.toUpperCase()} ${path}`, operation)),
  )
  return `${HEAD}
${types.join('\n')}
/** What each route takes and answers, by its method and path. */
export interface Operations {
${operations.join('')}}
`
}

function renderOperation(name: string, operation: Operation): string {
  const stream = streamOf(operation)
  return `  /** ${(operation.summary ?? '').replaceAll('*/', '')}. */
  readonly '${name}': {
    readonly input: ${inputOf(operation)}
    readonly answer: ${answerOf(operation)}
${stream === undefined ? '' : `    readonly frame: ${stream}\n`}  }
`
}

function inputOf({ parameters = [], requestBody }: Operation): string {
  const parts = (['path', 'query', 'header'] as const).flatMap((place) => {
    const given = parameters.filter((parameter) => parameter.in === place)
    if (given.length === 0) return []
    const fields = given.map(({ name, schema, required = false }) => renderField(name, schema, required))
    const isRequired = given.some(({ required }) => required === true)
    return [`readonly ${place === 'header' ? 'headers' : place}${isRequired ? '' : '?'}: { ${fields.join('; ')} }`]
  })
  const body = requestBody?.content['application/json']?.schema
  if (body) parts.push(renderField('body', body, true))
  return parts.length === 0 ? 'Readonly<Record<string, never>>' : `{ ${parts.join('; ')} }`
}

/** What a success holds as JSON; a text where it is none, and null where there is nothing to read but a stream. */
function answerOf({ responses }: Operation): string {
  for (const [status, response] of Object.entries(responses)) {
    if (!status.startsWith('2') || '$ref' in response) continue
    const content = response.content ?? {}
    const json = content['application/json']
    if (json) return json.schema ? renderType(json.schema) : 'unknown'
    if (Object.keys(content).some((type) => type !== 'text/event-stream')) return 'string'
  }
  return 'null'
}

function streamOf({ responses }: Operation): string | undefined {
  const response = responses['200']
  if (!response || '$ref' in response) return undefined
  const stream = response.content?.['text/event-stream']
  return stream?.schema && renderType(stream.schema)
}
