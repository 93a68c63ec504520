/** Everything that can be set about a running server, parsed and in one unit per kind. */
export interface ServeConfig {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly dataDir: string
  readonly model: ModelFlags
  /** Turns that may use the model at once. */
  readonly slots: number
  readonly maxWaiting: number
  readonly firstByteTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly turnTimeoutMs: number
  readonly slotWaitMs: number
  /** How long running turns may take to end when the server is asked to stop. */
  readonly graceMs: number
  /** Whether turns that a crash has cut off are gone on with at the next start (D6). */
  readonly resumesTurns: boolean
  /** Event streams that programs may hold open together. */
  readonly maxStreams: number
  /** Sessions that may be made within any minute; 0 for as many as one likes. */
  readonly maxSessionsPerMinute: number
  readonly noAuth: boolean
  readonly openBrowser: boolean
}

export type ModelFlags =
  /** Neither an address nor the practice model was named: what people chose counts, or what is found. */
  | { readonly kind: 'open' }
  | { readonly kind: 'practice' }
  /** `model` is null where the endpoint's first model is to be used. */
  | {
      readonly kind: 'endpoint'
      readonly baseUrl: string
      readonly model: string | null
      readonly apiKey: string | null
    }
