import type { SessionId, TurnId } from '../../protocol/ids.ts'
import type { Queue, QueuedMessage } from '../../protocol/queue.ts'
import type { ApiClient } from './api-client.ts'
import { type Drafts, joinMessages } from './drafts.ts'
import type { QueueCall } from './queue-call.ts'
import { createStore, type ReadableStore } from './store.ts'

/** Why the last change of the queue was not made. `started`: what was named does not wait any more. */
export type QueueNotice = 'started' | 'changed' | 'full' | 'failed'

export interface QueuedEdit {
  readonly turnId: TurnId
  /** As it waits. */
  readonly message: string
  /** As it is to wait. */
  readonly text: string
}

export interface QueueControl {
  readonly notice: ReadableStore<QueueNotice | null>
  /** The message that is being edited, with the text so far. */
  readonly edit: ReadableStore<QueuedEdit | null>
  readonly beginEdit: (message: QueuedMessage) => void
  readonly setEditText: (text: string) => void
  readonly cancelEdit: () => void
  /** True where the words were taken. Where the message has started meanwhile they go to the draft, so that none is lost. */
  readonly saveEdit: () => Promise<boolean>
  readonly change: (call: QueueCall) => Promise<void>
  readonly sendNow: (turnId: TurnId) => Promise<void>
  /** To be called whenever what waits has changed: the words of an edit whose message waits no more go to the draft. */
  readonly lookForEdited: () => void
  readonly dismiss: () => void
}

export interface QueueControlOptions {
  readonly api: ApiClient
  readonly sessionId: SessionId
  readonly drafts: Drafts
  readonly onQueue: (queue: Queue) => void
  /** What waits, as the server has told it last. */
  readonly waiting: () => readonly QueuedMessage[]
}

/** What this tab does to the messages that wait in a session. What waits is told by the server, to all tabs alike. */
export function createQueueControl(options: QueueControlOptions): QueueControl {
  const { api, sessionId, drafts, onQueue, waiting } = options
  const notice = createStore<QueueNotice | null>(null)
  const edit = createStore<QueuedEdit | null>(null)

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

  /** Words for a message that waits no more are words for the next one. */
  function keepEdited(): void {
    const edited = edit.get()
    edit.set(null)
    if (edited === null || edited.text.trim() === edited.message.trim()) return
    drafts.set(sessionId, joinMessages([drafts.of(sessionId).get().trimEnd(), edited.text.trimEnd()]))
    notice.set('started')
  }

  async function saveEdit(): Promise<boolean> {
    const edited = edit.get()
    if (edited === null || edited.text.trim() === '') return false
    const problem = await apply({ do: 'edit', turnId: edited.turnId, message: edited.text.trimEnd() })
    if (problem === 'started') keepEdited()
    else notice.set(problem)
    if (problem === null) edit.set(null)
    return problem === null
  }

  async function sendNow(turnId: TurnId): Promise<void> {
    const result = await api.sendQueuedNow(sessionId, turnId)
    if (result.status === 'ok') notice.set(null)
    else notice.set(result.status === 'refused' && result.httpStatus === 404 ? 'started' : 'failed')
  }

  return {
    notice,
    edit,
    beginEdit: ({ turn_id: turnId, message }) => edit.set({ turnId, message, text: message }),
    setEditText: (text) => edit.update((current) => current && { ...current, text }),
    cancelEdit: () => edit.set(null),
    saveEdit,
    change: async (call) => notice.set(await apply(call)),
    sendNow,
    lookForEdited: () => {
      const edited = edit.get()
      if (edited !== null && waiting().every((one) => one.turn_id !== edited.turnId)) keepEdited()
    },
    dismiss: () => notice.set(null),
  }
}
