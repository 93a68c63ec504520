import { z } from 'zod'

/** As much of an OpenAPI document as we build and draw; the rest passes through. */

export const jsonSchemaSchema = z.record(z.string(), z.unknown())
export type JsonSchema = z.infer<typeof jsonSchemaSchema>

const exampleSchema = z.object({ summary: z.string().optional(), value: z.unknown() })
const mediaSchema = z.object({
  schema: jsonSchemaSchema.optional(),
  examples: z.record(z.string(), exampleSchema).optional(),
})
const contentSchema = z.record(z.string(), mediaSchema)
export type Content = z.infer<typeof contentSchema>

const parameterSchema = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header', 'cookie']),
  required: z.boolean().optional(),
  description: z.string().optional(),
  schema: jsonSchemaSchema,
})
export type Parameter = z.infer<typeof parameterSchema>

const responseSchema = z.object({ description: z.string(), content: contentSchema.optional() })
export type Response = z.infer<typeof responseSchema>
const referenceSchema = z.object({ $ref: z.string() })

const securitySchema = z.array(z.record(z.string(), z.array(z.string())))

const operationSchema = z.object({
  operationId: z.string().optional(),
  tags: z.array(z.string()).optional(),
  summary: z.string().optional(),
  description: z.string().optional(),
  security: securitySchema.optional(),
  parameters: z.array(parameterSchema).optional(),
  requestBody: z.object({ required: z.boolean().optional(), content: contentSchema }).optional(),
  responses: z.record(z.string(), z.union([referenceSchema, responseSchema])),
})
export type Operation = z.infer<typeof operationSchema>

const pathsSchema = z.record(z.string(), z.record(z.string(), operationSchema))
export type Paths = z.infer<typeof pathsSchema>

export const apiDocumentSchema = z.object({
  openapi: z.string(),
  info: z.object({ title: z.string(), version: z.string(), description: z.string().optional() }),
  servers: z.array(z.object({ url: z.string() })).optional(),
  security: securitySchema.optional(),
  tags: z.array(z.object({ name: z.string(), description: z.string() })).optional(),
  paths: pathsSchema,
  components: z.object({
    schemas: z.record(z.string(), jsonSchemaSchema),
    responses: z.record(z.string(), responseSchema).optional(),
    securitySchemes: z.record(z.string(), jsonSchemaSchema).optional(),
  }),
})
export type ApiDocument = z.infer<typeof apiDocumentSchema>

export function schemaReference(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` }
}
