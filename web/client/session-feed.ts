import { z } from 'zod'
import { type Entry, entrySchema, type StreamNotice, streamNoticeSchema } from '../../protocol/entry.ts'
import { type Seq, type SessionId, START_OF_LOG, seqSchema, type TurnId } from '../../protocol/ids.ts'
import type { StaleViewProblem } from '../../protocol/problem.ts'
import type { Transcript } from '../../protocol/transcript.ts'
import type { ApiClient } from './api-client.ts'
import type { Attention } from './attention.ts'
import { backoffMs } from './backoff.ts'
import type { DrawingPace } from './drawing-pace.ts'
import { type Connection, type FollowEnd, followStream } from './event-follower.ts'
import type { StreamFrame } from './event-frames.ts'
import { parseJson } from './json-text.ts'
import { applyEntry, prependEarlier, type SessionView, viewOfTranscript } from './session-view.ts'
import { createStore, type ReadableStore, type Store } from './store.ts'
import type { Timers } from './timers.ts'

/*
 * One session as this tab sees it: the transcript is loaded once, then the log is followed from its cursor. Entries are
 * gathered and applied once per drawing, because a model may write faster than a screen can draw. Where the stream resumes
 * is the last entry received, not the last one drawn; an entry that comes twice is ignored by the view.
 */

export interface ReadySession {
  readonly status: 'ready'
  readonly view: SessionView
  readonly connection: Connection
  readonly earlier: 'idle' | 'loading' | 'failed'
  /** The turns that this tab has started, or let wait. */
  readonly ownTurnIds: ReadonlySet<TurnId>
}

export type SessionFeedState =
  | { readonly status: 'loading' }
  /** The transcript could not be loaded; it is tried again until it can. */
  | { readonly status: 'unavailable' }
  | { readonly status: 'missing' }
  | ReadySession

export interface SessionFeedOptions {
  readonly api: ApiClient
  readonly sessionId: SessionId
  readonly attention: Attention
  readonly timers: Timers
  readonly beforeDrawing: DrawingPace['beforeDrawing']
}

/** Small enough that drawing it is not felt. */
const EARLIER_PAGE = 100

const placedSchema = z.object({ seq: seqSchema })

type SessionEnd = FollowEnd | 'reset' | 'deleted'

export class SessionFeed {
  readonly #options: SessionFeedOptions
  readonly #state: Store<SessionFeedState> = createStore<SessionFeedState>({ status: 'loading' })
  #gathered: Entry[] = []
  #isFlushPlanned = false
  #received: Seq = START_OF_LOG
  #reload: AbortController | null = null
  #ownTurnIds: ReadonlySet<TurnId> = new Set()

  constructor(options: SessionFeedOptions) {
    this.#options = options
  }

  get state(): ReadableStore<SessionFeedState> {
    return this.#state
  }

  /** Loads and follows until `signal` aborts or the session is gone. May run again later: it goes on where it stopped. */
  async run(signal: AbortSignal): Promise<void> {
    let hasTranscript = this.#state.get().status === 'ready'
    while (!signal.aborted) {
      if (!hasTranscript && !(await this.#load(signal))) return
      const reload = new AbortController()
      this.#reload = reload
      const end = await this.#follow(AbortSignal.any([signal, reload.signal]))
      if (end === 'missing' || end === 'deleted') this.#state.set({ status: 'missing' })
      if (end !== 'reset' && !reload.signal.aborted) return
      hasTranscript = false
    }
  }

  /** Puts an earlier page before what is there. Resolves when that is done, or has failed. */
  async loadEarlier(limit = EARLIER_PAGE): Promise<void> {
    const current = this.#state.get()
    if (current.status !== 'ready' || current.earlier === 'loading' || !current.view.hasEarlier) return
    const before = current.view.settled.at(0)?.messageId
    this.#updateReady((ready) => ({ ...ready, earlier: 'loading' }))
    const page = await this.#options.api.readTranscript(this.#options.sessionId, { before, limit })
    this.#updateReady((ready) => {
      // messages were removed meanwhile: what was asked for may be among them
      if (ready.view.settled.at(0)?.messageId !== before) return { ...ready, earlier: 'idle' }
      if (page.status !== 'ok') return { ...ready, earlier: 'failed' }
      return { ...ready, earlier: 'idle', view: prependEarlier(ready.view, page.value) }
    })
  }

