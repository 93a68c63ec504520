import { setTimeout as sleep } from 'node:timers/promises'
import type { WindowSummary } from '../load/sample-window.ts'
import type { LoadAnswers } from '../load-process.ts'
import type { ModelAnswers } from '../model-process.ts'
import type { BenchDataDir } from './data-dir.ts'
import { HelperProcess } from './helper-process.ts'
import { NeighbourWatch, waitForQuiet } from './neighbours.ts'
import type { BenchPlan } from './plan.ts'
import { readUsage } from './process-usage.ts'

/** What one window says of the process that was measured. */
export interface WindowMeasure extends WindowSummary {
  readonly perSecond: number
  /** CPU time of all threads of the process, for each sample. */
  readonly cpuUsEach: number
  readonly diskBytesEach: number
  readonly rssMb: number
  /** Cores that others kept busy meanwhile. */
  readonly neighbourCores: number
}

/** What every part of the bench stands on: the model, the clients, and how much is to be measured. */
export class Stage implements AsyncDisposable {
  readonly plan: BenchPlan
  readonly model: HelperProcess<ModelAnswers>
  readonly load: HelperProcess<LoadAnswers>
  readonly modelUrl: string
  /** Tells the person who waits what is being measured. */
  readonly say: (line: string) => void
  readonly #emptyDataDir: BenchDataDir

  private constructor(parts: Pick<Stage, 'plan' | 'model' | 'load' | 'modelUrl' | 'say'>, emptyDataDir: BenchDataDir) {
    this.plan = parts.plan
    this.model = parts.model
    this.load = parts.load
    this.modelUrl = parts.modelUrl
    this.say = parts.say
    this.#emptyDataDir = emptyDataDir
  }

  /** `emptyDataDir` is what every data directory begins as. */
  static async open(
    plan: BenchPlan,
    { emptyDataDir, say }: { readonly emptyDataDir: BenchDataDir; readonly say: (line: string) => void },
  ): Promise<Stage> {
    const model = new HelperProcess<ModelAnswers>('model-process.ts')
    const load = new HelperProcess<LoadAnswers>('load-process.ts')
    const { baseUrl } = await model.ask('listen')
    return new Stage({ plan, model, load, modelUrl: baseUrl, say }, emptyDataDir)
  }

  /** A fresh data directory, to be disposed by the caller. */
  createDataDir(): BenchDataDir {
    return this.#emptyDataDir.copy()
  }

  /** `pids`: our servers that are up. */
  watchNeighbours(...pids: readonly number[]): NeighbourWatch {
    return new NeighbourWatch([this.model.pid, this.load.pid, ...pids])
  }

  /** Waits until nobody else needs the machine, as long as the plan's patience lasts. `pids`: the servers that are up. */
  async quiet(...pids: readonly number[]): Promise<void> {
    await waitForQuiet([this.model.pid, this.load.pid, ...pids], this.plan.patienceMs)
  }

  /** Measures the process `pid` under the load that is running. `others`: our servers that are up and not measured. */
  async measureWindow(pid: number, others: readonly number[] = []): Promise<WindowMeasure> {
    await sleep(this.plan.settleMs)
    const watch = this.watchNeighbours(pid, ...others)
    const before = readUsage(pid)
    await this.load.ask('openWindow')
    await sleep(this.plan.windowMs)
    const after = readUsage(pid)
    const window = await this.load.ask('closeWindow')
    const neighbourCores = watch.cores()
    if (window.count === 0) throw new Error('nothing arrived while it was measured')
    return {
      ...window,
      perSecond: window.count / window.seconds,
      cpuUsEach: (after.cpuUs - before.cpuUs) / window.count,
      diskBytesEach: (after.writtenBytes - before.writtenBytes) / window.count,
      rssMb: after.rssBytes / 1_000_000,
      neighbourCores,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.model[Symbol.asyncDispose]()
    await this.load[Symbol.asyncDispose]()
  }
}
