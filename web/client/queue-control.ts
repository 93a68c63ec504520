import { z } from 'zod'
import { type SessionId, type TurnId, turnIdSchema } from '../../protocol/ids.ts'
import type { Queue, QueuedMessage } from '../../protocol/queue.ts'
import type { ApiClient } from './api-client.ts'
import { type Drafts, joinMessages } from './drafts.ts'
import type { QueueCall } from './queue-call.ts'
import { createStore, type ReadableStore, type Store } from './store.ts'

/** Why the last change of the queue was not made. `started`: what was named does not wait any more. */
export type QueueNotice = 'started' | 'changed' | 'full' | 'failed'

export const queuedEditSchema = z
  .object({
    turnId: turnIdSchema,
    /** As it waits. */
    message: z.string(),
    /** As it is to wait. */
    text: z.string(),
  })
  .readonly()
export type QueuedEdit = z.infer<typeof queuedEditSchema>

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
  /**
   * To be called whenever what waits may have changed, or the edit: the words of an edit whose message waits no more go to the
   * draft. One that was saved in another tab is over.
   */
  readonly lookForEdited: () => void
  readonly dismiss: () => void
}

export interface QueueControlOptions {
  readonly api: ApiClient
  readonly sessionId: SessionId
  /** Where the edit is, or will be. */
  readonly edit: Store<QueuedEdit | null>
  readonly drafts: Drafts
  readonly onQueue: (queue: Queue) => void
  /** What waits, as the server has told it last; null before that. */
  readonly waiting: () => readonly QueuedMessage[] | null
}

/** What this tab does to the messages that wait in a session. What waits is told by the server, to all tabs alike. */
export function createQueueControl(options: QueueControlOptions): QueueControl {
  const { api, sessionId, edit, drafts, onQueue, waiting } = options
  const notice = createStore<QueueNotice | null>(null)

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

  function lookForEdited(): void {
    const edited = edit.get()
    const queued = waiting()
    if (edited === null || queued === null) return
    const message = queued.find((one) => one.turn_id === edited.turnId)?.message
    if (message === undefined) keepEdited()
    else if (message !== edited.message && message === edited.text.trimEnd()) edit.set(null)
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
    lookForEdited,
    dismiss: () => notice.set(null),
  }
}
