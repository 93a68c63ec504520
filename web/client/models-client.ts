import { requestOf } from '../../client/request.ts'
import { type Models, modelsSchema } from '../../protocol/models.ts'
import { type ApiResult, failureOf, parseAnswer } from './api-result.ts'
import type { ApiCall, ApiTransport } from './api-transport.ts'

/** What a person can choose. */
export type WantedChoice =
  | { readonly kind: 'automatic' }
  | { readonly kind: 'practice' }
  | { readonly kind: 'endpoint'; readonly base_url: string; readonly model: string | null }

/** Which model answers, in the words of the screens. No call rejects for what a server or a network may do. */
export interface ModelsClient {
  readonly read: () => Promise<ApiResult<Models>>
  readonly probe: () => Promise<ApiResult<Models>>
  /** Has the chosen model write a few tokens. */
  readonly tryOut: () => Promise<ApiResult<Models>>
  readonly choose: (wanted: WantedChoice) => Promise<ApiResult<Models>>
  /** Null forgets the key. */
  readonly keepKey: (baseUrl: string, key: string | null) => Promise<ApiResult<Models>>
}

export function createModelsClient(transport: ApiTransport): ModelsClient {
  async function ask(call: ApiCall): Promise<ApiResult<Models>> {
    const answer = await transport.request(call)
    if (answer === null) return { status: 'unreachable' }
    return answer.response.ok ? parseAnswer(modelsSchema, answer.body) : failureOf(answer.response, answer.body)
  }
  return {
    read: () => ask(requestOf('GET /api/models')),
    probe: () => ask(requestOf('POST /api/models/probe')),
    tryOut: () => ask(requestOf('POST /api/models/trial')),
    choose: (wanted) => ask(requestOf('PUT /api/models/choice', { body: wanted })),
    keepKey: (baseUrl, key) => ask(requestOf('PUT /api/models/key', { body: { base_url: baseUrl, api_key: key } })),
  }
}
