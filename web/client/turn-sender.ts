import type { Seq, SessionId, TurnId } from '../../protocol/ids.ts'
import type { BusyAction, StaleViewProblem } from '../../protocol/problem.ts'
import type { Queue } from '../../protocol/queue.ts'
import type { OnBusy } from '../../protocol/requests.ts'
import type { Session } from '../../protocol/session.ts'
import type { ActiveTurn } from '../../protocol/turn.ts'
import type { ApiClient, StartTurnResult } from './api-client.ts'
import type { ApiFailure } from './api-result.ts'
import type { Drafts } from './drafts.ts'
import { createStore, type ReadableStore } from './store.ts'

/*
 * What happened to the last thing this tab tried to say in a session.
 *
 *   idle ──send──► sending ──┬► accepted         the draft is cleared in these two and nowhere else
 *                     │      └► queued           it waits for the turn before it, on the server
 *                     │
 *                     ├──► busy                  409: somebody holds the turn; the person chooses what to do
 *                     └──► refused               anything else; the draft stays where it is
 */

export type RefusalReason =
  /** The line for the model is full (429). */
  | 'line_full'
  /** The server says what is wrong with the message (422, 413). */
  | 'invalid'
  /** The session is gone (404). */
  | 'missing'
  /** The server cannot take anything now (503), or failed. */
  | 'unavailable'
  /** No answer arrived: whether the message did is not known. */
  | 'unreachable'
  /** Something has been said here that this tab had not shown yet. */
  | 'stale_view'
  /** As many messages wait as may. */
  | 'queue_full'
  | 'branch_failed'
  | 'stop_failed'

export type SendState =
  | { readonly status: 'idle' }
  | { readonly status: 'sending'; readonly message: string }
  /** `firstSeq`: where the log tells of it. */
  | { readonly status: 'accepted'; readonly message: string; readonly firstSeq: Seq }
  | { readonly status: 'queued' }
  | BusyState
  | { readonly status: 'refused'; readonly reason: RefusalReason; readonly detail: string }

export interface BusyState {
  readonly status: 'busy'
  /** The turn that holds the session, as the refusal told it. */
  readonly heldBy: ActiveTurn
  readonly actions: readonly BusyAction[]
  /** The draft when the refusal came: while it is unchanged, the keyboard belongs to the card. */
  readonly draft: string
  readonly isBranching: boolean
}

export interface TurnSender {
  readonly state: ReadableStore<SendState>
  /** The turn that is asked to stop, until the log says that it has ended. */
  readonly stopping: ReadableStore<TurnId | null>
  /** Sends the draft. Does nothing while it is empty or a send is under way. */
  readonly send: (onBusy: OnBusy) => Promise<void>
  readonly stop: (turnId: TurnId) => Promise<void>
  /** Copies what is settled into a new session and gives it the draft; the caller opens it. */
  readonly branch: () => Promise<Session | null>
  /** Puts the card or the notice away; the draft stays. */
  readonly dismiss: () => void
}

export interface TurnSenderOptions {
  readonly api: ApiClient
  readonly sessionId: SessionId
  readonly drafts: Drafts
  readonly newKey: () => string
  /** Of the turn that has started, or that will when its time comes. */
  readonly onAccepted: (turnId: TurnId) => void
  readonly onQueue: (queue: Queue) => void
  /** The cursor that this tab shows; null while it shows nothing. */
  readonly shownSeq: () => Seq | null
  readonly onStaleView: (problem: StaleViewProblem) => void
}

interface Attempt {
  readonly message: string
  readonly onBusy: OnBusy
  readonly key: string
}

const IDLE: SendState = { status: 'idle' }

