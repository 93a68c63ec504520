/** What makes a repeated send the same send (I12). Remembered for as long as the session lives. */
export interface Idempotency {
  /** Chosen by the client; its own within the session. */
  readonly key: string
  /** Of the request's body: the same key with another fingerprint is a mistake of the client. */
  readonly fingerprint: string
}
