import type { Seq, SessionId, TurnId } from '../../protocol/ids.ts'
import type { BusyAction, StaleViewProblem } from '../../protocol/problem.ts'
import type { Queue } from '../../protocol/queue.ts'
import type { OnBusy } from '../../protocol/requests.ts'
import type { Session } from '../../protocol/session.ts'
import type { ActiveTurn } from '../../protocol/turn.ts'
import type { ApiClient, StartTurnResult } from './api-client.ts'
import type { ApiFailure } from './api-result.ts'
import { hasArrived, markArrivals, type Told } from './arrivals.ts'
import type { SentImages } from './attachments.ts'
import type { Drafts } from './drafts.ts'
import { createSendAttempts, type LostSendStorage, type SendAttempts } from './send-attempts.ts'
import { createSendLine, type Send, type SendInLine, type SendLine } from './send-line.ts'
import { createStore, type ReadableStore, type Store } from './store.ts'

/*
 * What happened to the last thing this tab tried to say in a session.
 *
 *   idle ──send──► sending ──┬► accepted         the draft is cleared in these two and nowhere else
 *                     │      └► queued           it waits for the turn before it, on the server
 *                     │                          …and the next of the line is sent, where one waits (`send-line.ts`)
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
  /** An earlier try, of which no answer came, has arrived after all. */
  | 'said_before'
  /** An image of the message did not get to the server. */
  | 'image_failed'
  | 'branch_failed'
  | 'stop_failed'

export type SendState =
  | { readonly status: 'idle' }
  | SendingState
  /** `firstSeq`: where the log tells of it. */
  | { readonly status: 'accepted'; readonly message: string; readonly firstSeq: Seq }
  | { readonly status: 'queued' }
  | BusyState
  | { readonly status: 'refused'; readonly reason: RefusalReason; readonly detail: string }

export interface SendingState {
  readonly status: 'sending'
  readonly message: string
  /** Whether the words of `message` stand in the box. */
  readonly isInBox: boolean
  /** What is sent after it, in this order. */
  readonly waiting: readonly string[]
}

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
  /** Sends the draft, or puts it in the line behind the send that is under way. Resolves when nothing waits any more. */
  readonly send: (onBusy: OnBusy) => Promise<void>
  /** Sends what waits in the line of another place, which is empty then. */
  readonly sendAll: (line: SendLine) => Promise<void>
  readonly stop: (turnId: TurnId) => Promise<void>
  /** Copies what is settled into a new session and gives it the draft; the caller opens it. */
  readonly branch: () => Promise<Session | null>
  /** To be called whenever the streams have told something: a message whose answer was lost may be among it. */
  readonly lookForLost: () => void
  /** Puts the card or the notice away; the draft stays. */
  readonly dismiss: () => void
}

export interface TurnSenderOptions {
  readonly api: ApiClient
  readonly sessionId: SessionId
  readonly drafts: Drafts
  readonly images: SentImages
  readonly newKey: () => string
  /** Of the turn that has started, or that will when its time comes. */
  readonly onAccepted: (turnId: TurnId) => void
  readonly onQueue: (queue: Queue) => void
  /** The cursor that this tab shows; null while it shows nothing. */
  readonly shownSeq: () => Seq | null
  readonly onStaleView: (problem: StaleViewProblem) => void
  readonly told: Told
  readonly lostSends: LostSendStorage
}

const IDLE: SendState = { status: 'idle' }
const IMAGE_FAILED: SendState = { status: 'refused', reason: 'image_failed', detail: '' }

