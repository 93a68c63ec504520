import type { SessionId } from '../../protocol/ids.ts'
import type { AppFeed } from './app-feed.ts'
import { type Drafts, NEW_SESSION_DRAFT } from './drafts.ts'
import type { Location } from './location.ts'
import type { OpenSessions } from './open-sessions.ts'
import { createStore, type ReadableStore } from './store.ts'

/** What is typed where no session is open yet: the first send makes the session, then says it there. */
export interface NewSession {
  readonly state: ReadableStore<'idle' | 'creating' | 'failed'>
  readonly send: () => Promise<void>
  /** Goes to the copy that `branch` made and sends the draft there. */
  readonly branchFrom: (sessionId: SessionId) => Promise<void>
}

export interface NewSessionOptions {
  readonly app: AppFeed
  readonly drafts: Drafts
  readonly sessions: OpenSessions
  readonly location: Location
}

export function createNewSession({ app, drafts, sessions, location }: NewSessionOptions): NewSession {
  const state = createStore<'idle' | 'creating' | 'failed'>('idle')

  async function send(): Promise<void> {
    if (state.get() === 'creating' || drafts.of(NEW_SESSION_DRAFT).get().trim() === '') return
    state.set('creating')
    const created = await app.createSession()
    state.set(created.status === 'ok' ? 'idle' : 'failed')
    if (created.status !== 'ok') return
    drafts.move(NEW_SESSION_DRAFT, created.value.id)
    await sendIn(created.value.id)
  }

  async function branchFrom(sessionId: SessionId): Promise<void> {
    const copy = await sessions.open(sessionId).sender.branch()
    if (copy === null) return
    app.addSession(copy)
    await sendIn(copy.id)
  }

  /** The screen moves first, so that the answer is seen from its first word. */
  async function sendIn(sessionId: SessionId): Promise<void> {
    location.openSession(sessionId)
    await sessions.open(sessionId).sender.send('reject')
  }

  return { state, send, branchFrom }
}
