import { followSession } from './follow-session.ts'
import type { Entry, StreamNotice } from './operations.ts'
import {
  type AnswerOf,
  type FrameOf,
  type InputArguments,
  type OperationName,
  requestOf,
  type StreamName,
} from './request.ts'
import { type ConchClientOptions, type Result, type StreamOptions, Transport } from './transport.ts'

export interface ConchClient {
  /** One request and its answer. Does not reject for what a server or a network may do. */
  readonly call: <Name extends OperationName>(
    name: Name,
    ...input: InputArguments<Name>
  ) => Promise<Result<AnswerOf<Name>>>
  /** One stream, as long as its connection lasts. Throws `StreamRefusedError`, and whatever breaks the connection. */
  readonly stream: <Name extends StreamName>(
    name: Name,
    input: InputArguments<Name>,
    options?: StreamOptions,
  ) => AsyncGenerator<FrameOf<Name>>
  /**
   * A session's log after `after`, for as long as the session lives or until `signal` aborts. Connects again by itself, and gives
   * each entry once, in order. Throws `StreamRefusedError` where the server refuses for good.
   */
  readonly followSession: (
    sessionId: string,
    options?: StreamOptions & { readonly after?: number },
  ) => AsyncGenerator<Entry | StreamNotice>
}

/** A typed client of one server. It runs wherever there is `fetch`. */
export function createConchClient(options: ConchClientOptions): ConchClient {
  const transport = new Transport(options)
  const stream: ConchClient['stream'] = (name, input, { signal } = {}) =>
    transport.stream<FrameOf<typeof name>>(requestOf(name, ...input), signal)
  return {
    call: (name, ...input) => transport.call(requestOf(name, ...input)),
    stream,
    followSession: (sessionId, { after = 0, signal } = {}) => followSession(transport, { sessionId, after, signal }),
  }
}
