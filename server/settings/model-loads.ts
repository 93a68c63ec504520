/** What a server that loads and downloads models for us has to do. Each resolves with what went wrong, in a sentence, or null. */
export interface ModelHost {
  load(model: string, contextSize: number | null, signal: AbortSignal): Promise<string | null>
  download(model: string, onProgress: (progress: HostProgress) => void, signal: AbortSignal): Promise<string | null>
}

export interface HostProgress {
  readonly percent: number
  readonly file: string
  readonly fileIndex: number
  readonly totalFiles: number
  readonly downloadedBytes: number
  readonly totalBytes: number
}

export interface Download {
  readonly state: 'starting' | 'downloading' | 'complete' | 'error'
  readonly model: string
  readonly progress: HostProgress | null
  /** What went wrong. */
  readonly message: string | null
}

export type LoadResult =
  /** It has begun, or was under way already. */
  | { readonly status: 'started' }
  | { readonly status: 'other_running'; readonly model: string }
  | { readonly status: 'no_host' }

export interface ModelLoadsParts {
  /** The server that can, as it was seen last; null where there is none. */
  readonly host: () => ModelHost | null
  /** Hears of each load and download that is over. */
  readonly onDone: (job: {
    readonly kind: 'load' | 'download'
    readonly model: string
    readonly problem: string | null
  }) => void
}

/**
 * Has models loaded and downloaded in the background, one of each kind at a time: whoever asks for the one that is under way
 * joins it, and another one is refused, because a server with room for one model would throw out what it has just loaded.
 */
export class ModelLoads {
  readonly #parts: ModelLoadsParts
  readonly #stopping = new AbortController()
  readonly #jobs = new Set<Promise<void>>()
  #loading: string | null = null
  #download: Download | null = null

  constructor(parts: ModelLoadsParts) {
    this.#parts = parts
  }

  /** The one under way, or the last. */
  get lastDownload(): Download | null {
    return this.#download
  }

  load(model: string, contextSize: number | null): LoadResult {
    if (this.#loading !== null) return joinOrRefuse(this.#loading, model)
    const host = this.#parts.host()
    if (!host) return { status: 'no_host' }
    this.#loading = model
    this.#keep(async (signal) => {
      const problem = await host.load(model, contextSize, signal)
      this.#loading = null
      this.#parts.onDone({ kind: 'load', model, problem })
    })
    return { status: 'started' }
  }

  download(model: string): LoadResult {
    const running = this.#download
    if (running?.state === 'starting' || running?.state === 'downloading') return joinOrRefuse(running.model, model)
    const host = this.#parts.host()
    if (!host) return { status: 'no_host' }
    this.#download = { state: 'starting', model, progress: null, message: null }
    this.#keep(async (signal) => {
      let last: HostProgress | null = null
      const onProgress = (progress: HostProgress) => {
        last = progress
        this.#download = { state: 'downloading', model, progress, message: null }
      }
      const problem = await host.download(model, onProgress, signal)
      this.#download = { state: problem === null ? 'complete' : 'error', model, progress: last, message: problem }
      this.#parts.onDone({ kind: 'download', model, problem })
    })
    return { status: 'started' }
  }

  /** Lets go of what is under way; the server may finish it. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#jobs)
  }

  #keep(work: (signal: AbortSignal) => Promise<void>): void {
    const job = work(this.#stopping.signal).finally(() => this.#jobs.delete(job))
    this.#jobs.add(job)
  }
}

function joinOrRefuse(running: string, wanted: string): LoadResult {
  return running === wanted ? { status: 'started' } : { status: 'other_running', model: running }
}
