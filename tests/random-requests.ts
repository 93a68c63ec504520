import fc from 'fast-check'
import type { Operation, Parameter } from '../server/http/api-description/document.ts'
import { type JsonSchema, jsonSchemaSchema } from '../server/http/api-description/document.ts'
import type { ApiSchemas } from './api-schemas.ts'

/** A request to one described operation, right in some parts and wrong in others. `@session` and `@turn` stand for ones that exist. */
export interface RandomRequest {
  readonly operation: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export const SESSION = '@session'
export const TURN = '@turn'

const JUNK_TEXTS = [
  '',
  ' ',
  '\0',
  '\ud800',
  '../..',
  '%00',
  'null',
  '-1',
  '1e3',
  '9'.repeat(400),
  '\u202e\u001b[31m',
  '__proto__',
]
const JUNK_NUMBERS = [-1, 0, 0.5, 501, 2 ** 31, 2 ** 53, 1e308]

/** Requests to all operations alike. */
export function randomRequests(schemas: ApiSchemas): fc.Arbitrary<RandomRequest> {
  const each = Object.entries(schemas.document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestTo(schemas, { path, method, operation })),
  )
  return fc.oneof(...each)
}

function requestTo(
  schemas: ApiSchemas,
  { path, method, operation }: { readonly path: string; readonly method: string; readonly operation: Operation },
): fc.Arbitrary<RandomRequest> {
  const { parameters = [], requestBody } = operation
  const named = (place: Parameter['in']) => parameters.filter((parameter) => parameter.in === place)
  return fc
    .record({
      ids: fc.tuple(...named('path').map(() => pathValue(path.startsWith('/api/turns') ? TURN : SESSION))),
      query: valuesOf(named('query'), (schema) => anyValue(schemas, schema)),
      headers: valuesOf(named('header'), headerValue),
      body: requestBody
        ? bodyText(schemas, requestBody.content['application/json']?.schema ?? {})
        : fc.constant(undefined),
    })
    .map(({ ids, query, headers, body }) => ({
      operation: `${method.toUpperCase()} ${path}`,
      path: fillPath(path, ids) + queryOf(query),
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      body,
    }))
}

function pathValue(known: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(known) },
    { weight: 2, arbitrary: fc.nat(300).map(String) },
    { weight: 1, arbitrary: fc.constantFrom(...JUNK_TEXTS.filter(isEncodable)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter(isEncodable) },
  )
}

/** Some of the parameters, some of them of another kind than they should be. */
function valuesOf(
  parameters: readonly Parameter[],
  valueFor: (schema: JsonSchema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<Record<string, string>> {
  const values = parameters.map(({ name, schema }) => {
    return fc.option(valueFor(schema)).map((value) => [name, typeof value === 'string' ? value : JSON.stringify(value)])
  })
  return fc.tuple(...values).map((pairs) => Object.fromEntries(pairs.filter(([, value]) => value !== 'null')))
}

function headerValue(): fc.Arbitrary<string> {
  const text = fc.string({ unit: 'grapheme-ascii', maxLength: 40 })
  return fc.oneof(text, fc.constantFrom('', '1', '-1', 'x'.repeat(300), '\u00e9\u009b'), fc.nat(5).map(String))
}

/** What the schema asks for, JSON of another kind, or no JSON at all. */
function bodyText(schemas: ApiSchemas, schema: JsonSchema): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: anyValue(schemas, schema).map((value) => JSON.stringify(value) ?? '') },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '{', '[1,]', 'NaN', '\ufeff{}', `${'['.repeat(5_000)}1`, '{"__proto__":{"x":1}}'),
    },
  )
}

/** A value of the schema, more often than not. */
function anyValue(schemas: ApiSchemas, schema: JsonSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: fittingValue(schemas, schema) }, { weight: 1, arbitrary: junk() })
}

function fittingValue(schemas: ApiSchemas, schema: JsonSchema): fc.Arbitrary<unknown> {
  const parts = [schema.anyOf, schema.oneOf].flatMap((list) => (Array.isArray(list) ? list : []))
  if (parts.length > 0) return fc.oneof(...parts.map((part) => anyValue(schemas, jsonSchemaSchema.parse(part))))
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
  if (schema.const !== undefined) return fc.constant(schema.const)
  const types = [schema.type].flat()
  return fc.oneof(...types.map((type) => valueOfType(schemas, type, schema)))
}

function valueOfType(schemas: ApiSchemas, type: unknown, schema: JsonSchema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object': {
      const properties = Object.entries(jsonSchemaSchema.parse(schema.properties ?? {}))
      const values: Record<string, fc.Arbitrary<unknown>> = {}
      for (const [name, part] of properties) values[name] = anyValue(schemas, jsonSchemaSchema.parse(part))
      const required = properties.map(([name]) => name).filter((name) => [schema.required].flat().includes(name))
      const record = (requiredKeys: string[]) => fc.record(values, { requiredKeys })
      return fc.oneof({ weight: 6, arbitrary: record(required) }, { weight: 1, arbitrary: record([]) })
    }
    case 'array':
      return fc.array(anyValue(schemas, jsonSchemaSchema.parse(schema.items ?? {})), { maxLength: 4 })
    case 'integer':
    case 'number':
      return fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(...JUNK_NUMBERS))
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return fc.oneof(
        { weight: 5, arbitrary: fc.constant(SESSION) },
        { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
        { weight: 1, arbitrary: fc.constantFrom(...JUNK_TEXTS) },
      )
  }
}

function junk(): fc.Arbitrary<unknown> {
  return fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...JUNK_TEXTS), fc.constantFrom(...JUNK_NUMBERS))
}

function fillPath(path: string, ids: readonly string[]): string {
  let next = 0
  return path.replace(/\{\w+\}/g, () => encodeId(ids[next++] ?? ''))
}

function encodeId(id: string): string {
  return id === SESSION || id === TURN ? id : encodeURIComponent(id)
}

function queryOf(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).filter(([, value]) => isEncodable(value))
  return pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${encodeId(value)}`).join('&')}`
}

/** No lone surrogate: a URL cannot hold one. */
function isEncodable(text: string): boolean {
  return text.isWellFormed()
}
