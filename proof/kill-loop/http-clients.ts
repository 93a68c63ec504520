import { z } from 'zod'
import { queuedSchema } from '../../protocol/queue.ts'
import { transcriptSchema } from '../../protocol/transcript.ts'
import { cancelledSendSchema, turnSchema } from '../../protocol/turn.ts'
import type { ConchClient, Answer as HttpAnswer } from '../../tests/conch-client.ts'
import type { Answer, Call } from '../evidence/history.ts'
import type { Recorder } from '../evidence/recorder.ts'

const sessionAnswer = z.object({ id: z.string() })
const refusal = z.object({ code: z.string(), active_turn: z.object({ turn_id: z.string() }).optional() })

/**
 * Makes one call over HTTP and writes down what came of it. Answers with what was accepted, or undefined.
 *
 * The rule of evidence: 2xx is `ok`, a definite 4xx is `fail`, and so is a server that says it is stopping; everything else,
 * no answer at all among it, is `info`.
 */
export async function ask(
  http: ConchClient,
  who: { readonly client: string; readonly call: Call },
  recorder: Recorder,
): Promise<Answer | undefined> {
  const op = recorder.invoke(who.client, who.call)
  try {
    const answer = await carryOut(http, who.call)
    if (answer.status < 300) {
      const accepted = read(who.call, answer)
      return recorder.ok(op, accepted) ? accepted : undefined
    }
    const known = refusal.safeParse(answer.json).data
    const isDefinite = answer.status < 500 || known?.code === 'shutting_down'
    if (isDefinite) recorder.fail(op, answer.status, known?.active_turn?.turn_id ?? null)
    else recorder.info(op, `${answer.status} ${answer.text.slice(0, 80)}`)
  } catch (error) {
    if (error instanceof z.ZodError) throw error
    recorder.info(op, String(error))
  }
  return undefined
}

function carryOut(http: ConchClient, call: Call): Promise<HttpAnswer> {
  switch (call.do) {
    case 'create':
      return http.request('POST', '/api/sessions', { body: {} })
    case 'send': {
      const { key, message, replaces, onBusy: on_busy } = call
      const headers = key === null ? {} : { 'idempotency-key': key }
      return http.request('POST', `/api/sessions/${call.sessionId}/turns`, {
        body: { message, replaces, on_busy },
        headers,
      })
    }
    case 'cancel-send':
      return http.request('POST', `/api/sessions/${call.sessionId}/sends/cancel`, {
        headers: { 'idempotency-key': call.key },
      })
    case 'change-queue': {
      const { revision } = call
      return http.request('POST', `/api/sessions/${call.sessionId}/queue/${call.change}`, { body: { revision } })
    }
    case 'unqueue':
      return http.request('DELETE', `/api/sessions/${call.sessionId}/queue/${call.turnId}`)
    case 'send-now':
      return http.request('POST', `/api/sessions/${call.sessionId}/queue/${call.turnId}/send-now`)
    case 'cancel':
      return http.request('POST', `/api/turns/${call.turnId}/cancel`)
    case 'rename':
      return http.request('PUT', `/api/sessions/${call.sessionId}`, { body: { title: call.title } })
    case 'delete':
      return http.request('DELETE', `/api/sessions/${call.sessionId}`)
    case 'branch':
      return http.request('POST', `/api/sessions/${call.sessionId}/branch`, { body: {} })
    case 'read':
      return http.request('GET', `/api/sessions/${call.sessionId}/transcript?limit=100`)
  }
}

function read(call: Call, { status, json, headers }: HttpAnswer): Answer {
  switch (call.do) {
    case 'create':
    case 'branch':
      return { to: call.do, sessionId: sessionAnswer.parse(json).id }
    case 'send': {
      const repeated = headers.has('idempotency-replayed')
      if (status === 202) return { to: 'queued', turnId: queuedSchema.parse(json).turn_id, repeated }
      const { turn_id, first_seq } = turnSchema.parse(json)
      return { to: 'send', turnId: turn_id, firstSeq: first_seq, repeated }
    }
    case 'send-now':
      return { to: 'send-now', turnId: turnSchema.parse(json).turn_id }
    case 'cancel-send': {
      const { turn } = cancelledSendSchema.parse(json)
      return { to: 'cancel-send', turnId: turn?.turn_id ?? null, outcome: turn?.outcome?.status ?? null }
    }
    case 'cancel':
      return { to: 'cancel', outcome: turnSchema.parse(json).outcome?.status ?? null }
    case 'read': {
      const { cursor, messages, active_turn } = transcriptSchema.parse(json)
      const messageIds = messages.map((message) => message.message_id)
      return { to: 'read', cursor, messageIds, activeTurnId: active_turn?.turn_id ?? null }
    }
    default:
      return { to: call.do }
  }
}
