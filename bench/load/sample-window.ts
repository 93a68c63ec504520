import { monotonicUs } from '../harness/monotonic.ts'
import { type SampleSummary, summarizeSamples } from '../harness/statistics.ts'

export interface WindowSummary extends SampleSummary {
  readonly seconds: number
}

/** What happened between two moments: one sample in microseconds for each thing that did. */
export class SampleWindow {
  #samplesUs: number[] | null = null
  #openedUs = 0

  /** Counts nothing while no window is open. */
  add(sampleUs: number): void {
    this.#samplesUs?.push(sampleUs)
  }

  open(): void {
    this.#samplesUs = []
    this.#openedUs = monotonicUs()
  }

  close(): WindowSummary {
    const seconds = (monotonicUs() - this.#openedUs) / 1_000_000
    const samplesUs = this.#samplesUs ?? []
    this.#samplesUs = null
    return { ...summarizeSamples(samplesUs), seconds }
  }
}
