import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { TurnOutcome } from '../../protocol/turn.ts'
import type { SlotLine } from '../turns/slot-line.ts'
import type { TurnEngine } from '../turns/turn-engine.ts'
import type { StreamLimits } from './stream-limits.ts'

/** Read when somebody asks, because they know it anyway. */
export interface MetricSources {
  readonly engine: Pick<TurnEngine, 'activeTurns'>
  readonly line: Pick<SlotLine, 'waiting'>
  readonly streams: Pick<StreamLimits, 'openStreams' | 'openChannels'>
}

const COMMIT_BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]
const LOOP_RESOLUTION_MS = 20
const LOOP_QUANTILES = [50, 90, 99] as const

/**
 * The server's figures, for Prometheus. What happens once per token is one addition to a field; labels are looked up once
 * per turn or commit, and everything else is read when it is asked for.
 */
export class Metrics implements Disposable {
  /** Pieces of text and reasoning that models have sent: the one figure of the path of a token. */
  deltas = 0
  readonly #registry = new Registry()
  readonly #turns: Counter<'outcome' | 'reason'>
  /** By status, then by code. */
  readonly #refusals = new Map<number, Map<string, number>>()
  readonly #commits: Histogram
  #loopDelay: ELDHistogram | null = null

  constructor() {
    const registers = [this.#registry]
    this.#turns = new Counter({
      name: 'conch_turns_total',
      help: 'Turns that have ended, by outcome; reason is empty where the outcome has none.',
      labelNames: ['outcome', 'reason'],
      registers,
    })
    this.#commits = new Histogram({
      name: 'conch_commit_duration_seconds',
      help: 'From handing a batch of writes to the database to its answer.',
      buckets: COMMIT_BUCKETS_S,
      registers,
    })
    this.#addCounter('conch_deltas_total', 'Pieces of text and reasoning that models have sent.', () => this.deltas)
    this.#addRefusals()
    this.#addProcess()
    this.#addLoopDelay()
  }

  /** Connects the figures that other parts keep. Called once. */
  observe({ engine, line, streams }: MetricSources): void {
    const countActive = () => engine.activeTurns(null).length
    this.#addGauge('conch_turns_active', 'Turns that have not ended, waiting ones included.', countActive)
    this.#addGauge('conch_turns_waiting', 'Turns that wait for a slot at the model.', () => line.waiting)
    this.#addGauge('conch_streams_open', 'Event streams that clients hold open.', () => streams.openStreams)
    this.#addGauge('conch_channels_open', 'What clients follow on shared event streams.', () => streams.openChannels)
  }

  countTurn(outcome: TurnOutcome): void {
    this.#turns.inc({ outcome: outcome.status, reason: 'reason' in outcome ? outcome.reason : '' })
  }

  countRefusal(status: number, code: string): void {
    let counts = this.#refusals.get(status)
    if (!counts) {
      counts = new Map()
      this.#refusals.set(status, counts)
    }
    counts.set(code, (counts.get(code) ?? 0) + 1)
  }

  noteCommit(durationMs: number): void {
    this.#commits.observe(durationMs / 1000)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** In Prometheus's text format. */
  render(): Promise<string> {
    return this.#registry.metrics()
  }

  [Symbol.dispose](): void {
    this.#loopDelay?.disable()
  }

  #addGauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.#registry], collect: () => gauge.set(read()) })
  }

  /** `read` must never go down. */
  #addCounter(name: string, help: string, read: () => number): void {
    const counter: Counter = new Counter({
      name,
      help,
      registers: [this.#registry],
      collect: () => {
        counter.reset()
        counter.inc(read())
      },
    })
  }

  /** Counted by hand, because a flood of sends must not be made dearer by its figures. */
  #addRefusals(): void {
    const counter: Counter<'status' | 'code'> = new Counter({
      name: 'conch_refusals_total',
      help: 'Requests that were refused or failed, by HTTP status and problem code.',
      labelNames: ['status', 'code'],
      registers: [this.#registry],
      collect: () => {
        counter.reset()
        for (const [status, counts] of this.#refusals) {
          for (const [code, count] of counts) counter.inc({ status, code }, count)
        }
      },
    })
  }

  /** A few of the usual names. The library's own set reads files and watches the collector, and never lets go of either. */
  #addProcess(): void {
    const startedAtS = Math.round(Date.now() / 1000 - process.uptime())
    this.#addGauge('process_start_time_seconds', 'Start of the process, in seconds since 1970.', () => startedAtS)
    this.#addCounter('process_cpu_seconds_total', 'Processor time used, by user and system.', () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    })
    this.#addGauge('process_resident_memory_bytes', 'Memory that the process occupies.', () =>
      process.memoryUsage.rss(),
    )
    this.#addGauge(
      'nodejs_heap_size_used_bytes',
      'Memory that live and dead objects occupy.',
      () => process.memoryUsage().heapUsed,
    )
    this.#addGauge('nodejs_active_resources', 'Handles, timers and requests that keep the process alive.', () => {
      return process.getActiveResourcesInfo().length
    })
  }

  /** Measured from the first time somebody asks, so that a server that nobody watches does not wake up for it. */
  #addLoopDelay(): void {
    const gauge: Gauge<'quantile'> = new Gauge({
      name: 'nodejs_eventloop_lag_seconds',
      help: 'By how much the event loop was late since the figures were last read; 0 the first time.',
      labelNames: ['quantile'],
      registers: [this.#registry],
      collect: () => {
        const delay = this.#watchedLoop()
        for (const percent of LOOP_QUANTILES) {
          const lateNs = delay.count === 0 ? 0 : delay.percentile(percent) - LOOP_RESOLUTION_MS * 1e6
          gauge.set({ quantile: String(percent / 100) }, Math.max(0, lateNs / 1e9))
        }
        delay.reset()
      },
    })
  }

  #watchedLoop(): ELDHistogram {
    if (!this.#loopDelay) {
      this.#loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
      this.#loopDelay.enable()
    }
    return this.#loopDelay
  }
}
