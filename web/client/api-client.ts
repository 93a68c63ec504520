import { z } from 'zod'
import { requestOf } from '../../client/request.ts'
import type { MessageId, Seq, SessionId, TurnId } from '../../protocol/ids.ts'
import { type ImageId, type MessageImage, messageImageSchema } from '../../protocol/image.ts'
import {
  type StaleViewProblem,
  staleViewProblemSchema,
  type TurnActiveProblem,
  turnActiveProblemSchema,
} from '../../protocol/problem.ts'
import { type Queued, queuedSchema } from '../../protocol/queue.ts'
import { type OnBusy, shownAlternativeSchema } from '../../protocol/requests.ts'
import { type SearchPage, searchPageSchema } from '../../protocol/search.ts'
import { type Session, sessionSchema } from '../../protocol/session.ts'
import { type Transcript, transcriptSchema } from '../../protocol/transcript.ts'
import { type Turn, turnSchema } from '../../protocol/turn.ts'
import { type ApiFailure, type ApiResult, failureOf, parseAnswer } from './api-result.ts'
import type { ApiCall, ApiTransport } from './api-transport.ts'
import { changeQueue, type QueueCall, type QueueResult } from './queue-call.ts'
import { openStream, type StreamOpening } from './stream-opening.ts'
import { type SystemStatus, systemStatusSchema } from './system-status.ts'

const sessionPageSchema = z.object({ sessions: z.array(sessionSchema), total: z.int().nonnegative() })
export type SessionPage = z.infer<typeof sessionPageSchema>

const TRANSCRIPT_PAGE = 100

/** Stands where the file goes, which only the server reads. */
const NO_FILE = { format: 'json', session: { title: '' }, messages: [] } as const

const deletedSchema = z.object({ deleted: z.boolean() })

export interface TurnRequest {
  /** Null: ask again what `replaces` asked. */
  readonly message: string | null
  /** A message whose turn this one takes the place of. */
  readonly replaces?: MessageId
  readonly images?: readonly ImageId[]
  readonly onBusy: OnBusy
  /** The cursor that this tab shows; null where what it shows may be behind. */
  readonly expectedSeq: Seq | null
  /** The same key for the same attempt: a repeat after a lost answer does not start a second turn. */
  readonly idempotencyKey: string
}

export type ExportFormat = 'markdown' | 'json'

/** The newest messages, or the newest of those before one. */
export interface TranscriptPage {
  readonly before?: MessageId | undefined
  readonly limit?: number
}

export type StartTurnResult =
  | { readonly status: 'accepted'; readonly turn: Turn }
  | { readonly status: 'queued'; readonly queued: Queued }
  | { readonly status: 'turn_active'; readonly problem: TurnActiveProblem }
  | { readonly status: 'stale_view'; readonly problem: StaleViewProblem }
  | ApiFailure

