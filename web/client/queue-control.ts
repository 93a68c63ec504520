import type { SessionId, TurnId } from '../../protocol/ids.ts'
import type { Queue } from '../../protocol/queue.ts'
import type { ApiClient } from './api-client.ts'
import type { Drafts } from './drafts.ts'
import type { QueueCall } from './queue-call.ts'
import { createStore, type ReadableStore } from './store.ts'

/** Why the last change of the queue was not made. `started`: what was named does not wait any more. */
export type QueueNotice = 'started' | 'changed' | 'full' | 'failed'

export interface QueueControl {
  readonly notice: ReadableStore<QueueNotice | null>
  /** The message that is being edited, if any. */
  readonly editing: ReadableStore<TurnId | null>
  readonly edit: (turnId: TurnId | null) => void
  /** True where the words were taken. Where the message has started meanwhile they go to the draft, so that none is lost. */
  readonly saveEdit: (turnId: TurnId, message: string) => Promise<boolean>
  readonly change: (call: QueueCall) => Promise<void>
  readonly sendNow: (turnId: TurnId) => Promise<void>
  /** Words that were written for a message that waits no more. */
  readonly keepWords: (message: string) => void
  readonly dismiss: () => void
}

export interface QueueControlOptions {
  readonly api: ApiClient
  readonly sessionId: SessionId
  readonly drafts: Drafts
  readonly onQueue: (queue: Queue) => void
}

/** What this tab does to the messages that wait in a session. What waits is told by the server, to all tabs alike. */
export function createQueueControl({ api, sessionId, drafts, onQueue }: QueueControlOptions): QueueControl {
  const notice = createStore<QueueNotice | null>(null)
  const editing = createStore<TurnId | null>(null)

  async function apply(call: QueueCall): Promise<QueueNotice | null> {
    const result = await api.changeQueue(sessionId, call)
    if (result.status === 'ok') onQueue(result.value)
    if (result.status === 'changed') onQueue(result.queue)
    switch (result.status) {
      case 'ok':
        return null
      case 'changed':
        return 'turnId' in call ? 'started' : 'changed'
      default:
        return result.status === 'refused' && result.problem.code === 'queue_full' ? 'full' : 'failed'
    }
  }

  function keepWords(message: string): void {
    const draft = drafts.of(sessionId).get()
    drafts.set(sessionId, draft.trim() === '' ? message : `${draft.trimEnd()}\n\n${message}`)
    editing.set(null)
    notice.set('started')
  }

  async function saveEdit(turnId: TurnId, message: string): Promise<boolean> {
    const problem = await apply({ do: 'edit', turnId, message })
    if (problem === 'started') keepWords(message)
    else notice.set(problem)
    if (problem === null) editing.set(null)
    return problem === null
  }

  async function sendNow(turnId: TurnId): Promise<void> {
    const result = await api.sendQueuedNow(sessionId, turnId)
    if (result.status === 'ok') notice.set(null)
    else notice.set(result.status === 'refused' && result.httpStatus === 404 ? 'started' : 'failed')
  }

  return {
    notice,
    editing,
    edit: (turnId) => editing.set(turnId),
    saveEdit,
    change: async (call) => notice.set(await apply(call)),
    sendNow,
    keepWords,
    dismiss: () => notice.set(null),
  }
}
