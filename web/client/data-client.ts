import { z } from 'zod'
import { requestOf } from '../../client/request.ts'
import { type AllSessions, allSessionsSchema } from '../../protocol/session.ts'
import { type ApiResult, failureOf, parseAnswer } from './api-result.ts'
import type { ApiCall, ApiTransport } from './api-transport.ts'

const healthSchema = z.object({ stats: allSessionsSchema }).transform(({ stats }) => stats)
const settingsSchema = z.object({ context_size: z.int().positive().nullable() })
export type ContextSetting = z.infer<typeof settingsSchema>

/** What is kept here as a whole, and how much room models are asked for. No call rejects for what a server or a network may do. */
export interface DataClient {
  readonly count: () => Promise<ApiResult<AllSessions>>
  /** Deletes exactly what was counted, or nothing. */
  readonly deleteAll: (seen: AllSessions) => Promise<ApiResult<unknown>>
  readonly readContextSize: () => Promise<ApiResult<ContextSetting>>
  /** Null: as the model's server decides. */
  readonly setContextSize: (tokens: number | null) => Promise<ApiResult<ContextSetting>>
  /** Has Lemonade load a model, with the room that is set. */
  readonly loadModel: (name: string) => Promise<ApiResult<unknown>>
}

/** Where all sessions are to be had as one file. The browser saves it by itself, however large it is. */
export const EXPORT_ADDRESS = requestOf('GET /api/sessions/export').path

export function createDataClient(transport: ApiTransport): DataClient {
  async function ask<Value>(schema: z.ZodType<Value>, call: ApiCall): Promise<ApiResult<Value>> {
    const answer = await transport.request(call)
    if (answer === null) return { status: 'unreachable' }
    return answer.response.ok ? parseAnswer(schema, answer.body) : failureOf(answer.response, answer.body)
  }
  return {
    count: () => ask(healthSchema, requestOf('GET /api/health')),
    deleteAll: (seen) => ask(z.unknown(), requestOf('POST /api/sessions/delete-all', { body: seen })),
    readContextSize: () => ask(settingsSchema, requestOf('GET /api/settings')),
    setContextSize: (tokens) => ask(settingsSchema, requestOf('PUT /api/settings', { body: { context_size: tokens } })),
    loadModel: (name) => ask(z.unknown(), requestOf('POST /api/system/load-model', { body: { model_name: name } })),
  }
}
