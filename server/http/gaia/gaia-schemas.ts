import { z } from 'zod'
import { messageImageSchema } from '../../../protocol/image.ts'
import { fitsCodePoints, isStorableText, messageTextSchema, UNSTORABLE_TEXT } from '../../../protocol/requests.ts'
import { MAX_TITLE_CODE_POINTS, sessionSchema } from '../../../protocol/session.ts'
import { turnOutcomeSchema } from '../../../protocol/turn.ts'
import { fileImageSchema } from '../../sessions/session-file.ts'

/** What GAIA's clients send and read. Unknown fields are ignored everywhere; `null` for an optional field counts as absent. */

const MAX_SYSTEM_PROMPT_CODE_POINTS = 100_000
const MAX_MODEL_NAME_CODE_POINTS = 256
const MAX_DOCUMENT_IDS = 1_000

const agentTypeSchema = z
  .string()
  .max(64)
  .regex(/^[a-zA-Z0-9_-]+$/)

/** Storable text of at most `limit` code points. */
function textSchema(limit: number) {
  return z
    .string()
    .refine((text) => fitsCodePoints(text, limit), `must have at most ${limit} characters`)
    .refine(isStorableText, UNSTORABLE_TEXT)
}

/** A name such as `org/model:tag`: never an address, never a path on somebody's disk. */
const modelNameSchema = textSchema(MAX_MODEL_NAME_CODE_POINTS)
  .refine((name) => !/\p{Cc}/u.test(name), 'must not contain control characters')
  .refine(
    (name) => !/:\/\/|\\|^[/~.]|(^|\/)\.\.(\/|$)|^[a-z]:\//i.test(name),
    'must be the name of a model, not an address or a path',
  )

const MAX_CONTEXT_SIZE = 10_000_000

/** `""` takes the choice back, null and nothing leave it. */
export const changeSettingsBodySchema = z.object({
  custom_model: z.union([z.literal(''), modelNameSchema]).nullish(),
  context_size: z.int().min(32_768).max(MAX_CONTEXT_SIZE).nullish(),
  agent_mode: z.string().max(64).nullish(),
  dynamic_tools: z.boolean().nullish(),
})
export type ChangeSettingsBody = z.infer<typeof changeSettingsBodySchema>

export const gaiaSettingsSchema = z.object({
  custom_model: z.string().nullable(),
  model_status: z.object({ found: z.boolean(), downloaded: z.boolean(), loaded: z.boolean() }).nullable(),
  context_size: z.int().nullable(),
  agent_mode: z.string(),
  dynamic_tools: z.boolean(),
  dynamic_tools_locked: z.boolean(),
})
export type GaiaSettings = z.infer<typeof gaiaSettingsSchema>

/** An empty name is refused with a sentence, as GAIA does, and not here. */
const hostedModelSchema = z.union([z.string().regex(/^\s*$/), modelNameSchema])
export const loadModelBodySchema = z.object({
  model_name: hostedModelSchema,
  ctx_size: z.int().min(1).max(MAX_CONTEXT_SIZE).nullish(),
})
export const downloadModelBodySchema = z.object({ model_name: hostedModelSchema, force: z.boolean().nullish() })
export const loadingSchema = z.object({
  status: z.literal('loading'),
  model: z.string(),
  ctx_size: z.int().nullable(),
})
export const downloadingSchema = z.object({ status: z.literal('downloading'), model: z.string() })

export const preflightSchema = z.object({
  os: z.string(),
  detected_platform: z.string(),
  ram_gb: z.number(),
  disk_free_gb: z.number(),
  npu_detected: z.boolean(),
  gpu_name: z.null(),
  gpu_vram_gb: z.null(),
  lemonade_running: z.boolean(),
  tier: z.string(),
  recommended_profile: z.string(),
  recommended_model: z.string(),
  required_disk_gb: z.number(),
  required_memory_gb: z.number(),
  compatible: z.boolean(),
  blockers: z.array(z.string()),
  warnings: z.array(z.string()),
})
export type Preflight = z.infer<typeof preflightSchema>
export const onboardingSchema = z.object({
  initialized: z.boolean(),
  skipped: z.boolean(),
  completed_at: z.string().nullable(),
})
export const completeOnboardingBodySchema = z.object({ skipped: z.boolean().nullish() }).nullish()

