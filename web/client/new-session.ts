import type { SessionId } from '../../protocol/ids.ts'
import type { AppFeed } from './app-feed.ts'
import { type Attachments, hasSendable } from './attachments.ts'
import { type Drafts, NEW_SESSION_DRAFT } from './drafts.ts'
import { createKeptAttachments } from './kept-attachments.ts'
import type { Location } from './location.ts'
import type { OpenSessions } from './open-sessions.ts'
import { randomId } from './random-id.ts'
import { createSendLine } from './send-line.ts'
import { createStore, type ReadableStore } from './store.ts'
import type { TrayStorage } from './tray-storage.ts'

/** What is typed where no session is open yet: the first send makes the session, then says it there. */
export interface NewSession {
  readonly state: ReadableStore<NewSessionState>
  /** Those that go with the first message. The server is given them once there is a session. */
  readonly attachments: Attachments
  readonly send: () => Promise<void>
  /** Goes to the copy that `branch` made and sends the draft there. */
  readonly branchFrom: (sessionId: SessionId) => Promise<void>
}

export type NewSessionState =
  | { readonly status: 'idle' | 'failed' }
  /** The messages are said in the session as soon as it is there. */
  | {
      readonly status: 'creating'
      readonly message: string
      readonly isInBox: boolean
      readonly waiting: readonly string[]
    }

export interface NewSessionOptions {
  readonly app: AppFeed
  readonly drafts: Drafts
  readonly sessions: OpenSessions
  readonly location: Location
  readonly trays: TrayStorage
  readonly reportFailure: (error: unknown) => void
}

export function createNewSession(options: NewSessionOptions): NewSession {
  const { app, drafts, sessions, location, trays, reportFailure } = options
  const state = createStore<NewSessionState>({ status: 'idle' })
  const line = createSendLine(drafts, NEW_SESSION_DRAFT)
  const attachments = createKeptAttachments({
    newKey: randomId,
    give: null,
    urls: URL,
    trays,
    box: NEW_SESSION_DRAFT,
    reportFailure,
  })

  async function send(): Promise<void> {
    const isFirst = line.first() === undefined
    if (!line.add('reject', null, isFirst && hasSendable(attachments.state.get()))) return
    const message = line.first()?.message ?? ''
    state.set({ status: 'creating', message, isInBox: line.isInBox(), waiting: line.waiting() })
    if (isFirst) await create()
  }

  async function create(): Promise<void> {
    const created = await app.createSession()
    state.set({ status: created.status === 'ok' ? 'idle' : 'failed' })
    if (created.status !== 'ok') return line.comeBack()
    const session = sessions.open(created.value.id)
    session.attachments.takeOver(attachments)
    // The screen moves first, so that the answer is seen from its first word; not that of somebody who has gone on.
    if (location.isAtStart()) location.openSession(created.value.id)
    await session.sender.sendAll(line)
  }

  async function branchFrom(sessionId: SessionId): Promise<void> {
    const copy = await sessions.open(sessionId).sender.branch()
    if (copy === null) return
    app.addSession(copy)
    if (location.session.get() === sessionId) location.openSession(copy.id)
    sessions.open(copy.id).attachments.takeOver(sessions.open(sessionId).attachments)
    await sessions.open(copy.id).sender.send('reject')
  }

  return { state, attachments, send, branchFrom }
}
