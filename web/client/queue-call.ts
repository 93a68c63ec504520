import { type PlainRequest, requestOf } from '../../client/request.ts'
import type { SessionId, TurnId } from '../../protocol/ids.ts'
import { queueProblemSchema } from '../../protocol/problem.ts'
import { type Queue, queueSchema } from '../../protocol/queue.ts'
import { type ApiFailure, failureOf, parseAnswer } from './api-result.ts'
import type { ApiTransport } from './api-transport.ts'

/** What is done to messages that wait. */
export type QueueCall =
  | { readonly do: 'edit'; readonly turnId: TurnId; readonly message: string }
  /** Before the message with that id, or to the end. */
  | { readonly do: 'move'; readonly turnId: TurnId; readonly before: TurnId | null }
  | { readonly do: 'remove'; readonly turnId: TurnId }
  | { readonly do: 'clear' | 'resume'; readonly revision: number }

export type QueueResult =
  | { readonly status: 'ok'; readonly value: Queue }
  /** What was named waits no more as it was; nothing has happened. */
  | { readonly status: 'changed'; readonly queue: Queue }
  | ApiFailure

export async function changeQueue(transport: ApiTransport, id: SessionId, call: QueueCall): Promise<QueueResult> {
  const answer = await transport.request(requestOfCall(id, call))
  if (answer === null) return { status: 'unreachable' }
  if (answer.response.ok) return parseAnswer(queueSchema, answer.body)
  const changed = queueProblemSchema.safeParse(answer.body)
  return changed.success ? { status: 'changed', queue: changed.data.queue } : failureOf(answer.response, answer.body)
}

function requestOfCall(id: SessionId, call: QueueCall): PlainRequest {
  switch (call.do) {
    case 'edit': {
      const { turnId: turn, message } = call
      return requestOf('PATCH /api/sessions/{id}/queue/{turn}', { path: { id, turn }, body: { message } })
    }
    case 'move': {
      const { turnId: turn, before } = call
      return requestOf('PATCH /api/sessions/{id}/queue/{turn}', { path: { id, turn }, body: { before } })
    }
    case 'remove':
      return requestOf('DELETE /api/sessions/{id}/queue/{turn}', { path: { id, turn: call.turnId } })
    case 'clear':
      return requestOf('DELETE /api/sessions/{id}/queue', { path: { id }, query: { revision: call.revision } })
    case 'resume':
      return requestOf('POST /api/sessions/{id}/queue/resume', { path: { id }, body: { revision: call.revision } })
  }
}
