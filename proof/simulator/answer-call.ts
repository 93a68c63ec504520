import { messageIdSchema, sessionIdSchema, turnIdSchema } from '../../protocol/ids.ts'
import type { StartResult } from '../../server/turns/turn-command.ts'
import type { Answer, Call } from '../evidence/history.ts'
import type { ServerCore } from './server-core.ts'

/** How a call ended for the one who made it. */
export type Outcome =
  | { readonly answer: Answer }
  | { readonly refused: number; readonly activeTurnId?: string }
  | { readonly unclear: string }

/** What the routes would answer, for each way in which a send can end. */
const STATUS_OF: Readonly<Record<Exclude<StartResult['status'], 'accepted' | 'queued'>, number>> = {
  turn_active: 409,
  stale_view: 409,
  send_cancelled: 409,
  queue_full: 429,
  key_reused: 422,
  session_not_found: 404,
  message_not_found: 404,
  server_busy: 429,
  shutting_down: 503,
}

const STATUS_OF_CHANGE = {
  queue_changed: 409,
  not_queued: 404,
  queue_full: 429,
  session_not_found: 404,
  server_busy: 429,
  shutting_down: 503,
} as const

/** Carries out what is asked, as the routes would. */
export async function answerCall(
  server: ServerCore,
  { client, call }: { client: string; call: Call },
): Promise<Outcome> {
  const { engine, sessions, store } = server
  switch (call.do) {
    case 'create':
      return { answer: { to: 'create', sessionId: (await sessions.create({})).id } }
    case 'send':
      return answerSend(await startTurn(server, client, call))
    case 'cancel': {
      const turn = await engine.cancel(turnIdSchema.parse(call.turnId))
      return turn ? { answer: { to: 'cancel', outcome: turn.outcome?.status ?? null } } : { refused: 404 }
    }
    case 'cancel-send':
    case 'change-queue':
    case 'unqueue':
    case 'send-now':
      return await answerQueueCall(server, call)
    case 'rename': {
      const renamed = await sessions.update(sessionIdSchema.parse(call.sessionId), {
        title: call.title,
        titleIsCustom: true,
      })
      return renamed.status === 'updated' ? { answer: { to: 'rename' } } : { refused: 404 }
    }
    case 'delete': {
      const deleted = await sessions.delete(sessionIdSchema.parse(call.sessionId))
      return deleted ? { answer: { to: 'delete' } } : { refused: 404 }
    }
    case 'branch': {
      const branch = await sessions.branch(sessionIdSchema.parse(call.sessionId), undefined)
      return branch ? { answer: { to: 'branch', sessionId: branch.id } } : { refused: 404 }
    }
    case 'read': {
      const sessionId = sessionIdSchema.parse(call.sessionId)
      const page = await store.sessions.readTranscript({ sessionId, limit: 1_000, before: undefined })
      if (!page) return { refused: 404 }
      const { cursor, activeTurnId } = page
      return { answer: { to: 'read', cursor, messageIds: page.messages.map((m) => m.message_id), activeTurnId } }
    }
  }
}

type QueueCall = Extract<Call, { do: 'cancel-send' | 'change-queue' | 'unqueue' | 'send-now' }>

async function answerQueueCall({ engine }: ServerCore, call: QueueCall): Promise<Outcome> {
  const sessionId = sessionIdSchema.parse(call.sessionId)
  switch (call.do) {
    case 'cancel-send': {
      const cancelled = await engine.cancelSend(sessionId, call.key)
      if (cancelled.status !== 'cancelled') return { refused: 404 }
      const { turn } = cancelled
      const turnId = turn?.turn_id ?? null
      return { answer: { to: 'cancel-send', turnId, outcome: turn?.outcome?.status ?? null } }
    }
    case 'change-queue': {
      const { change: type, revision } = call
      const { status } = await engine.changeQueue(sessionId, { type, revision })
      return status === 'changed' ? { answer: { to: 'change-queue' } } : { refused: STATUS_OF_CHANGE[status] }
    }
    case 'unqueue': {
      const { status } = await engine.changeQueue(sessionId, {
        type: 'remove',
        turnId: turnIdSchema.parse(call.turnId),
      })
      return status === 'changed' ? { answer: { to: 'unqueue' } } : { refused: STATUS_OF_CHANGE[status] }
    }
    case 'send-now': {
      const sent = await engine.sendNow({ sessionId, turnId: turnIdSchema.parse(call.turnId) })
      if (sent.status === 'accepted') return { answer: { to: 'send-now', turnId: sent.turn.turn_id } }
      return { refused: STATUS_OF_CHANGE[sent.status] }
    }
  }
}

function startTurn({ engine }: ServerCore, client: string, call: Extract<Call, { do: 'send' }>): Promise<StartResult> {
  const { message, key, onBusy } = call
  const replaces = call.replaces === undefined ? undefined : messageIdSchema.parse(call.replaces)
  const idempotency = key === null ? undefined : { key, fingerprint: message }
  const holder = { kind: 'api', label: client } as const
  const sessionId = sessionIdSchema.parse(call.sessionId)
  return engine.start({ sessionId, message, replaces, holder, clientId: client, onBusy, idempotency })
}

function answerSend(result: StartResult): Outcome {
  if (result.status === 'accepted') {
    const { turn, repeated } = result
    return { answer: { to: 'send', turnId: turn.turn_id, firstSeq: turn.first_seq, repeated } }
  }
  if (result.status === 'queued') {
    return { answer: { to: 'queued', turnId: result.turnId, repeated: result.repeated } }
  }
  const refused = STATUS_OF[result.status]
  return result.status === 'turn_active' ? { refused, activeTurnId: result.activeTurn.turn_id } : { refused }
}
