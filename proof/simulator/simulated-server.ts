import { sessionIdSchema, turnIdSchema } from '../../protocol/ids.ts'
import { buildHistory } from '../../server/agent/history.ts'
import { runAgent } from '../../server/agent/loop.ts'
import { ManualClock } from '../../server/lib/manual-clock.ts'
import { Sessions } from '../../server/sessions/sessions.ts'
import { SqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { hurriedClock } from '../../server/store/store-scenario.ts'
import { recoverTurns } from '../../server/turns/recover.ts'
import { SessionFeeds } from '../../server/turns/session-feed.ts'
import { SlotLine } from '../../server/turns/slot-line.ts'
import { TurnEngine } from '../../server/turns/turn-engine.ts'
import type { AnswerTurn } from '../../server/turns/turn-worker.ts'
import type { SimulatedDisk, SimulatedWriter } from './simulated-disk.ts'
import type { SimulatedModel, SimulatedTool } from './simulated-model.ts'

const MINUTE_MS = 60_000
const LIMITS = {
  firstByteTimeoutMs: 10 * MINUTE_MS,
  idleTimeoutMs: 2 * MINUTE_MS,
  turnTimeoutMs: 30 * MINUTE_MS,
  slotWaitMs: 10 * MINUTE_MS,
  maxSteps: 4,
}

/** What outlives a server: the disk, the model, the tool, and the numbers that ids are made of. */
export interface World {
  readonly disk: SimulatedDisk
  readonly model: SimulatedModel
  readonly tool: SimulatedTool
  readonly ids: { turns: number; sessions: number; workers: number }
}

/** One start of the server: its own engine, agent loop and store on a disk, a model and a clock that the schedule moves. */
export class SimulatedServer {
  readonly clock: ManualClock
  readonly writer: SimulatedWriter
  readonly store: SqliteStore
  readonly feeds = new SessionFeeds()
  readonly line = new SlotLine({ slots: 2, maxWaiting: 1 })
  readonly engine: TurnEngine
  readonly sessions: Sessions
  readonly #workerId: string

  constructor(world: World, startMs: number) {
    const { disk, ids } = world
    this.clock = new ManualClock(startMs)
    this.writer = disk.newWriter()
    const options = { writer: this.writer, reader: disk.database, wallClock: this.clock, pace: hurriedClock() }
    this.store = new SqliteStore(options)
    this.#workerId = `worker-${++ids.workers}`
    this.engine = new TurnEngine({
      store: this.store.turns,
      feeds: this.feeds,
      line: this.line,
      clock: this.clock,
      workerId: this.#workerId,
      newTurnId: () => turnIdSchema.parse(`turn-${++ids.turns}`),
      limits: LIMITS,
      journal: { error: () => undefined },
      onTurnChange: () => undefined,
      onQueueChange: () => undefined,
      answer: this.#answerWith(world),
    })
    this.sessions = new Sessions({
      store: this.store.sessions,
      newSessionId: () => sessionIdSchema.parse(`session-${++ids.sessions}`),
      defaultModel: () => 'simulated',
      onChange: () => undefined,
      onDeleted: (sessionId) => this.engine.dropSession(sessionId),
    })
  }

  /** What a start does before it listens. */
  async recover(): Promise<void> {
    await recoverTurns(this.store.turns, this.#workerId)
  }

  /** What must be back at nothing when nobody asks for anything (I14). */
  get inUse(): Readonly<Record<string, number>> {
    return {
      slots: this.line.used,
      'places in the line': this.line.waiting,
      feeds: this.feeds.size,
      timers: this.clock.pendingTimers,
    }
  }

  #answerWith({ model, tool }: World): AnswerTurn {
    return async ({ turn, message, signal, emit, committed }) => {
      const past = await this.store.sessions.readTranscript({
        sessionId: turn.sessionId,
        limit: 400,
        before: undefined,
      })
      const history = buildHistory({ messages: past?.messages ?? [], systemPrompt: null, userMessage: message })
      return await runAgent({
        history,
        tools: [tool],
        model,
        limits: LIMITS,
        clock: this.clock,
        signal,
        emit,
        committed,
      })
    }
  }
}
