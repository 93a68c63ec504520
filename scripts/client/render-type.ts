import { z } from 'zod'

/** A JSON Schema as TypeScript writes it, as far as our own description uses the language. Throws where it says something new. */
export function renderType(schema: unknown): string {
  const parsed = schemaSchema.parse(schema)
  if (parsed.$ref !== undefined) return parsed.$ref.split('/').at(-1) ?? ''
  if ('const' in parsed) return JSON.stringify(parsed.const)
  if (parsed.enum) return union(parsed.enum.map((value) => JSON.stringify(value)))
  const choices = parsed.anyOf ?? parsed.oneOf
  if (choices) return union(choices.map(renderType))
  if (parsed.allOf) return parsed.allOf.map((part) => `(${renderType(part)})`).join(' & ')
  if (parsed.not !== undefined) return 'never'
  if (Array.isArray(parsed.type)) return union(parsed.type.map((type) => renderType({ ...parsed, type })))
  return renderSimple(parsed)
}

const schemaSchema = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  not: z.unknown().optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.unknown().optional(),
})
type Schema = z.infer<typeof schemaSchema>

function renderSimple(schema: Schema): string {
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case 'integer':
    case 'number':
      return 'number'
    case 'array':
      return `readonly (${schema.items === undefined ? 'unknown' : renderType(schema.items)})[]`
    case 'object':
      return renderObject(schema)
    case undefined:
      return 'unknown'
    default:
      throw new Error(`the generator does not know how to write ${JSON.stringify(schema)}`)
  }
}

function renderObject({ properties, required = [], additionalProperties }: Schema): string {
  if (!properties) {
    const values = typeof additionalProperties === 'object' ? renderType(additionalProperties) : 'unknown'
    return `Readonly<Record<string, ${values}>>`
  }
  const fields = Object.entries(properties).map(([name, schema]) => renderField(name, schema, required.includes(name)))
  return fields.length === 0 ? 'Readonly<Record<string, never>>' : `{ ${fields.join('; ')} }`
}

/** One property; a name that is no identifier is quoted. */
export function renderField(name: string, schema: unknown, isRequired: boolean): string {
  const key = /^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`
  return `readonly ${key}${isRequired ? '' : '?'}: ${renderType(schema)}`
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ')
}