/** The native API in the words of the screens. No call rejects for what a server or a network may do. */
export interface ApiClient {
  readonly listSessions: (page: { limit: number; offset: number }) => Promise<ApiResult<SessionPage>>
  readonly createSession: () => Promise<ApiResult<Session>>
  readonly renameSession: (sessionId: SessionId, title: string) => Promise<ApiResult<Session>>
  readonly setSessionPrivate: (sessionId: SessionId, isPrivate: boolean) => Promise<ApiResult<Session>>
  readonly setSessionPinned: (sessionId: SessionId, isPinned: boolean) => Promise<ApiResult<Session>>
  /** Messages and titles with these words; with `before`, only messages before that one. */
  readonly search: (text: string, before?: MessageId) => Promise<ApiResult<SearchPage>>
  readonly deleteSession: (sessionId: SessionId) => Promise<ApiResult<{ deleted: boolean }>>
  readonly exportSession: (sessionId: SessionId, format: ExportFormat) => Promise<ApiResult<object>>
  /** A new session with what `file` says of one; the server judges what that is. */
  readonly importSession: (file: unknown) => Promise<ApiResult<Session>>
  /** Copies what is settled, up to `upTo` where it is given. */
  readonly branchSession: (sessionId: SessionId, upTo?: MessageId) => Promise<ApiResult<Session>>
  readonly showAlternative: (sessionId: SessionId, question: MessageId) => Promise<ApiResult<unknown>>
  /** Deletes the message and all below it. */
  readonly removeMessagesFrom: (sessionId: SessionId, messageId: MessageId) => Promise<ApiResult<unknown>>
  readonly readTranscript: (sessionId: SessionId, page?: TranscriptPage) => Promise<ApiResult<Transcript>>
  readonly giveImage: (sessionId: SessionId, image: Blob) => Promise<ApiResult<MessageImage>>
  readonly startTurn: (sessionId: SessionId, request: TurnRequest) => Promise<StartTurnResult>
  readonly changeQueue: (sessionId: SessionId, call: QueueCall) => Promise<QueueResult>
  readonly sendQueuedNow: (sessionId: SessionId, turnId: TurnId) => Promise<ApiResult<Turn>>
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
    listSessions: (page) => ask(sessionPageSchema, requestOf('GET /api/sessions', { query: page })),
    createSession: () => ask(sessionSchema, requestOf('POST /api/sessions', { body: {} })),
    renameSession: (id, title) =>
      ask(sessionSchema, requestOf('PUT /api/sessions/{id}', { path: { id }, body: { title } })),
    setSessionPrivate: (id, isPrivate) =>
      ask(sessionSchema, requestOf('PUT /api/sessions/{id}', { path: { id }, body: { private: isPrivate } })),
    setSessionPinned: (id, isPinned) =>
      ask(sessionSchema, requestOf(`${isPinned ? 'PUT' : 'DELETE'} /api/sessions/{id}/pin`, { path: { id } })),
    search: (q, before) =>
      ask(searchPageSchema, requestOf('GET /api/search', { query: { q, ...(before !== undefined && { before }) } })),
    deleteSession: (id) => ask(deletedSchema, requestOf('DELETE /api/sessions/{id}', { path: { id } })),
    exportSession: (id, format) =>
      ask(z.looseObject({}), requestOf('GET /api/sessions/{id}/export', { path: { id }, query: { format } })),
    importSession: (file) =>
      ask(sessionSchema, { ...requestOf('POST /api/sessions/import', { body: NO_FILE }), body: file }),
    branchSession: (id, upTo) => {
      const body = upTo === undefined ? {} : { up_to_message_id: upTo }
      return ask(sessionSchema, requestOf('POST /api/sessions/{id}/branch', { path: { id }, body }))
    },
    showAlternative: (id, question) =>
      ask(
        shownAlternativeSchema,
        requestOf('POST /api/sessions/{id}/alternative', { path: { id }, body: { message_id: question } }),
      ),
    removeMessagesFrom: (id, messageId) =>
      ask(
        deletedSchema,
        requestOf('DELETE /api/sessions/{id}/messages/{message}/and-below', {
          path: { id, message: String(messageId) },
        }),
      ),
    readTranscript: (id, { before, limit = TRANSCRIPT_PAGE } = {}) => {
      const query = { limit, ...(before !== undefined && { before }) }
      return ask(transcriptSchema, requestOf('GET /api/sessions/{id}/transcript', { path: { id }, query }))
    },
    giveImage: (id, image) =>
      ask(messageImageSchema, { ...requestOf('POST /api/sessions/{id}/images', { path: { id } }), file: image }),
    startTurn: (sessionId, turn) => startTurn(transport, sessionId, turn),
    changeQueue: (id, call) => changeQueue(transport, id, call),
    sendQueuedNow: (id, turn) =>
      ask(turnSchema, requestOf('POST /api/sessions/{id}/queue/{turn}/send-now', { path: { id, turn } })),
    cancelTurn: (id) => ask(turnSchema, requestOf('POST /api/turns/{id}/cancel', { path: { id } })),
    readSystemStatus: () => ask(systemStatusSchema, requestOf('GET /api/system/status')),
    openSessionStream: (id, after, signal) =>
      openStream(transport, requestOf('GET /api/sessions/{id}/events', { path: { id }, query: { after } }), signal),
    openAppStream: (signal) => openStream(transport, requestOf('GET /api/events'), signal),
  }
}

async function startTurn(transport: ApiTransport, id: SessionId, turn: TurnRequest): Promise<StartTurnResult> {
  const { message, replaces, images = [], onBusy } = turn
  const answer = await transport.request(
    requestOf('POST /api/sessions/{id}/turns', {
      path: { id },
      headers: { 'Idempotency-Key': turn.idempotencyKey },
      body: {
        ...(message !== null && { message }),
        ...(replaces !== undefined && { replaces }),
        ...(images.length > 0 && { images: [...images] }),
        on_busy: onBusy,
        ...(turn.expectedSeq !== null && { expected_seq: turn.expectedSeq }),
      },
    }),
  )
  if (answer === null) return { status: 'unreachable' }
  const { response, body } = answer
  if (response.status === 409) {
    const refusal = turnActiveProblemSchema.safeParse(body)
    if (refusal.success) return { status: 'turn_active', problem: refusal.data }
    const stale = staleViewProblemSchema.safeParse(body)
    if (stale.success) return { status: 'stale_view', problem: stale.data }
  }
  if (!response.ok) return failureOf(response, body)
  if (response.status === 202) {
    const queued = parseAnswer(queuedSchema, body)
    return queued.status === 'ok' ? { status: 'queued', queued: queued.value } : queued
  }
  const parsed = parseAnswer(turnSchema, body)
  return parsed.status === 'ok' ? { status: 'accepted', turn: parsed.value } : parsed
}
