import type { createJsonSchemaTransform } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { appEventSchema } from '../../../protocol/app-event.ts'
import { entrySchema, streamNoticeSchema } from '../../../protocol/entry.ts'
import { messageSchema, stepSchema, toolCallSchema } from '../../../protocol/message.ts'
import { modelsSchema } from '../../../protocol/models.ts'
import {
  problemSchema,
  queueProblemSchema,
  staleViewProblemSchema,
  turnActiveProblemSchema,
} from '../../../protocol/problem.ts'
import { queuedMessageSchema, queueSchema } from '../../../protocol/queue.ts'
import {
  clearQueueQuerySchema,
  followQuerySchema,
  imageTextSchema,
  messageTextSchema,
  transcriptQuerySchema,
} from '../../../protocol/requests.ts'
import {
  MAX_QUERY_CODE_POINTS,
  markedTextSchema,
  searchPageSchema,
  searchQuerySchema,
} from '../../../protocol/search.ts'
import { MAX_TITLE_CODE_POINTS, sessionSchema } from '../../../protocol/session.ts'
import { transcriptSchema } from '../../../protocol/transcript.ts'
import {
  activeTurnSchema,
  holderSchema,
  MAX_MESSAGE_CODE_POINTS,
  turnOutcomeSchema,
  turnSchema,
  turnUsageSchema,
} from '../../../protocol/turn.ts'
import { gaiaEventSchema } from '../gaia/gaia-events.ts'
import {
  createSessionBodySchema,
  gaiaMessageSchema,
  messagesQuerySchema,
  sessionsQuerySchema,
} from '../gaia/gaia-schemas.ts'

type TransformOptions = Parameters<typeof createJsonSchemaTransform>[0]
type JsonSchema = z.core.JSONSchema.BaseSchema

/** The schemas that have a name in the API's description; all others stand where they are used. */
const COMPONENTS = {
  ActiveTurn: activeTurnSchema,
  AppEvent: appEventSchema,
  CompatibleEvent: gaiaEventSchema,
  CompatibleMessage: gaiaMessageSchema,
  Entry: entrySchema,
  Holder: holderSchema,
  MarkedText: markedTextSchema,
  Message: messageSchema,
  Models: modelsSchema,
  Problem: problemSchema,
  Queue: queueSchema,
  QueuedMessage: queuedMessageSchema,
  QueueProblem: queueProblemSchema,
  SearchPage: searchPageSchema,
  Session: sessionSchema,
  StaleViewProblem: staleViewProblemSchema,
  Step: stepSchema,
  StreamNotice: streamNoticeSchema,
  ToolCall: toolCallSchema,
  Transcript: transcriptSchema,
  Turn: turnSchema,
  TurnActiveProblem: turnActiveProblemSchema,
  TurnOutcome: turnOutcomeSchema,
  TurnUsage: turnUsageSchema,
} as const

export type ComponentName = keyof typeof COMPONENTS

/** How zod's schemas become those of the description, for both transforms of `@fastify/swagger`. */
export function describeSchemas(): NonNullable<TransformOptions> {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(COMPONENTS)) registry.add(schema, { id })
  const stated = statedSchemas()
  const override = ({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: JsonSchema }) => {
    // Answers may gain fields, and unknown ones in a request are ignored.
    if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
    const schema = stated.get(zodSchema)
    if (!schema) return
    for (const keyword of Object.keys(jsonSchema)) delete jsonSchema[keyword]
    Object.assign(jsonSchema, schema)
  }
  return { schemaRegistry: registry, zodToJsonConfig: { override } }
}

/** What zod checks in code, and can therefore not tell by itself. */
function statedSchemas(): ReadonlyMap<z.core.$ZodType, JsonSchema> {
  const { title } = createSessionBodySchema.shape
  return new Map<z.core.$ZodType, JsonSchema>([
    [
      messageTextSchema,
      {
        type: 'string',
        minLength: 1,
        maxLength: MAX_MESSAGE_CODE_POINTS,
        pattern: '\\S',
        description: 'What the person says. Not only white space, no NUL, no lone surrogate.',
      },
    ],
    [
      imageTextSchema,
      {
        type: 'string',
        maxLength: MAX_MESSAGE_CODE_POINTS,
        description: 'What the person says; empty beside images only. No NUL, no lone surrogate.',
      },
    ],
    [transcriptQuerySchema.shape.before, { type: 'integer', minimum: 1, description: 'Only messages before this id.' }],
    [
      followQuerySchema.shape.after,
      { type: 'integer', minimum: 0, description: 'Seq of the last entry you have. `Last-Event-ID` wins over it.' },
    ],
    [
      searchQuerySchema.shape.q,
      { type: 'string', maxLength: MAX_QUERY_CODE_POINTS, description: 'Words. Nothing in it is syntax.' },
    ],
    [searchQuerySchema.shape.before, { type: 'integer', minimum: 1, description: 'Only messages before this id.' }],
    [clearQueueQuerySchema.shape.revision, { type: 'integer', minimum: 0, description: 'The revision last seen.' }],
    [title, { type: ['string', 'null'], maxLength: MAX_TITLE_CODE_POINTS } as JsonSchema],
    ...[sessionsQuerySchema, messagesQuerySchema].flatMap(({ shape }) => [
      [shape.limit, clampedInteger(shape.limit)] as const,
      [shape.offset, clampedInteger(shape.offset)] as const,
    ]),
  ])
}

function clampedInteger(schema: z.ZodType): JsonSchema {
  const orElse = z.int().parse(schema.parse(undefined))
  return { type: 'integer', default: orElse, description: 'A number out of bounds counts as the nearest bound.' }
}