export function createTurnSender(options: TurnSenderOptions): TurnSender {
  const { api, sessionId, drafts } = options
  const state = createStore<SendState>(IDLE)
  const stopping = createStore<TurnId | null>(null)
  /** An attempt without an answer: the same words again are the same attempt, not a second message. */
  let unanswered: Attempt | null = null
  /** A stop on its way. What is sent after it must come after it: it is new intent, which the stop does not hold back. */
  let stopUnderWay: Promise<unknown> = Promise.resolve()

  function planAttempt(message: string, onBusy: OnBusy): Attempt {
    if (unanswered?.message === message && unanswered.onBusy === onBusy) return unanswered
    return { message, onBusy, key: options.newKey() }
  }

  async function send(onBusy: OnBusy): Promise<void> {
    const draft = drafts.of(sessionId).get()
    const message = draft.trimEnd()
    if (message.trim() === '' || state.get().status === 'sending') return
    const attempt = planAttempt(message, onBusy)
    state.set({ status: 'sending', message })
    await stopUnderWay
    // Whoever sends beside a turn has not seen its end, and knows it.
    const expectedSeq = onBusy === 'reject' ? options.shownSeq() : null
    const result = await api.startTurn(sessionId, { message, onBusy, expectedSeq, idempotencyKey: attempt.key })
    unanswered = result.status === 'unreachable' ? attempt : null
    tell(result, options)
    if (result.status === 'accepted' || result.status === 'queued') drafts.removeSent(sessionId, message)
    state.set(stateAfter(result, message, drafts.of(sessionId).get()))
  }

  async function stop(turnId: TurnId): Promise<void> {
    stopping.set(turnId)
    const stopped = api.cancelTurn(turnId)
    stopUnderWay = stopped
    const result = await stopped
    // A turn that is already over cannot be stopped; the log says so, or has said so.
    const isOver = result.status === 'refused' && result.httpStatus < 500
    if (result.status === 'ok' || isOver) return
    stopping.update((current) => (current === turnId ? null : current))
    state.set({ status: 'refused', reason: 'stop_failed', detail: '' })
  }

  async function branch(): Promise<Session | null> {
    setBranching(true)
    const result = await api.branchSession(sessionId)
    if (result.status !== 'ok') {
      state.set({ status: 'refused', reason: 'branch_failed', detail: detailOf(result) })
      return null
    }
    drafts.move(sessionId, result.value.id)
    state.set(IDLE)
    return result.value
  }

  function setBranching(isBranching: boolean): void {
    state.update((current) => (current.status === 'busy' ? { ...current, isBranching } : current))
  }

  return {
    state,
    stopping,
    send,
    stop,
    branch,
    dismiss: () => state.update((current) => (current.status === 'sending' ? current : IDLE)),
  }
}

function tell(result: StartTurnResult, { onAccepted, onQueue, onStaleView }: TurnSenderOptions): void {
  if (result.status === 'accepted') onAccepted(result.turn.turn_id)
  if (result.status === 'queued') {
    onAccepted(result.queued.turn_id)
    onQueue(result.queued.queue)
  }
  if (result.status === 'stale_view') onStaleView(result.problem)
}

function stateAfter(result: StartTurnResult, message: string, draft: string): SendState {
  switch (result.status) {
    case 'accepted':
      return { status: 'accepted', message, firstSeq: result.turn.first_seq }
    case 'queued':
      return { status: 'queued' }
    case 'stale_view':
      return { status: 'refused', reason: 'stale_view', detail: '' }
    case 'turn_active': {
      const { active_turn: heldBy, actions } = result.problem
      return { status: 'busy', heldBy, actions, draft, isBranching: false }
    }
    default:
      return { status: 'refused', reason: reasonOf(result), detail: detailOf(result) }
  }
}

function reasonOf(failure: ApiFailure): RefusalReason {
  if (failure.status === 'unreachable') return 'unreachable'
  if (failure.status !== 'refused') return 'unavailable'
  switch (failure.httpStatus) {
    case 429:
      return failure.problem.code === 'queue_full' ? 'queue_full' : 'line_full'
    case 404:
      return 'missing'
    case 400:
    case 413:
    case 422:
      return 'invalid'
    default:
      return 'unavailable'
  }
}

function detailOf(failure: ApiFailure): string {
  if (failure.status !== 'refused') return ''
  return failure.problem.errors.at(0)?.message ?? failure.problem.detail
}
