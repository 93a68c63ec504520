import { z } from 'zod'
import { appEventSchema } from '../../protocol/app-event.ts'
import type { SessionId } from '../../protocol/ids.ts'
import type { Queue } from '../../protocol/queue.ts'
import type { Session } from '../../protocol/session.ts'
import type { ApiClient, ExportFormat } from './api-client.ts'
import type { ApiResult } from './api-result.ts'
import {
  type AppState,
  applyAppEvent,
  INITIAL_APP_STATE,
  withAnsweredPage,
  withAskedPage,
  withoutSession,
  withQueue,
  withSession,
  withUnansweredPage,
} from './app-state.ts'
import type { Attention } from './attention.ts'
import { backoffMs } from './backoff.ts'
import { followStream } from './event-follower.ts'
import type { StreamFrame } from './event-frames.ts'
import { parseJson } from './json-text.ts'
import { createStore, type ReadableStore, type Store } from './store.ts'
import type { Timers } from './timers.ts'

export interface AppFeedOptions {
  readonly api: ApiClient
  readonly attention: Attention
  readonly timers: Timers
  /** Called at the start of each stream, and whenever another model may answer or a server stands differently. */
  readonly onModelsChanged: () => Promise<void>
  /** Called when an answer is complete, or as complete as it will be. */
  readonly onTurnEnded: (sessionId: SessionId) => void
}

const PAGE_SIZE = 200

/** Keeps the app's state: the session list, which sessions are busy, the model in use. */
export class AppFeed {
  readonly #options: AppFeedOptions
  readonly #state: Store<AppState> = createStore(INITIAL_APP_STATE)
  #isLoadingMore = false

  constructor(options: AppFeedOptions) {
    this.#options = options
  }

  get state(): ReadableStore<AppState> {
    return this.#state
  }

  /** Follows until `signal` aborts, or until this browser turns out to have no access. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#loadFirstSessions(signal), this.#follow(signal)])
  }

  /** Adds a page to the list, one at a time. */
  async loadMoreSessions(): Promise<void> {
    const list = this.#state.get().sessions
    if (list.status !== 'ready' || list.sessions.length >= list.total || this.#isLoadingMore) return
    this.#isLoadingMore = true
    await this.#loadSessions(list.sessions.length)
    this.#isLoadingMore = false
  }

  createSession(): Promise<ApiResult<Session>> {
    return this.#keepChange(this.#options.api.createSession())
  }

  renameSession(sessionId: SessionId, title: string): Promise<ApiResult<Session>> {
    return this.#keepChange(this.#options.api.renameSession(sessionId, title))
  }

  setSessionPrivate(sessionId: SessionId, isPrivate: boolean): Promise<ApiResult<Session>> {
    return this.#keepChange(this.#options.api.setSessionPrivate(sessionId, isPrivate))
  }

  setSessionPinned(sessionId: SessionId, isPinned: boolean): Promise<ApiResult<Session>> {
    return this.#keepChange(this.#options.api.setSessionPinned(sessionId, isPinned))
  }

  /** False when the session is still there. */
  async deleteSession(sessionId: SessionId): Promise<boolean> {
    const result = await this.#options.api.deleteSession(sessionId)
    const isGone = result.status === 'ok' || (result.status === 'refused' && result.httpStatus === 404)
    if (isGone) this.#state.update((now) => withoutSession(now, sessionId))
    return isGone
  }

  /** The whole session as the text of a file; null where the server did not give it. */
  async exportSession(sessionId: SessionId, format: ExportFormat): Promise<string | null> {
    const result = await this.#options.api.exportSession(sessionId, format)
    if (result.status !== 'ok') return null
    return format === 'json' ? JSON.stringify(result.value, null, 2) : markdownOf(result.value)
  }

  /** Makes a session of a file's text; what the file is worth is for the server to say. */
  async importSession(text: string): Promise<ApiResult<Session>> {
    return this.#keepChange(this.#options.api.importSession(parseJson(text) ?? null))
  }

  /** Lists a session that another call of this tab made. */
  addSession(session: Session): void {
    this.#state.update((now) => withSession(now, session))
  }

  /** Takes a queue from an answer: it may be here before the stream tells of it, or after. */
  takeQueue(queue: Queue): void {
    this.#state.update((now) => withQueue(now, queue))
  }

  denyAccess(): void {
    this.#state.update((now) => (now.access === 'denied' ? now : { ...now, access: 'denied' }))
  }

  async #keepChange(change: Promise<ApiResult<Session>>): Promise<ApiResult<Session>> {
    const result = await change
    if (result.status === 'ok') this.addSession(result.value)
    return result
  }

  async #loadFirstSessions(signal: AbortSignal): Promise<void> {
    const { timers } = this.#options
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      if (await this.#loadSessions(0)) return
      if (this.#state.get().access === 'denied') return
      await timers.wait(backoffMs(attempt, timers.random()), signal)
    }
  }

  /** Again what is listed, as far down as it was read: it may have changed while there was no stream. */
  async #reloadSessions(): Promise<void> {
    const { sessions: list } = this.#state.get()
    const length = list.status === 'ready' ? list.sessions.length : 0
    let offset = 0
    while ((await this.#loadSessions(offset)) && offset + PAGE_SIZE < length) {
      offset += PAGE_SIZE - 1 // from the last one of the page before on: so nothing that is gone stays between two pages
    }
  }

  async #loadSessions(offset: number): Promise<boolean> {
    const asked = { limit: PAGE_SIZE, offset }
    this.#state.update((now) => withAskedPage(now, asked))
    const page = await this.#options.api.listSessions(asked)
    this.#state.update((now) =>
      page.status === 'ok' ? withAnsweredPage(now, asked, page.value) : withUnansweredPage(now, asked),
    )
    return page.status === 'ok'
  }

  async #loadSystem(): Promise<void> {
    const system = await this.#options.api.readSystemStatus()
    if (system.status === 'ok') this.#state.update((now) => ({ ...now, system: system.value }))
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { api, attention, timers } = this.#options
    const end = await followStream({
      open: api.openAppStream,
      onFrames: (frames) => {
        for (const frame of frames) this.#takeFrame(frame)
        return 'continue'
      },
      onConnection: (connection) => this.#state.update((now) => ({ ...now, connection })),
      attention,
      timers,
      signal,
    })
    if (end === 'unauthorized') this.denyAccess()
  }

  #takeFrame(frame: StreamFrame): void {
    const event = appEventSchema.safeParse(parseJson(frame.data))
    if (!event.success) return
    this.#state.update((now) => applyAppEvent(now, event.data))
    // A snapshot opens each stream.
    if (event.data.type === 'snapshot') void this.#reloadSessions()
    // The first answer may have loaded the model, or shown that there is none.
    const { type } = event.data
    if (event.data.type === 'turn.ended') this.#options.onTurnEnded(event.data.session_id)
    if (type === 'snapshot' || type === 'turn.ended' || type === 'models.changed') void this.#loadSystem()
    if (type === 'snapshot' || type === 'models.changed') void this.#options.onModelsChanged()
  }
}

const markdownSchema = z.object({ content: z.string() })

function markdownOf(exported: object): string | null {
  return markdownSchema.safeParse(exported).data?.content ?? null
}