export function createTurnSender(options: TurnSenderOptions): TurnSender {
  const { api, sessionId, drafts, images } = options
  const state = createStore<SendState>(IDLE)
  const stops = createStops(api, state)
  const line = createSendLine(drafts, sessionId)
  const attempts = createSendAttempts(options.newKey, options.lostSends)
  const lookForLost = () => takeArrived(attempts, state, options)

  async function send(onBusy: OnBusy): Promise<void> {
    const isFirst = line.first() === undefined
    if (!line.add(onBusy, images.take())) return
    if (isFirst) await sendLine()
    else showSending(line, state)
  }

  async function sendLine(): Promise<void> {
    for (let next = line.first(); next !== undefined; next = line.first()) {
      showSending(line, state)
      await stops.underWay()
      const settled = await sendOne(next)
      if (line.first() === undefined) state.set(settled)
    }
    lookForLost() // it may have been told before its answer was known to be lost
  }

  async function sendOne(next: SendInLine): Promise<SendState> {
    const given = next.images === null ? [] : await next.images
    if (given === null) {
      line.comeBack()
      images.keep()
      return IMAGE_FAILED
    }
    const send = { ...next, images: given }
    const key = attempts.begin({ send, since: markArrivals(options.told) })
    return settle(send, await startTurn(options, send, key))
  }

  /** The server has it, or all words are in the box again. */
  function settle(sent: Send, result: StartTurnResult): SendState {
    const saidBefore = attempts.note(sent, result)
    tell(result, options)
    if (result.status === 'accepted' || result.status === 'queued') line.passFirst()
    else line.comeBack()
    settleImages(images, sent, result)
    if (saidBefore !== null) return takeFromBox(saidBefore, options)
    return stateAfter(result, sent.message, drafts.of(sessionId).get())
  }

  return {
    state,
    stopping: stops.stopping,
    send,
    sendAll: async (other) => {
      line.takeOver(other)
      line.setImagesOfFirst(images.take())
      await sendLine()
    },
    stop: stops.stop,
    branch: () => branchWithDraft(options, state),
    lookForLost,
    dismiss: () => state.update((current) => (current.status === 'sending' ? current : IDLE)),
  }
}

interface Stops extends Pick<TurnSender, 'stopping' | 'stop'> {
  /** What is sent after a stop must come after it: it is new intent, which the stop does not hold back. */
  readonly underWay: () => Promise<unknown>
}

function createStops(api: ApiClient, state: Store<SendState>): Stops {
  const stopping = createStore<TurnId | null>(null)
  let underWay: Promise<unknown> = Promise.resolve()

  async function stop(turnId: TurnId): Promise<void> {
    stopping.set(turnId)
    const stopped = api.cancelTurn(turnId)
    underWay = stopped
    const result = await stopped
    // A turn that is already over cannot be stopped; the log says so, or has said so.
    const isOver = result.status === 'refused' && result.httpStatus < 500
    if (result.status === 'ok' || isOver) return
    stopping.update((current) => (current === turnId ? null : current))
    state.set({ status: 'refused', reason: 'stop_failed', detail: '' })
  }

  return { stopping, stop, underWay: () => underWay }
}

function showSending(line: SendLine, state: Store<SendState>): void {
  const message = line.first()?.message
  if (message === undefined) return
  state.set({ status: 'sending', message, isInBox: line.isInBox(), waiting: line.waiting() })
}

/** Where a message whose answer was lost is told to have arrived, it leaves the box. */
function takeArrived(attempts: SendAttempts, state: Store<SendState>, options: TurnSenderOptions): void {
  if (state.get().status === 'sending') return
  const arrived = attempts.takeArrived(({ send, since }) => since !== null && hasArrived(options.told, send, since))
  if (arrived === null) return
  options.images.drop(arrived.images)
  state.set(takeFromBox([arrived.message], options))
}

/** The server has them with the message, or they stay beside the box. */
function settleImages(images: SentImages, sent: Send, { status }: StartTurnResult): void {
  if (status === 'accepted' || status === 'queued') images.drop(sent.images)
  else images.keep()
}

async function startTurn(options: TurnSenderOptions, send: Send, idempotencyKey: string): Promise<StartTurnResult> {
  // Whoever sends beside a turn has not seen its end, and knows it.
  const expectedSeq = send.onBusy === 'reject' ? options.shownSeq() : null
  return await options.api.startTurn(options.sessionId, { ...send, expectedSeq, idempotencyKey })
}

/** One of `said` has arrived. Its words leave the box where it is known which. What is left there is not sent unasked. */
function takeFromBox(said: readonly string[], { drafts, sessionId }: TurnSenderOptions): SendState {
  const [only, ...others] = said
  if (only !== undefined && others.length === 0) drafts.removeSent(sessionId, only)
  const isEmpty = drafts.of(sessionId).get() === ''
  return isEmpty ? IDLE : { status: 'refused', reason: 'said_before', detail: '' }
}

async function branchWithDraft(options: TurnSenderOptions, state: Store<SendState>): Promise<Session | null> {
  const { api, sessionId, drafts } = options
  state.update((current) => (current.status === 'busy' ? { ...current, isBranching: true } : current))
  const result = await api.branchSession(sessionId)
  if (result.status !== 'ok') {
    state.set({ status: 'refused', reason: 'branch_failed', detail: detailOf(result) })
    return null
  }
  drafts.move(sessionId, result.value.id)
  state.set(IDLE)
  return result.value
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
