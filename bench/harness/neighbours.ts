import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicUs } from './monotonic.ts'
import { readBusyUs, readCpuUs } from './process-usage.ts'

/** How many cores were busy with what is not ours, between the construction and `cores`. Small machines share themselves. */
export class NeighbourWatch {
  readonly #pids: readonly number[]
  readonly #atUs = monotonicUs()
  readonly #busyUs = readBusyUs()
  readonly #ownUs: number

  constructor(pids: readonly number[]) {
    this.#pids = [process.pid, ...pids]
    this.#ownUs = this.#readOwnUs()
  }

  cores(): number {
    const othersUs = readBusyUs() - this.#busyUs - (this.#readOwnUs() - this.#ownUs)
    return Math.max(0, othersUs / (monotonicUs() - this.#atUs))
  }

  #readOwnUs(): number {
    return this.#pids.reduce((sum, pid) => sum + readCpuUs(pid), 0)
  }
}

const QUIET_CORES = 0.15
const LOOK_MS = 1_000

/** Waits for the machine to be ours, at most `patienceMs`: then it is measured as it is, and the figures say so. */
export async function waitForQuiet(pids: readonly number[], patienceMs: number): Promise<void> {
  const giveUpUs = monotonicUs() + patienceMs * 1000
  while (monotonicUs() < giveUpUs) {
    const watch = new NeighbourWatch(pids)
    await sleep(LOOK_MS)
    if (watch.cores() < QUIET_CORES) return
  }
}
