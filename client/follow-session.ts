import type { EventFrame } from './event-frames.ts'
import type { Entry, StreamNotice } from './operations.ts'
import { requestOf } from './request.ts'
import { StreamRefusedError, type Transport } from './transport.ts'

const FIRST_PAUSE_MS = 400
const LONGEST_PAUSE_MS = 15_000
/** Worth another try: the server is full, stopping, or cannot read for a moment. */
const PASSING = [429, 500, 502, 503, 504]

export interface Following {
  readonly sessionId: string
  readonly after: number
  readonly signal: AbortSignal | undefined
}

export async function* followSession(
  transport: Transport,
  { sessionId, after, signal }: Following,
): AsyncGenerator<Entry | StreamNotice> {
  let cursor = after
  let failures = 0
  while (!signal?.aborted) {
    const plain = requestOf('GET /api/sessions/{id}/events', { path: { id: sessionId }, query: { after: cursor } })
    try {
      for await (const frames of transport.frames(plain, signal)) {
        failures = 0
        for (const item of frames.map(parseFrame)) {
          if ('seq' in item && item.seq <= cursor) continue
          cursor = 'seq' in item ? item.seq : 0 // a notice: the log begins anew
          yield item
          if (item.type === 'session_deleted') return
        }
      }
    } catch (error) {
      if (!isPassing(error)) throw error
    }
    failures += 1
    await pause(failures, signal)
  }
}

function parseFrame({ data }: EventFrame): Entry | StreamNotice {
  return JSON.parse(data)
}

/** A connection that broke, by whoever's doing, or a refusal that will not last. What cannot be read would not be next time. */
function isPassing(error: unknown): boolean {
  if (error instanceof StreamRefusedError) return PASSING.includes(error.httpStatus)
  return !(error instanceof SyntaxError)
}

/** Doubling, bounded, and spread, so that many clients do not come back to a restarted server in the same instant. */
async function pause(failures: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return
  const longestMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, longestMs * (0.5 + Math.random() / 2))
  signal?.addEventListener('abort', () => resolve(), { once: true })
  await promise
  clearTimeout(timer)
}