  rememberOwnTurn(turnId: TurnId): void {
    const ownTurnIds = new Set(this.#ownTurnIds).add(turnId)
    this.#ownTurnIds = ownTurnIds
    this.#updateReady((ready) => ({ ...ready, ownTurnIds }))
  }

  /** Shows what a refusal says was missed, or loads all again where that is too much. What the stream brings twice is ignored. */
  catchUp({ missed, reload }: Pick<StaleViewProblem, 'missed' | 'reload'>): void {
    if (reload) this.#reload?.abort()
    else this.#updateReady((ready) => ({ ...ready, view: missed.reduce(applyEntry, ready.view) }))
  }

  /** Tries until the transcript is there; false when it never will be. */
  async #load(signal: AbortSignal): Promise<boolean> {
    const { api, sessionId, timers } = this.#options
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const answer = await api.readTranscript(sessionId)
      if (signal.aborted || answer.status === 'unauthorized') return false
      if (answer.status === 'ok') {
        this.#acceptTranscript(answer.value)
        return true
      }
      if (answer.status === 'refused' && answer.httpStatus === 404) {
        this.#state.set({ status: 'missing' })
        return false
      }
      if (this.#state.get().status !== 'ready') this.#state.set({ status: 'unavailable' })
      await timers.wait(backoffMs(attempt, timers.random()), signal)
    }
    return false
  }

  #acceptTranscript(transcript: Transcript): void {
    const { active_turn: active, cursor } = transcript
    if (active?.holder.same_client) this.#ownTurnIds = new Set(this.#ownTurnIds).add(active.turn_id)
    this.#gathered = []
    this.#received = cursor
    this.#state.set({
      status: 'ready',
      view: viewOfTranscript(transcript),
      connection: 'connecting',
      earlier: 'idle',
      ownTurnIds: this.#ownTurnIds,
    })
  }

  async #follow(signal: AbortSignal): Promise<SessionEnd> {
    const { api, sessionId, attention, timers } = this.#options
    let noticed: 'reset' | 'deleted' | null = null
    const end = await followStream({
      open: (connectionSignal) => api.openSessionStream(sessionId, this.#received, connectionSignal),
      onFrames: (frames) => {
        for (const frame of frames) {
          const notice = readNotice(frame)
          if (notice === null) this.#takeEntry(frame)
          else noticed = notice.type === 'reset' ? 'reset' : 'deleted'
        }
        return noticed === null ? 'continue' : 'stop'
      },
      onConnection: (connection) => this.#updateReady((ready) => ({ ...ready, connection })),
      attention,
      timers,
      signal,
    })
    return noticed ?? end
  }

  #takeEntry(frame: StreamFrame): void {
    const data = parseJson(frame.data)
    const entry = entrySchema.safeParse(data)
    // A newer server may log kinds that this page cannot draw: they count as seen, or they would be asked for for ever.
    const place = entry.success ? entry.data : placedSchema.safeParse(data).data
    if (place !== undefined && place.seq > this.#received) this.#received = place.seq
    if (!entry.success) return
    this.#gathered.push(entry.data)
    if (this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    this.#options.beforeDrawing(() => this.#flush())
  }

  #flush(): void {
    const entries = this.#gathered
    this.#gathered = []
    this.#isFlushPlanned = false
    this.#updateReady((ready) => ({ ...ready, view: entries.reduce(applyEntry, ready.view) }))
  }

  #updateReady(change: (ready: ReadySession) => ReadySession): void {
    this.#state.update((current) => (current.status === 'ready' ? change(current) : current))
  }
}

function readNotice(frame: StreamFrame): StreamNotice | null {
  if (frame.event !== 'notice') return null
  return streamNoticeSchema.safeParse(parseJson(frame.data)).data ?? null
}
