import type { ModelServer, ModelServerState } from '../../../protocol/model-server.ts'
import type { Clock } from '../../lib/clock.ts'
import { listModels, type ModelList } from '../list-models.ts'
import { parseModelEndpoint } from '../model-endpoint.ts'
import { stateOf } from './look-at-address.ts'
import { type AdvisedKind, nextStepFor } from './next-step.ts'
import { withServer } from './server-client.ts'
import type { ServerKind, ServerReport } from './server-kind.ts'
import { identifyServer } from './server-kinds.ts'
import { reportModels } from './server-report.ts'

export interface NamedEndpoint {
  /** Ends in `/v1` as a rule. */
  readonly baseUrl: string
  readonly apiKey: string | null
}

const LOOK_LIMIT_MS = 2_000

const ANY_SERVER: Omit<AdvisedKind, 'apiPath'> = {
  name: 'The model server',
  advice: {
    start: { text: 'Start the model server there, or choose another one.', command: null },
    addModel: { text: 'Load a model there.', command: null },
    key: 'Whoever runs that server knows it.',
  },
}

/**
 * How the server at an address that somebody named stands: as its kind where it is one of ours, else as any server that speaks
 * OpenAI's API. Rejects with `signal.reason` when that aborts, and for nothing a server does.
 */
export async function lookAtEndpoint(
  { baseUrl, apiKey }: NamedEndpoint,
  clock: Clock,
  signal: AbortSignal,
): Promise<ModelServer> {
  const endpoint = parseModelEndpoint(baseUrl, apiKey)
  const basePath = endpoint.shownUrl.slice(endpoint.origin.length)
  const rootPath = /^(.*?)(\/api|\/engines)?\/v1$/.exec(basePath)?.[1] ?? ''
  const at = { origin: endpoint.origin, rootPath, headers: endpoint.headers, clock, limitMs: LOOK_LIMIT_MS }
  const seen = await withServer(at, signal, async (server) => {
    const kind = await identifyServer(server, null)
    const report = kind ? await kind.readState(server) : null
    return {
      kind,
      report,
      state: stateOf(server, report),
      isThere: server.trouble !== 'refused' && server.trouble !== 'timed_out',
    }
  })
  const { report, state } =
    seen.kind || !seen.isThere ? seen : reportOf(await listModels({ baseUrl, apiKey: apiKey ?? undefined, clock }))
  signal.throwIfAborted()
  const kind: AdvisedKind & { readonly kind: ServerKind['kind'] | 'other' } = {
    ...(seen.kind ?? { ...ANY_SERVER, kind: 'other' }),
    apiPath: basePath,
  }
  const port = Number(new URL(endpoint.origin).port) || 0
  const address = { origin: endpoint.origin, port, ip: endpoint.hostname }
  return {
    kind: kind.kind,
    name: seen.kind?.name ?? new URL(endpoint.origin).host,
    state,
    address: endpoint.origin,
    base_url: endpoint.shownUrl,
    models: [...(report?.models ?? [])],
    context_size: report?.contextSize ?? null,
    next_step: nextStepFor(kind, { address, state, report, sentKey: 'authorization' in endpoint.headers }),
  }
}

/** As much of a server's state as its list of models tells. */
function reportOf(list: ModelList): { readonly report: ServerReport | null; readonly state: ModelServerState } {
  switch (list.status) {
    case 'listed': {
      const report = reportModels({ models: list.names.map((name) => ({ name })) })
      return { report, state: report.state }
    }
    case 'none':
      return { report: null, state: 'no_model' }
    case 'needs_key':
      return { report: null, state: 'needs_key' }
    case 'unreachable':
      return { report: null, state: 'unrecognised' }
  }
}
