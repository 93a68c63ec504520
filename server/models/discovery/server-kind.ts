import type {
  Capability,
  ModelCapabilities,
  ModelServerKind,
  ModelServerState,
  NextStep,
  ServedModel,
} from '../../../protocol/model-server.ts'
import type { ServerClient } from './server-client.ts'

/** What a recognised server says of itself. */
export interface ServerReport {
  readonly state: Exclude<ModelServerState, 'refused' | 'timed_out'>
  readonly models: readonly ServedModel[]
  readonly contextSize: number | null
}

/**
 * A kind of model server. There is one file for each.
 *
 * Servers imitate one another: Lemonade, KoboldCpp and Docker Model Runner answer Ollama's questions, KoboldCpp also those of
 * llama.cpp, and users move ports. So `recognise` goes by what is answered, never by the port, and asks for something that
 * no other kind says; `server-kinds.test.ts` holds each kind against all others.
 */
export interface ServerKind {
  readonly kind: ModelServerKind
  /** As its makers write it. */
  readonly name: string
  /** Where it listens unless told otherwise, the most usual port first. */
  readonly ports: readonly [number, ...number[]]
  /** Where its OpenAI-compatible API begins. */
  readonly apiPath: '/v1' | '/api/v1' | '/engines/v1'
  /** What to do where it does not run, and where it has no model. */
  readonly advice: { readonly start: NextStep; readonly addModel: NextStep; readonly key: string }
  recognise(server: ServerClient): Promise<boolean>
  /** Asked after `recognise` said yes. */
  readState(server: ServerClient): Promise<ServerReport>
  /** Asked after `recognise` said yes. Costs the server no generation. */
  readCapabilities(server: ServerClient, model: string): Promise<ModelCapabilities>
}

export const UNKNOWN_CAPABILITIES: ModelCapabilities = {
  continues_message: 'unknown',
  reports_progress: 'unknown',
  tools: 'unknown',
  vision: 'unknown',
  context_size: null,
}

export function toCapability(value: boolean | null | undefined): Capability {
  if (value === undefined || value === null) return 'unknown'
  return value ? 'yes' : 'no'
}
