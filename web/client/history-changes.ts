import type { MessageId, TurnId } from '../../protocol/ids.ts'
import type { Session } from '../../protocol/session.ts'
import type { ApiClient, TurnRequest } from './api-client.ts'
import {
  type BegunEdit,
  createMessageEditing,
  hasContent,
  type MessageEdit,
  type MessageEditing,
  type MessageEditingOptions,
} from './message-edit.ts'
import { createStore, type ReadableStore } from './store.ts'

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

export interface HistoryChanges {
  readonly state: ReadableStore<ChangeState>
  /** The message that is being edited, with the text so far. */
  readonly edit: ReadableStore<MessageEdit | null>
  readonly beginEdit: (edit: BegunEdit) => void
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
  readonly lookForEdited: MessageEditing['look']
  readonly dismiss: () => void
}

export interface HistoryChangesOptions extends MessageEditingOptions {
  readonly api: ApiClient
  readonly newKey: () => string
  readonly onAccepted: (turnId: TurnId) => void
}

/** What it replaces says what this tab has seen. */
type Rerun = Omit<TurnRequest, 'idempotencyKey' | 'expectedSeq'>

const IDLE: ChangeState = { status: 'idle' }

export function createHistoryChanges(options: HistoryChangesOptions): HistoryChanges {
  const { api, sessionId, edit, newKey, onAccepted } = options
  const state = createStore<ChangeState>(IDLE)
  const editing = createMessageEditing(options)
  const dismiss = () => state.update((current) => (current.status === 'working' ? current : IDLE))
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
    if (current === null || !hasContent(current) || state.get().status === 'working') return false
    const { messageId } = current
    const isAccepted = await editing.send(current, () => rerun({ kind: 'edit', messageId }, rerunOf(current, onBusy)))
    if (edit.get()?.messageId !== messageId) dismiss() // it was left meanwhile: there is nothing to be done once more
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
      editing.begin(next)
      dismiss()
    },
    setEditText: (text) => edit.update((current) => current && { ...current, text }),
    cancelEdit: () => {
      edit.set(null)
      dismiss()
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
    lookForEdited: editing.look,
    dismiss,
  }
}

function rerunOf({ messageId, text, images }: MessageEdit, onBusy: Rerun['onBusy']): Rerun {
  const message = text.trimEnd()
  // without words it says which images it is; else it keeps those it has, whatever the model takes now
  return { message, ...(message === '' && { images }), replaces: messageId, onBusy }
}

function isBusy(result: { readonly status: string; readonly httpStatus?: number }): boolean {
  return result.status === 'turn_active' || (result.status === 'refused' && result.httpStatus === 409)
}

function sameRequest(earlier: TurnRequest | null, request: Rerun): TurnRequest | null {
  const isSame =
    earlier?.message === request.message && earlier.replaces === request.replaces && earlier.onBusy === request.onBusy
  return isSame ? earlier : null
}
