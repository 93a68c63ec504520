import type { Seq, TurnId } from '../../protocol/ids.ts'
import type { StaleViewProblem } from '../../protocol/problem.ts'
import type { Queue } from '../../protocol/queue.ts'
import { createApiClient } from '../../web/client/api-client.ts'
import { createApiTransport } from '../../web/client/api-transport.ts'
import type { SentImages } from '../../web/client/attachments.ts'
import { createDrafts } from '../../web/client/drafts.ts'
import type { SessionFeedState } from '../../web/client/session-feed.ts'
import { SESSION_ID } from '../../web/client/session-log.scenario.ts'
import { createTurnSender } from '../../web/client/turn-sender.ts'
import { type HeldServer, startHeldServer } from './web-held-server.ts'

/** For tests: a tab that speaks in one session, before a real server whose answers the test gives by hand. */
export class SendingTab implements AsyncDisposable {
  readonly server: HeldServer
  /** What outlives a page: its drafts, and the sends whose answer is lost. */
  readonly stored = new Map<string, string>()
  lostSends: string | null = null
  /** What the server's streams tell. */
  session: SessionFeedState = { status: 'loading' }
  queue: Queue | undefined
  readonly accepted: TurnId[] = []
  readonly queues: Queue[] = []
  readonly staleViews: StaleViewProblem[] = []
  #keys = 0

  private constructor(server: HeldServer) {
    this.server = server
  }

  static async open(): Promise<SendingTab> {
    return new SendingTab(await startHeldServer())
  }

  /** The page, as it is when it is loaded, for the first time or again. */
  load(images: SentImages = { take: () => null, drop: () => undefined, keep: () => undefined }) {
    const drafts = createDrafts(
      {
        read: async (key) => this.stored.get(key),
        write: async (key, text) => void this.stored.set(key, text),
        remove: async (key) => void this.stored.delete(key),
      },
      (error) => {
        throw error
      },
    )
    const sender = createTurnSender({
      api: createApiClient(
        createApiTransport({
          origin: this.server.origin,
          identity: { clientId: 'tab', label: 'Firefox on Linux' },
          onUnauthorized: () => undefined,
        }),
      ),
      sessionId: SESSION_ID,
      drafts,
      images,
      newKey: () => `key-${++this.#keys}`,
      onAccepted: (turnId) => this.accepted.push(turnId),
      onQueue: (queue) => this.queues.push(queue),
      shownSeq: () => 6 as Seq,
      onStaleView: (problem) => this.staleViews.push(problem),
      told: { session: () => this.session, queue: () => this.queue },
      lostSends: { read: () => this.lostSends, write: (text) => (this.lostSends = text) },
    })
    return {
      sender,
      drafts,
      draft: drafts.of(SESSION_ID),
      type: (text: string) => drafts.set(SESSION_ID, text),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
  }
}

/** The server's answer to a message whose turn has started. */
export function startedTurn(name: string, firstSeq: number) {
  return {
    turn_id: name,
    session_id: SESSION_ID,
    user_message_id: 1,
    assistant_message_id: 2,
    phase: 'running',
    outcome: null,
    started_at: '2026-01-01T00:00:00Z',
    ended_at: null,
    first_seq: firstSeq,
  }
}

/** Its answer to one that waits. */
export function queuedTurn(name: string) {
  return {
    turn_id: name,
    position: 1,
    queue: { session_id: SESSION_ID, revision: 1, paused: null, messages: [] },
  }
}