export const agentSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  source: z.literal('builtin'),
  conversation_starters: z.array(z.string()),
  models: z.array(z.string()),
  min_memory_gb: z.null(),
  required_connections: z.array(z.string()),
  consumes_mcp_servers: z.boolean(),
  namespaced_agent_id: z.string(),
  category: z.string(),
  tags: z.array(z.string()),
  icon: z.string(),
  tools_count: z.int(),
  language: z.string(),
  device_configs: z.array(z.string()),
  model_tiers: z.array(z.string()),
})
export type AgentInfo = z.infer<typeof agentSchema>
export const agentListSchema = z.object({ agents: z.array(agentSchema), total: z.int() })

const documentIdsSchema = z.array(z.string()).max(MAX_DOCUMENT_IDS)

/** An integer in a query; one that is out of bounds is moved to the nearest bound. */
function clampedInt(bounds: { readonly from: number; readonly to: number; readonly orElse: number }) {
  return z
    .string()
    .regex(/^[+-]?\d+$/, 'Input should be a valid integer')
    .transform((digits) => Math.min(Math.max(Number(digits), bounds.from), bounds.to))
    .default(bounds.orElse)
}

function pageQuerySchema(limits: { readonly most: number; readonly orElse: number }) {
  return z.object({
    limit: clampedInt({ from: 1, to: limits.most, orElse: limits.orElse }),
    offset: clampedInt({ from: 0, to: Number.MAX_SAFE_INTEGER, orElse: 0 }),
  })
}

export const sessionsQuerySchema = pageQuerySchema({ most: 200, orElse: 50 })
export const messagesQuerySchema = pageQuerySchema({ most: 10_000, orElse: 100 })
export const exportQuerySchema = z.object({ format: z.string().default('markdown') })

const sessionIdSchema = z.string().brand('SessionId')

export const sendBodySchema = z.object({
  session_id: sessionIdSchema,
  message: messageTextSchema,
  stream: z.boolean().default(true),
  agent_type: agentTypeSchema.nullish(),
  document_ids: documentIdsSchema.nullish(),
})
export type SendBody = z.infer<typeof sendBodySchema>

/** Body of `cancel`, query of `attach`. */
export const sessionRefSchema = z.object({ session_id: sessionIdSchema })

export const confirmToolBodySchema = sessionRefSchema.extend({ approved: z.boolean() })

export const createSessionBodySchema = z.object({
  title: textSchema(MAX_TITLE_CODE_POINTS).nullish(),
  model: modelNameSchema.nullish(),
  system_prompt: textSchema(MAX_SYSTEM_PROMPT_CODE_POINTS).nullish(),
  document_ids: documentIdsSchema.nullish(),
  private: z.boolean().nullish(),
  agent_type: agentTypeSchema.nullish(),
  device: z.enum(['cpu', 'gpu', 'npu']).nullish(),
  mail_provider: z.enum(['google', 'microsoft']).nullish(),
})

export const updateSessionBodySchema = createSessionBodySchema
  .omit({ model: true })
  .extend({ title_is_custom: z.boolean().nullish() })
export type UpdateSessionBody = z.infer<typeof updateSessionBodySchema>

export const attachDocumentBodySchema = z.object({ document_id: z.string() })
export const documentParamsSchema = z.object({ id: sessionIdSchema, document: z.string() })

/** The message's id stays text here: what is a number and names no message is 404, not 422. */
export const messageParamsSchema = z.object({
  id: sessionIdSchema,
  message: z.string().regex(/^[+-]?\d+$/, 'Input should be a valid integer'),
})

export const statsSchema = z.object({
  tokens_per_second: z.number(),
  time_to_first_token: z.number(),
  input_tokens: z.int(),
  output_tokens: z.int(),
})
export type GaiaStats = z.infer<typeof statsSchema>

const agentStepSchema = z.object({
  id: z.int(),
  type: z.enum(['thinking', 'tool', 'status', 'error']),
  label: z.string(),
  detail: z.string().optional(),
  tool: z.string().optional(),
  result: z.string().optional(),
  success: z.boolean().optional(),
  active: z.boolean(),
  timestamp: z.int(),
  latencyMs: z.number().optional(),
})
export type AgentStep = z.infer<typeof agentStepSchema>

export const gaiaMessageSchema = z.object({
  id: z.int(),
  session_id: z.string(),
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  created_at: z.string(),
  rag_sources: z.null(),
  agent_steps: z.array(agentStepSchema).nullable(),
  stats: statsSchema.nullable(),
})
export type GaiaMessage = z.infer<typeof gaiaMessageSchema>

