import type { ModelCapabilities } from '../../../protocol/model-server.ts'
import type { Clock } from '../../lib/clock.ts'
import { parseModelEndpoint } from '../model-endpoint.ts'
import { askShortReply } from './continuation.ts'
import { withServer } from './server-client.ts'
import { UNKNOWN_CAPABILITIES } from './server-kind.ts'
import { identifyServer } from './server-kinds.ts'

export interface CapabilityOptions {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  readonly model: string
  /** Belongs to `baseUrl`, and is sent to its origin alone (S16). */
  readonly apiKey: string | null
  readonly clock: Clock
  /**
   * Where the server does not say of itself whether it can go on in a message or report progress, it may be made to write
   * a few tokens. That loads the model, and waits in the server's line.
   */
  readonly mayGenerate?: boolean
}

const LOOK_LIMIT_MS = 5_000
const SHORT_REPLY_LIMIT_MS = 20_000

/**
 * What an endpoint can do with a model, by its kind and by what it says. Whatever cannot be known is `unknown`. Rejects
 * with `signal.reason` when that aborts; throws where the address or the key cannot be one.
 */
export async function readModelCapabilities(
  options: CapabilityOptions,
  signal: AbortSignal,
): Promise<ModelCapabilities> {
  const { model, clock } = options
  const endpoint = parseModelEndpoint(options.baseUrl, options.apiKey)
  const chatPath = endpoint.pathOf('/chat/completions')
  const rootPath = /^(.*?)(\/api|\/engines)?\/v1\/chat\/completions/.exec(chatPath)?.[1] ?? ''
  const at = { origin: endpoint.origin, rootPath, headers: endpoint.headers, clock }
  const told = await withServer({ ...at, limitMs: LOOK_LIMIT_MS }, signal, async (server) => {
    const kind = await identifyServer(server, null)
    return kind ? await kind.readCapabilities(server, model) : UNKNOWN_CAPABILITIES
  })
  if (!options.mayGenerate || (told.continues_message !== 'unknown' && told.reports_progress !== 'unknown')) return told
  const shown = await withServer({ ...at, limitMs: SHORT_REPLY_LIMIT_MS }, signal, (server) =>
    askShortReply(server, chatPath.slice(rootPath.length), model),
  )
  return {
    ...told,
    continues_message: told.continues_message === 'unknown' ? shown.continuesMessage : told.continues_message,
    reports_progress: told.reports_progress === 'unknown' ? shown.reportsProgress : told.reports_progress,
  }
}
