import { ManualClock } from '../../server/lib/manual-clock.ts'
import { SqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { hurriedClock } from '../../server/store/store-scenario.ts'
import { type IdCounters, ServerCore } from './server-core.ts'
import type { SimulatedDisk, SimulatedWriter } from './simulated-disk.ts'
import type { SimulatedModel, SimulatedTool } from './simulated-model.ts'

/** What outlives a server: the disk, the model, the tool, and the numbers that ids are made of. */
export interface World {
  readonly disk: SimulatedDisk
  readonly model: SimulatedModel
  readonly tool: SimulatedTool
  readonly ids: IdCounters
}

/** One start of the server on a disk, a model and a clock that the schedule moves. */
export class SimulatedServer {
  readonly clock: ManualClock
  readonly writer: SimulatedWriter
  readonly core: ServerCore

  constructor(world: World, startMs: number) {
    this.clock = new ManualClock(startMs)
    this.writer = world.disk.newWriter()
    const reader = world.disk.database
    const store = new SqliteStore({ writer: this.writer, reader, wallClock: this.clock, pace: hurriedClock() })
    this.core = new ServerCore({ ...world, store, clock: this.clock })
  }

  /** What must be back at nothing when nobody asks for anything (I14). */
  get inUse(): Readonly<Record<string, number>> {
    const { line, feeds } = this.core
    return {
      slots: line.used,
      'places in the line': line.waiting,
      feeds: feeds.size,
      timers: this.clock.pendingTimers,
    }
  }
}
