import { z } from 'zod'
import type { MessageId, Seq, SessionId, TurnId } from '../../protocol/ids.ts'
import { type TurnActiveProblem, turnActiveProblemSchema } from '../../protocol/problem.ts'
import { type Session, sessionSchema } from '../../protocol/session.ts'
import { type Transcript, transcriptSchema } from '../../protocol/transcript.ts'
import { type Turn, turnSchema } from '../../protocol/turn.ts'
import { type ApiFailure, type ApiResult, failureOf, parseAnswer } from './api-result.ts'
import { type ApiCall, type ApiTransport, readAnswer } from './api-transport.ts'
import { type SystemStatus, systemStatusSchema } from './system-status.ts'

const sessionPageSchema = z.object({ sessions: z.array(sessionSchema), total: z.int().nonnegative() })
export type SessionPage = z.infer<typeof sessionPageSchema>

const deletedSchema = z.object({ deleted: z.boolean() })

export interface TurnRequest {
  readonly message: string
  readonly onBusy: 'reject' | 'interrupt'
  /** The same key for the same attempt: a repeat after a lost answer does not start a second turn. */
  readonly idempotencyKey: string
}

export type StartTurnResult =
  | { readonly status: 'accepted'; readonly turn: Turn }
  | { readonly status: 'turn_active'; readonly problem: TurnActiveProblem }
  | ApiFailure

export type StreamOpening = { readonly status: 'open'; readonly body: ReadableStream<Uint8Array> } | ApiFailure

/** The native API in the words of the screens. No call rejects for what a server or a network may do. */
export interface ApiClient {
  readonly listSessions: (page: { limit: number; offset: number }) => Promise<ApiResult<SessionPage>>
  readonly createSession: () => Promise<ApiResult<Session>>
  readonly renameSession: (sessionId: SessionId, title: string) => Promise<ApiResult<Session>>
  readonly deleteSession: (sessionId: SessionId) => Promise<ApiResult<{ deleted: boolean }>>
  readonly branchSession: (sessionId: SessionId) => Promise<ApiResult<Session>>
  readonly readTranscript: (sessionId: SessionId, before?: MessageId) => Promise<ApiResult<Transcript>>
  readonly startTurn: (sessionId: SessionId, request: TurnRequest) => Promise<StartTurnResult>
  readonly cancelTurn: (turnId: TurnId) => Promise<ApiResult<Turn>>
  readonly readSystemStatus: () => Promise<ApiResult<SystemStatus>>
  readonly openSessionStream: (sessionId: SessionId, after: Seq, signal: AbortSignal) => Promise<StreamOpening>
  readonly openAppStream: (signal: AbortSignal) => Promise<StreamOpening>
}

export function createApiClient(transport: ApiTransport): ApiClient {
  async function ask<Value>(schema: z.ZodType<Value>, call: ApiCall): Promise<ApiResult<Value>> {
    const answer = await transport.request(call)
    if (answer === null) return { status: 'unreachable' }
    return answer.response.ok ? parseAnswer(schema, answer.body) : failureOf(answer.response, answer.body)
  }

  return {
    listSessions: ({ limit, offset }) =>
      ask(sessionPageSchema, { method: 'GET', path: `/api/sessions?limit=${limit}&offset=${offset}` }),
    createSession: () => ask(sessionSchema, { method: 'POST', path: '/api/sessions', body: {} }),
    renameSession: (sessionId, title) =>
      ask(sessionSchema, { method: 'PUT', path: sessionPath(sessionId), body: { title } }),
    deleteSession: (sessionId) => ask(deletedSchema, { method: 'DELETE', path: sessionPath(sessionId) }),
    branchSession: (sessionId) =>
      ask(sessionSchema, { method: 'POST', path: `${sessionPath(sessionId)}/branch`, body: {} }),
    readTranscript: (sessionId, before) =>
      ask(transcriptSchema, { method: 'GET', path: transcriptPath(sessionId, before) }),
    startTurn: (sessionId, turn) => startTurn(transport, sessionId, turn),
    cancelTurn: (turnId) =>
      ask(turnSchema, { method: 'POST', path: `/api/turns/${encodeURIComponent(turnId)}/cancel`, body: {} }),
    readSystemStatus: () => ask(systemStatusSchema, { method: 'GET', path: '/api/system/status' }),
    openSessionStream: (sessionId, after, signal) =>
      openStream(transport, `${sessionPath(sessionId)}/events?after=${after}`, signal),
    openAppStream: (signal) => openStream(transport, '/api/events', signal),
  }
}

function sessionPath(sessionId: SessionId): string {
  return `/api/sessions/${encodeURIComponent(sessionId)}`
}

function transcriptPath(sessionId: SessionId, before: MessageId | undefined): string {
  return `${sessionPath(sessionId)}/transcript?limit=100${before === undefined ? '' : `&before=${before}`}`
}

async function startTurn(transport: ApiTransport, sessionId: SessionId, turn: TurnRequest): Promise<StartTurnResult> {
  const answer = await transport.request({
    method: 'POST',
    path: `${sessionPath(sessionId)}/turns`,
    body: { message: turn.message, on_busy: turn.onBusy },
    headers: { 'Idempotency-Key': turn.idempotencyKey },
  })
  if (answer === null) return { status: 'unreachable' }
  const { response, body } = answer
  if (response.status === 409) {
    const refusal = turnActiveProblemSchema.safeParse(body)
    if (refusal.success) return { status: 'turn_active', problem: refusal.data }
  }
  if (!response.ok) return failureOf(response, body)
  const parsed = parseAnswer(turnSchema, body)
  return parsed.status === 'ok' ? { status: 'accepted', turn: parsed.value } : parsed
}

async function openStream(transport: ApiTransport, path: string, signal: AbortSignal): Promise<StreamOpening> {
  const response = await transport.open({ method: 'GET', path, signal, headers: { Accept: 'text/event-stream' } })
  if (response === null) return { status: 'unreachable' }
  if (!response.ok) return failureOf(response, (await readAnswer(response))?.body)
  return response.body === null ? { status: 'unreadable' } : { status: 'open', body: response.body }
}
