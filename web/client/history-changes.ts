import { z } from 'zod'
import { type MessageId, messageIdSchema, type SessionId, type TurnId } from '../../protocol/ids.ts'
import { imageIdSchema } from '../../protocol/image.ts'
import type { Session } from '../../protocol/session.ts'
import type { ApiClient, TurnRequest } from './api-client.ts'
import { createStore, type ReadableStore, type Store } from './store.ts'

/*
 * What a person does to what was said: change a question, ask it again, go back to an alternative, remove, branch. Each is
 * one call that the server does whole or not at all, so there is nothing here to undo: a busy session (409) has changed
 * nothing, and the text of an edit stays until it was accepted.
 */

export type ChangeKind = 'edit' | 'ask_again' | 'show_other' | 'remove' | 'branch'

export interface Change {
  readonly kind: ChangeKind
  /** Where it was asked for, and where the screen tells how it went. */
  readonly messageId: MessageId
}

export type ChangeState =
  | { readonly status: 'idle' }
  | { readonly status: 'working'; readonly change: Change }
  /** Somebody holds the turn. */
  | { readonly status: 'busy'; readonly change: Change }
  | { readonly status: 'failed'; readonly change: Change }

export const messageEditSchema = z
  .object({
    messageId: messageIdSchema,
    text: z.string(),
    /** What the message has beside its text: without any of these it needs words. */
    images: z.array(imageIdSchema).readonly(),
  })
  .readonly()
export type MessageEdit = z.infer<typeof messageEditSchema>

export interface HistoryChanges {
  readonly state: ReadableStore<ChangeState>
  /** The message that is being edited, with the text so far. */
  readonly edit: ReadableStore<MessageEdit | null>
  readonly beginEdit: (edit: MessageEdit) => void
  readonly setEditText: (text: string) => void
  readonly cancelEdit: () => void
  /** Sends the edited message in place of the old one. True when it was accepted. */
  readonly sendEdit: (onBusy: 'reject' | 'interrupt') => Promise<boolean>
  /** Has the answer `messageId` written anew. True when it was accepted. */
  readonly askAgain: (messageId: MessageId, onBusy: 'reject' | 'interrupt') => Promise<boolean>
  /** Shows the alternative of `question` in place of the answer `messageId`. */
  readonly showOther: (messageId: MessageId, question: MessageId) => Promise<void>
  readonly removeFrom: (messageId: MessageId) => Promise<void>
  /** A new session with copies of what is settled up to `messageId`; the caller opens it. */
  readonly branchAt: (messageId: MessageId) => Promise<Session | null>
  readonly dismiss: () => void
}

export interface HistoryChangesOptions {
  readonly api: ApiClient
  readonly sessionId: SessionId
  /** Where the edit is, or will be. */
  readonly edit: Store<MessageEdit | null>
  readonly newKey: () => string
  readonly onAccepted: (turnId: TurnId) => void
}

/** What it replaces says what this tab has seen. */
type Rerun = Omit<TurnRequest, 'idempotencyKey' | 'expectedSeq'>

const IDLE: ChangeState = { status: 'idle' }

export function createHistoryChanges(options: HistoryChangesOptions): HistoryChanges {
  const { api, sessionId, edit, newKey, onAccepted } = options
  const state = createStore<ChangeState>(IDLE)
  /** A rerun without an answer: asked once more, it is the same and not a second one. */
  let unanswered: TurnRequest | null = null

  /** Runs `call` unless a change is under way; keeps how it went. */
  async function change<Result extends { readonly status: string; readonly httpStatus?: number }>(
    wanted: Change,
    call: () => Promise<Result>,
  ): Promise<Result | null> {
    if (state.get().status === 'working') return null
    state.set({ status: 'working', change: wanted })
    const result = await call()
    if (result.status === 'ok' || result.status === 'accepted') state.set(IDLE)
    else state.set({ status: isBusy(result) ? 'busy' : 'failed', change: wanted })
    return result
  }

  async function rerun(wanted: Change, request: Rerun): Promise<boolean> {
    const attempt = sameRequest(unanswered, request) ?? { ...request, expectedSeq: null, idempotencyKey: newKey() }
    const result = await change(wanted, () => api.startTurn(sessionId, attempt))
    if (result === null) return false
    unanswered = result.status === 'unreachable' ? attempt : null
    if (result.status !== 'accepted') return false
    onAccepted(result.turn.turn_id)
    return true
  }

  async function sendEdit(onBusy: 'reject' | 'interrupt'): Promise<boolean> {
    const current = edit.get()
    const message = current?.text.trimEnd() ?? ''
    if (current === null || !hasContent(current)) return false
    const { messageId, images } = current
    // without words it says which images it is; else it keeps those it has, whatever the model takes now
    const beside = message === '' ? { images } : {}
    const isAccepted = await rerun({ kind: 'edit', messageId }, { message, ...beside, replaces: messageId, onBusy })
    if (isAccepted) edit.set(null)
    return isAccepted
  }

  async function branchAt(messageId: MessageId): Promise<Session | null> {
    const result = await change({ kind: 'branch', messageId }, () => api.branchSession(sessionId, messageId))
    return result?.status === 'ok' ? result.value : null
  }

  return {
    state,
    edit,
    beginEdit: (next) => {
      edit.set(next)
      state.update((current) => (current.status === 'working' ? current : IDLE))
    },
    setEditText: (text) => edit.update((current) => current && { ...current, text }),
    cancelEdit: () => {
      edit.set(null)
      state.update((current) => (current.status === 'working' ? current : IDLE))
    },
    sendEdit,
    askAgain: (messageId, onBusy) =>
      rerun({ kind: 'ask_again', messageId }, { message: null, replaces: messageId, onBusy }),
    showOther: async (messageId, question) => {
      await change({ kind: 'show_other', messageId }, () => api.showAlternative(sessionId, question))
    },
    removeFrom: async (messageId) => {
      await change({ kind: 'remove', messageId }, () => api.removeMessagesFrom(sessionId, messageId))
    },
    branchAt,
    dismiss: () => state.update((current) => (current.status === 'working' ? current : IDLE)),
  }
}

/** Whether there is something to send. */
export function hasContent({ text, images }: MessageEdit): boolean {
  return text.trim() !== '' || images.length > 0
}

function isBusy(result: { readonly status: string; readonly httpStatus?: number }): boolean {
  return result.status === 'turn_active' || (result.status === 'refused' && result.httpStatus === 409)
}

function sameRequest(earlier: TurnRequest | null, request: Rerun): TurnRequest | null {
  const isSame =
    earlier?.message === request.message && earlier.replaces === request.replaces && earlier.onBusy === request.onBusy
  return isSame ? earlier : null
}