export const messagePageSchema = z.object({ messages: z.array(gaiaMessageSchema), total: z.int() })
export const sessionPageSchema = z.object({ sessions: z.array(sessionSchema), total: z.int() })

/** The answer of a send that does not stream. `outcome` is ours: without it a failure would look like an answer. */
export const sentSchema = z.object({
  message_id: z.int(),
  content: z.string(),
  sources: z.array(z.never()),
  tokens: z.null(),
  outcome: turnOutcomeSchema,
})

export const cancelledSchema = z.object({ status: z.literal('ok'), cancelled: z.literal(true) })
export const activeSessionsSchema = z.object({ session_ids: z.array(z.string()) })
export const activatedSchema = z.object({ activated: z.literal(true), session_id: z.string() })
export const deletedSchema = z.object({ deleted: z.literal(true) })
export const deletedCountSchema = deletedSchema.extend({ count: z.int() })
export const detachedSchema = z.object({ detached: z.literal(true) })

const messageImagesSchema = z.object({ images: z.array(messageImageSchema).optional() })

export const exportSchema = z.discriminatedUnion('format', [
  z.object({ format: z.literal('markdown'), content: z.string() }),
  z.object({
    format: z.literal('json'),
    session: sessionSchema,
    /** Images are ours: a session without any is as GAIA has it. */
    messages: z.array(z.intersection(gaiaMessageSchema, messageImagesSchema)),
    images: z.array(fileImageSchema).optional(),
  }),
])

export const healthSchema = z.object({
  status: z.literal('ok'),
  service: z.literal('gaia-agent-ui'),
  stats: z.object({
    sessions: z.int(),
    messages: z.int(),
    documents: z.int(),
    total_chunks: z.int(),
    total_size_bytes: z.int(),
  }),
})

const taskStatusSchema = z.enum(['pending', 'running', 'done', 'failed'])
const systemTaskSchema = z.object({ id: z.string(), name: z.string(), status: taskStatusSchema, error: z.null() })
export type SystemTask = z.infer<typeof systemTaskSchema>
export const systemTasksSchema = z.object({ tasks: z.array(systemTaskSchema) })

/** What can be read is read, nothing is written any more (R16). */
export const degradedHealthSchema = z.object({
  status: z.literal('degraded'),
  service: z.literal('gaia-agent-ui'),
  detail: z.string(),
})

export const systemStatusSchema = z.object({
  lemonade_running: z.boolean(),
  model_loaded: z.string().nullable(),
  embedding_model_loaded: z.boolean(),
  disk_space_gb: z.number(),
  memory_available_gb: z.number().nullable(),
  initialized: z.boolean(),
  version: z.string(),
  start_instruction: z.string().nullable(),
  start_command: z.string().nullable(),
  lemonade_version: z.string().nullable(),
  model_size_gb: z.number().nullable(),
  model_device: z.string().nullable(),
  model_context_size: z.int().nullable(),
  model_labels: z.array(z.string()).nullable(),
  gpu_name: z.string().nullable(),
  gpu_vram_gb: z.number().nullable(),
  tokens_per_second: z.number().nullable(),
  time_to_first_token: z.number().nullable(),
  processor_name: z.string().nullable(),
  device_supported: z.boolean(),
  context_size_sufficient: z.boolean(),
  model_downloaded: z.boolean().nullable(),
  default_model_name: z.string(),
  default_model_size_gb: z.number().nullable(),
  lemonade_url: z.string(),
  expected_model_loaded: z.boolean(),
  download_progress: z
    .object({
      state: z.enum(['starting', 'downloading', 'complete', 'error']),
      model_name: z.string(),
      percent: z.number(),
      file: z.string(),
      file_index: z.int(),
      total_files: z.int(),
      downloaded_bytes: z.int(),
      total_bytes: z.int(),
      message: z.string().nullable(),
    })
    .nullable(),
  init_state: z.enum(['initializing', 'ready', 'degraded']),
  init_tasks: z.array(z.object({ name: z.string(), status: z.string() })),
  detected_devices: z.array(z.string()),
  active_profile: z.string(),
  /** Ours: true where the built-in model answers, so that a screen can say so. */
  practice_model: z.boolean(),
})
export type SystemStatus = z.infer<typeof systemStatusSchema>
