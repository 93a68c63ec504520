import { sessionIdSchema, turnIdSchema } from '../../protocol/ids.ts'
import { buildHistory } from '../../server/agent/history.ts'
import { runAgent } from '../../server/agent/loop.ts'
import type { ChatModel } from '../../server/agent/model.ts'
import type { Tool } from '../../server/agent/tool.ts'
import type { Clock } from '../../server/lib/clock.ts'
import { Sessions } from '../../server/sessions/sessions.ts'
import type { SqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { SessionFeeds } from '../../server/turns/session-feed.ts'
import { SlotLine } from '../../server/turns/slot-line.ts'
import { TurnEngine } from '../../server/turns/turn-engine.ts'
import { TurnRecovery } from '../../server/turns/turn-recovery.ts'
import { UnrecoveredSessions } from '../../server/turns/unrecovered-sessions.ts'

const MINUTE_MS = 60_000
const LIMITS = {
  firstByteTimeoutMs: 10 * MINUTE_MS,
  idleTimeoutMs: 2 * MINUTE_MS,
  turnTimeoutMs: 30 * MINUTE_MS,
  slotWaitMs: 10 * MINUTE_MS,
  maxSteps: 4,
}

/** The numbers that ids are made of; they outlive a server. */
export interface IdCounters {
  turns: number
  sessions: number
  workers: number
}

export interface CoreParts {
  readonly store: SqliteStore
  readonly clock: Clock
  readonly model: ChatModel
  readonly tool: Tool
  readonly ids: IdCounters
}

/** The server without HTTP, connected as `server/app.ts` does it: engine, agent loop, sessions and followers on a store. */
export class ServerCore {
  readonly store: SqliteStore
  readonly feeds = new SessionFeeds()
  readonly line = new SlotLine({ slots: 2, maxWaiting: 1 })
  readonly engine: TurnEngine
  readonly sessions: Sessions
  readonly #recovery: TurnRecovery

  constructor(parts: CoreParts) {
    const { store, clock, ids } = parts
    this.store = store
    const shared = {
      store: store.turns,
      feeds: this.feeds,
      clock,
      workerId: `worker-${++ids.workers}`,
      journal: { error: () => undefined },
      unrecovered: new UnrecoveredSessions(),
    }
    this.engine = new TurnEngine({
      ...shared,
      line: this.line,
      newTurnId: () => turnIdSchema.parse(`turn-${++ids.turns}`),
      limits: LIMITS,
      onTurnChange: () => undefined,
      onQueueChange: () => undefined,
      answer: answerWith(parts),
    })
    this.#recovery = new TurnRecovery({
      ...shared,
      mayResume: true,
      continuesMessage: async () => 'no',
      adopt: (turn) => this.engine.adopt(turn),
    })
    this.sessions = new Sessions({
      store: store.sessions,
      newSessionId: () => sessionIdSchema.parse(`session-${++ids.sessions}`),
      defaultModel: () => 'simulated',
      images: {
        keep: async () => undefined,
        delete: async () => undefined,
        copyAll: async () => undefined,
        deleteAll: async () => undefined,
      },
      onChange: () => undefined,
      onDeleted: (sessionId) => this.engine.dropSession(sessionId),
    })
  }

  /** What a start does before it listens. */
  async recover(): Promise<void> {
    await this.#recovery.recoverAll()
    await this.engine.goOnAfterStart()
  }
}

function answerWith({ store, clock, model, tool }: CoreParts): ConstructorParameters<typeof TurnEngine>[0]['answer'] {
  return async ({ turn, message, progress, signal, emit, committed }) => {
    const past = await store.sessions.readTranscript({ sessionId: turn.sessionId, limit: 400, before: undefined })
    const history = buildHistory({ messages: past?.messages ?? [], systemPrompt: null, userMessage: message })
    return await runAgent({ history, progress, tools: [tool], model, limits: LIMITS, clock, signal, emit, committed })
  }
}
