import { z } from 'zod'
import { modelCapabilitiesSchema, modelServerSchema, modelServerStateSchema, nextStepSchema } from './model-server.ts'
import { fitsCodePoints, isStorableText, UNSTORABLE_TEXT } from './requests.ts'

/**
 * Who decided which model answers:
 * - `command_line`: the flags that Conch was started with. Nothing else counts then.
 * - `person`: somebody chose it here; remembered over restarts.
 * - `conch`: it was found on this machine.
 * - `nobody`: nothing was found, so the practice model answers.
 */
const chosenBySchema = z.enum(['command_line', 'person', 'conch', 'nobody'])
export type ChosenBy = z.infer<typeof chosenBySchema>

/** The model that answers the next turn. A running turn keeps the one that it began with. */
const modelChoiceSchema = z.object({
  chosen_by: chosenBySchema,
  /** The built-in model, which needs nothing and knows nothing. */
  practice: z.boolean(),
  /** Null: the server's first, and which that is, it has not said yet. */
  model: z.string().nullable(),
  /** Null for the practice model. */
  base_url: z.string().nullable(),
  /** How its server stands; null for the practice model, and until it was looked at. */
  state: modelServerStateSchema.nullable(),
  /** What to do where the server does not stand as it should. */
  next_step: nextStepSchema.nullable(),
  /** Whether an API key is kept for its server. The key itself is never told. */
  has_key: z.boolean(),
  /** Null until the server has said. */
  capabilities: modelCapabilitiesSchema.nullable(),
})
export type ModelChoice = z.infer<typeof modelChoiceSchema>

/** `GET /api/models`: which model answers, and which servers were looked for. `models.changed` says when to ask again. */
export const modelsSchema = z.object({
  choice: modelChoiceSchema,
  /** Null until the first look is through, and where Conch was told not to look. */
  probed_at: z.string().nullable(),
  servers: z.array(modelServerSchema),
})
export type Models = z.infer<typeof modelsSchema>

const MAX_ADDRESS_LENGTH = 2_048
const MAX_MODEL_NAME_CODE_POINTS = 512
const MAX_KEY_LENGTH = 4_096

const addressSchema = z.string().max(MAX_ADDRESS_LENGTH).refine(isStorableText, UNSTORABLE_TEXT)

const modelNameSchema = z
  .string()
  .min(1)
  .refine((name) => fitsCodePoints(name, MAX_MODEL_NAME_CODE_POINTS), 'is too long')
  .refine((name) => isStorableText(name) && !/\p{Cc}/u.test(name), 'must not contain control characters')

/** Body of `PUT /api/models/choice`. `automatic`: Conch chooses among what it finds. */
export const chooseModelBodySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('automatic') }),
  z.object({ kind: z.literal('practice') }),
  z.object({
    kind: z.literal('endpoint'),
    /** An OpenAI-compatible API. */
    base_url: addressSchema,
    /** Null: the server's first. */
    model: modelNameSchema.nullable().default(null),
  }),
])

/** Body of `PUT /api/models/key`. The key is for the scheme, host and port of `base_url` and goes nowhere else (S16). */
export const modelKeyBodySchema = z.object({
  base_url: addressSchema,
  /** Null: forget the one that is kept. */
  api_key: z
    .string()
    .max(MAX_KEY_LENGTH)
    .regex(/^[\x21-\x7e]+$/, 'has characters that no key has')
    .nullable(),
})
