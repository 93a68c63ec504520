import { z } from 'zod'

/** The kinds of local model server that Conch finds by itself. */
const modelServerKindSchema = z.enum([
  'lemonade',
  'ollama',
  'lm_studio',
  'llama_cpp',
  'vllm',
  'koboldcpp',
  'docker_model_runner',
])
export type ModelServerKind = z.infer<typeof modelServerKindSchema>

/** `other`: a server at an address that somebody named, of no kind that Conch knows. */
const namedServerKindSchema = z.enum([...modelServerKindSchema.options, 'other'])

/**
 * How a kind of server stands:
 * - `found`: it answers and has a model to talk to.
 * - `refused`: nothing listens where it usually is.
 * - `timed_out`: something listens there and does not answer.
 * - `needs_key`: it wants an API key, or another one.
 * - `no_model`: it answers and has no model to talk to.
 * - `loading`: it is bringing a model into memory; it will be ready by itself.
 * - `busy`: it answers somebody else now; a message would wait in its line.
 * - `unrecognised`: what listens there is not this kind of server, or cannot be understood.
 */
export const modelServerStateSchema = z.enum([
  'found',
  'refused',
  'timed_out',
  'needs_key',
  'no_model',
  'loading',
  'busy',
  'unrecognised',
])
export type ModelServerState = z.infer<typeof modelServerStateSchema>

const servedModelSchema = z.object({
  /** What the server wants to be asked for. */
  name: z.string(),
  /** On disk; null where the server does not tell. */
  size_bytes: z.int().nonnegative().nullable(),
  /** Whether it is in memory; null where the server does not tell. */
  loaded: z.boolean().nullable(),
  /** The server passes what it is sent on to another machine. */
  remote: z.boolean(),
})
export type ServedModel = z.infer<typeof servedModelSchema>

/** The one thing to do next: a sentence, and where there is one, a command to copy. */
export const nextStepSchema = z.object({ text: z.string(), command: z.string().nullable() })
export type NextStep = z.infer<typeof nextStepSchema>

export const modelServerSchema = z.object({
  kind: namedServerKindSchema,
  /** Its name as its makers write it. */
  name: z.string(),
  state: modelServerStateSchema,
  /** Where it was looked for: scheme, host and port. */
  address: z.string(),
  /** Its OpenAI-compatible API, ready to be a `--model-url`; null where no server of this kind was recognised. */
  base_url: z.string().nullable(),
  /** Those that can chat: in memory first, on this machine before elsewhere. */
  models: z.array(servedModelSchema),
  /** Tokens that the model in memory takes; null where the server does not tell. */
  context_size: z.int().positive().nullable(),
  next_step: nextStepSchema,
})
export type ModelServer = z.infer<typeof modelServerSchema>

/** One row for each kind, whether it was found or not, and one for an address that somebody named where that is none of them. */
export const modelServerTableSchema = z.object({ probed_at: z.string(), servers: z.array(modelServerSchema) })
export type ModelServerTable = z.infer<typeof modelServerTableSchema>

/** `unknown`: the server does not tell. Nothing is guessed. */
const capabilitySchema = z.enum(['yes', 'no', 'unknown'])
export type Capability = z.infer<typeof capabilitySchema>

/** What an endpoint can do with one of its models. */
export const modelCapabilitiesSchema = z.object({
  /** It goes on in the middle of an assistant message instead of beginning a new one (D6). */
  continues_message: capabilitySchema,
  /** It tells how much of the prompt it has read, when asked with `return_progress`. */
  reports_progress: capabilitySchema,
  tools: capabilitySchema,
  vision: capabilitySchema,
  context_size: z.int().positive().nullable(),
})
export type ModelCapabilities = z.infer<typeof modelCapabilitiesSchema>
