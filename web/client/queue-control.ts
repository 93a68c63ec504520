import { z } from 'zod'
import { type SessionId, type TurnId, turnIdSchema } from '../../protocol/ids.ts'
import type { Queue, QueuedMessage } from '../../protocol/queue.ts'
import type { ApiClient } from './api-client.ts'
import type { Drafts } from './drafts.ts'
import { moveToBox } from './kept-edit.ts'
import type { QueueCall, QueueResult } from './queue-call.ts'
import { createStore, type ReadableStore, type Store } from './store.ts'

/**
 * Why the last change of the queue was not made. `started`: what was named does not wait any more. `left`: the edit of
 * another message has begun, and the words of the one before are in the box.
 */
export type QueueNotice = 'started' | 'left' | 'changed' | 'full' | 'failed'

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
  /** How often an edit was begun: each time the editor has the focus. */
  readonly begun: ReadableStore<number>
  /** Goes on with the edit of the same message. Of another one, the words so far go to the draft. */
  readonly beginEdit: (message: QueuedMessage) => void
  readonly setEditText: (text: string) => void
  readonly cancelEdit: () => void
  /**
   * True where the words were taken and no edit is open. Where the message has started meanwhile they go to the draft, so
   * that none is lost; what was typed since stays in the edit.
   */
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
  const begun = createStore(0)

  async function apply(call: QueueCall): Promise<QueueNotice | null> {
    const result = await api.changeQueue(sessionId, call)
    if (result.status === 'ok') onQueue(result.value)
    if (result.status === 'changed') onQueue(result.queue)
    return noticeOf(result, call)
  }

  function leaveEdit(why: 'started' | 'left'): void {
    const edited = edit.get()
    if (edited === null) return
    if (moveToBox(drafts, sessionId, edited)) notice.set(why)
    edit.set(null)
  }

  function beginEdit({ turn_id: turnId, message }: QueuedMessage): void {
    if (edit.get()?.turnId !== turnId) {
      leaveEdit('left')
      edit.set({ turnId, message, text: message })
    }
    begun.update((count) => count + 1)
  }

  function lookForEdited(): void {
    const edited = edit.get()
    const queued = waiting()
    if (edited === null || queued === null) return
    const message = queued.find((one) => one.turn_id === edited.turnId)?.message
    if (message === undefined) leaveEdit('started')
    else if (message !== edited.message && message === edited.text.trimEnd()) edit.set(null)
  }

  async function saveEdit(): Promise<boolean> {
    const edited = edit.get()
    if (edited === null || edited.text.trim() === '') return false
    const message = edited.text.trimEnd()
    const problem = await apply({ do: 'edit', turnId: edited.turnId, message })
    notice.set(problem)
    const now = edit.get() // another may have begun meanwhile, or more been typed
    const isSame = now?.turnId === edited.turnId
    if (isSame && problem === 'started') leaveEdit('started')
    if (isSame && problem === null) edit.set(now.text.trimEnd() === message ? null : { ...now, message })
    return problem === null && edit.get() === null
  }

  async function sendNow(turnId: TurnId): Promise<void> {
    const result = await api.sendQueuedNow(sessionId, turnId)
    if (result.status === 'ok') notice.set(null)
    else notice.set(result.status === 'refused' && result.httpStatus === 404 ? 'started' : 'failed')
  }

  return {
    notice,
    edit,
    begun,
    beginEdit,
    setEditText: (text) => edit.update((current) => current && { ...current, text }),
    cancelEdit: () => edit.set(null),
    saveEdit,
    change: async (call) => notice.set(await apply(call)),
    sendNow,
    lookForEdited,
    dismiss: () => notice.set(null),
  }
}

function noticeOf(result: QueueResult, call: QueueCall): QueueNotice | null {
  switch (result.status) {
    case 'ok':
      return null
    case 'changed':
      return 'turnId' in call ? 'started' : 'changed'
    default:
      return result.status === 'refused' && result.problem.code === 'queue_full' ? 'full' : 'failed'
  }
}
