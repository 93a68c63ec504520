import { z } from 'zod'
import { type Content, type JsonSchema, jsonSchemaSchema } from './document.ts'
import { type Html, html, inlineCode } from './html.ts'

export interface Field {
  readonly name: string
  readonly schema: JsonSchema
  readonly required: boolean
  readonly meaning: string
}

/** What is sent or answered: its fields where it has some of its own, an example, and the whole schema for who wants it. */
export function renderContent(content: Content): Html {
  const pieces = Object.entries(content).map(([type, { schema, examples = {} }]) => {
    const shown = Object.values(examples).map(({ value }) => html`<pre>${asJson(value)}</pre>`)
    return html`<p><code>${type}</code>${schema ? html` ${renderTypeName(schema)}` : ''}</p>${schema ? renderFields(fieldsOf(schema)) : ''}${shown}${schema && !('$ref' in schema) ? renderSchemaDetails(schema) : ''}`
  })
  return html`${pieces}`
}

export function renderFields(fields: readonly Field[]): Html {
  if (fields.length === 0) return html``
  const rows = fields.map(
    ({ name, schema, required, meaning }) =>
      html`<tr><td><code>${name}</code>${required ? html`<br><span class="needed">required</span>` : ''}</td><td>${renderType(schema)}</td><td>${inlineCode(meaning)}</td></tr>`,
  )
  return html`<div class="wide"><table><thead><tr><th>name</th><th>type</th><th>meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

/** A schema as JSON, in which each reference leads to what it names. */
export function renderRaw(schema: object): Html {
  const pieces = asJson(schema)
    .split(/"\$ref": "#\/components\/schemas\/(\w+)"/g)
    .map((piece, index) => (index % 2 === 0 ? html`${piece}` : linkTo(piece)))
  return html`<pre>${pieces}</pre>`
}

function renderSchemaDetails(schema: JsonSchema): Html {
  return html`<details class="raw"><summary>JSON Schema</summary>${renderRaw(schema)}</details>`
}

function fieldsOf({ properties, required }: JsonSchema): readonly Field[] {
  const fields = z.record(z.string(), jsonSchemaSchema).safeParse(properties)
  const needed: readonly unknown[] = Array.isArray(required) ? required : []
  return Object.entries(fields.data ?? {}).map(([name, schema]) => ({
    name,
    schema,
    required: needed.includes(name),
    meaning: typeof schema.description === 'string' ? schema.description : '',
  }))
}

/** A named schema by its name; any other says its type in its fields. */
function renderTypeName(schema: JsonSchema): Html {
  const name = nameOf(schema)
  return name === undefined ? html`` : linkTo(name)
}

/** A type in a line: names lead to their schemas, and what takes more than a line is left to the schema itself. */
function renderType(schema: JsonSchema): Html {
  const name = nameOf(schema)
  if (name !== undefined) return linkTo(name)
  const choices = [schema.anyOf, schema.oneOf].find(Array.isArray)
  if (choices) return joined(choices.map(renderType))
  if (Array.isArray(schema.enum)) return joined(schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`))
  if ('const' in schema) return html`<code>${JSON.stringify(schema.const)}</code>`
  if (schema.type === 'array') return html`list of ${renderType(Object(schema.items))}`
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : String(schema.type ?? 'any')
  return html`${type}${limitsOf(schema)}`
}

function limitsOf({ maxLength, default: standard }: JsonSchema): string {
  const limit = maxLength === undefined ? '' : `, at most ${Number(maxLength).toLocaleString('en')} characters`
  return standard === undefined ? limit : `${limit}, else ${JSON.stringify(standard)}`
}

function joined(pieces: readonly Html[]): Html {
  return html`${pieces.map((piece, index) => (index === 0 ? piece : html` or ${piece}`))}`
}

function nameOf({ $ref }: JsonSchema): string | undefined {
  return typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined
}

function linkTo(name: string): Html {
  return html`<a href="#schema-${name}">${name}</a>`
}

function asJson(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
