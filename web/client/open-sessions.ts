import type { SessionId } from '../../protocol/ids.ts'
import type { Queue } from '../../protocol/queue.ts'
import type { ApiClient } from './api-client.ts'
import type { Told } from './arrivals.ts'
import type { Attachments } from './attachments.ts'
import type { Attention } from './attention.ts'
import type { Drafts } from './drafts.ts'
import type { DrawingPace } from './drawing-pace.ts'
import { createHistoryChanges, type HistoryChanges } from './history-changes.ts'
import { createKeptAttachments } from './kept-attachments.ts'
import { createKeptEdit } from './kept-edit.ts'
import { messageEditSchema } from './message-edit.ts'
import { createQueueControl, type QueueControl, queuedEditSchema } from './queue-control.ts'
import { randomId } from './random-id.ts'
import type { LostSendStorage } from './send-attempts.ts'
import { SessionFeed } from './session-feed.ts'
import type { ReadableStore } from './store.ts'
import type { Timers } from './timers.ts'
import type { TrayStorage } from './tray-storage.ts'
import { createTurnSender, type TurnSender } from './turn-sender.ts'

/** One session that is, or was lately, on the screen. */
export interface OpenSession {
  readonly sessionId: SessionId
  readonly feed: SessionFeed
  readonly attachments: Attachments
  readonly sender: TurnSender
  readonly queue: QueueControl
  readonly changes: HistoryChanges
}

/**
 * The sessions of this tab. The last few are kept, so that going back to one shows it at once and catches up behind, and
 * those in which something was begun that is nowhere else (ui.md §3.3 rule 1).
 */
export interface OpenSessions {
  readonly open: (sessionId: SessionId) => OpenSession
}

export interface OpenSessionsOptions {
  readonly api: ApiClient
  readonly drafts: Drafts
  readonly attention: Attention
  readonly timers: Timers
  readonly beforeDrawing: DrawingPace['beforeDrawing']
  readonly onQueue: (queue: Queue) => void
  /** Lives as long as the tab does. */
  readonly tab: TabStorage
  readonly trays: TrayStorage
  readonly reportFailure: (error: unknown) => void
  /** What waits in all sessions, once the server has told it. */
  readonly queues: ReadableStore<{ readonly isTold: boolean; readonly queues: ReadonlyMap<SessionId, Queue> }>
}

type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

const KEPT_SESSIONS = 6
const LOST_SEND_PREFIX = 'conch.lost-send.'

export function createOpenSessions(options: OpenSessionsOptions): OpenSessions {
  /** Least recently opened first. */
  const kept = new Map<SessionId, OpenSession>()
  const forgetting = new Map<SessionId, () => void>()

  function open(sessionId: SessionId): OpenSession {
    const session = kept.get(sessionId) ?? createSession(sessionId)
    kept.delete(sessionId)
    kept.set(sessionId, session)
    for (const other of kept.values()) {
      if (kept.size > KEPT_SESSIONS && other !== session && !isWorkedOn(other)) forget(other.sessionId)
    }
    return session
  }

  function forget(sessionId: SessionId): void {
    kept.delete(sessionId)
    forgetting.get(sessionId)?.()
    forgetting.delete(sessionId)
  }

  function createSession(sessionId: SessionId): OpenSession {
    const feed = new SessionFeed({ ...options, sessionId })
    const told: Told = {
      session: () => feed.state.get(),
      queue: () => options.queues.get().queues.get(sessionId),
    }
    const attachments = createKeptAttachments({
      trays: options.trays,
      box: sessionId,
      reportFailure: options.reportFailure,
      newKey: randomId,
      give: (file) => options.api.giveImage(sessionId, file),
      urls: URL,
    })
    const sender = createTurnSender({
      api: options.api,
      images: attachments,
      sessionId,
      drafts: options.drafts,
      newKey: randomId,
      onAccepted: (turnId) => feed.rememberOwnTurn(turnId),
      onQueue: options.onQueue,
      shownSeq: () => {
        const state = feed.state.get()
        return state.status === 'ready' && state.view.live === null ? state.view.cursor : null
      },
      onStaleView: (problem) => feed.catchUp(problem),
      told,
      lostSends: createLostSends(options.tab, sessionId),
    })
    feed.state.subscribe(sender.lookForLost)
    const changes = createKeptChanges(sessionId, feed, options)
    const queue = createKeptQueue(sessionId, told, options)
    const unsubscribe = options.queues.subscribe(() => {
      sender.lookForLost()
      queue.lookForEdited()
    })
    forgetting.set(sessionId, unsubscribe)
    return { sessionId, feed, attachments, sender, queue, changes }
  }

  return { open }
}

/** The changes of what was said, whose edit is kept. */
function createKeptChanges(
  sessionId: SessionId,
  feed: SessionFeed,
  { api, drafts }: OpenSessionsOptions,
): HistoryChanges {
  const edit = createKeptEdit({
    drafts,
    key: `${sessionId}.edit`,
    schema: messageEditSchema,
  })
  const changes = createHistoryChanges({
    api,
    sessionId,
    edit,
    drafts,
    view: () => {
      const state = feed.state.get()
      return state.status === 'ready' ? state.view : null
    },
    newKey: randomId,
    onAccepted: (turnId) => feed.rememberOwnTurn(turnId),
  })
  edit.subscribe(changes.lookForEdited)
  feed.state.subscribe(changes.lookForEdited)
  return changes
}

/** The changes of messages that wait, whose edit is kept. */
function createKeptQueue(sessionId: SessionId, told: Told, options: OpenSessionsOptions): QueueControl {
  const edit = createKeptEdit({
    drafts: options.drafts,
    key: `${sessionId}.queued-edit`,
    schema: queuedEditSchema,
  })
  const waiting = () => (options.queues.get().isTold ? (told.queue()?.messages ?? []) : null)
  const queue = createQueueControl({ ...options, sessionId, edit, waiting })
  edit.subscribe(queue.lookForEdited)
  return queue
}

function isWorkedOn({ attachments, changes, queue, sender }: OpenSession): boolean {
  const isEdited = changes.edit.get() !== null || queue.edit.get() !== null
  return isEdited || attachments.state.get().length > 0 || sender.state.get().status === 'sending'
}

function createLostSends(tab: TabStorage, sessionId: SessionId): LostSendStorage {
  const key = LOST_SEND_PREFIX + sessionId
  return {
    read: () => tab.getItem(key),
    write: (text) => (text === null ? tab.removeItem(key) : tab.setItem(key, text)),
  }
}
