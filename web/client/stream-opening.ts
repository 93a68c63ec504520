import type { PlainRequest } from '../../client/request.ts'
import { type ApiFailure, failureOf } from './api-result.ts'
import { type ApiTransport, readAnswer } from './api-transport.ts'
import { readFrames, type StreamFrame } from './event-frames.ts'

/** A stream that has begun, or why it has not. `frames` ends with the connection; an empty list is a sign of life. */
export type StreamOpening =
  | { readonly status: 'open'; readonly frames: AsyncIterable<readonly StreamFrame[]> }
  | ApiFailure

/** Opens a stream on a connection of its own, which `signal` closes. */
export async function openStream(
  transport: ApiTransport,
  plain: PlainRequest,
  signal: AbortSignal,
): Promise<StreamOpening> {
  const response = await transport.open({ ...plain, signal, headers: { Accept: 'text/event-stream' } })
  if (response === null) return { status: 'unreachable' }
  if (!response.ok) return failureOf(response, (await readAnswer(response))?.body)
  return response.body === null ? { status: 'unreadable' } : { status: 'open', frames: readFrames(response.body) }
}
