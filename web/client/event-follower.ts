import type { Attention } from './attention.ts'
import { backoffMs } from './backoff.ts'
import type { StreamFrame } from './event-frames.ts'
import type { StreamOpening } from './stream-opening.ts'
import type { Timers } from './timers.ts'

/*
 * Keeps one event stream alive. It opens the stream, hands over its frames, and when the connection breaks, falls silent
 * or is refused for now, opens it again after a pause. Where the next stream begins is for `open` to say: it reads the
 * cursor of whoever applies the frames, so an entry is never skipped; one that comes twice is for them to ignore.
 *
 *   connecting ──► live ──► broken | silent ──► reconnecting ──► live …
 *                   │
 *                   └─ away (nobody looks at the tab) ──► closed without a word until somebody does
 */

export type Connection = 'connecting' | 'live' | 'reconnecting'

export type FollowEnd =
  | 'aborted'
  /** `onFrames` asked for the end. */
  | 'stopped'
  | 'unauthorized'
  /** The server says that what the stream is about does not exist. */
  | 'missing'

export interface FollowOptions {
  readonly open: (signal: AbortSignal) => Promise<StreamOpening>
  readonly onFrames: (frames: readonly StreamFrame[]) => 'continue' | 'stop'
  readonly onConnection: (connection: Connection) => void
  readonly attention: Attention
  readonly timers: Timers
  readonly signal: AbortSignal
}

/** The server sends a heartbeat each 15 s; a stream that missed two of them is dead, whatever the socket says. */
const SILENCE_LIMIT_MS = 40_000
/** When somebody comes back to the tab, a stream that missed one heartbeat is not trusted. */
const STALE_LIMIT_MS = 20_000
const SILENCE_CHECK_MS = 5_000

type ConnectionEnd = { readonly status: FollowEnd | 'broken' | 'away'; readonly heard: boolean }

/** Resolves when following is over for good. Rejects only if `onFrames` throws. */
export async function followStream(options: FollowOptions): Promise<FollowEnd> {
  const { signal, timers } = options
  options.onConnection('connecting')
  let failedAttempts = 0
  while (!signal.aborted) {
    await untilSeen(options)
    const end = await connectOnce(options)
    if (signal.aborted) break
    if (end.heard) failedAttempts = 0
    if (end.status === 'away') continue
    if (end.status !== 'broken') return end.status
    failedAttempts += 1
    options.onConnection('reconnecting')
    await pause(options, backoffMs(failedAttempts, timers.random()))
  }
  return 'aborted'
}

/** Resolves at once unless the tab is away; then when it is seen again. */
async function untilSeen({ attention, signal }: FollowOptions): Promise<void> {
  if (!attention.isAway() || signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const check = () => {
    if (!attention.isAway() || signal.aborted) resolve()
  }
  const unsubscribe = attention.subscribe(check)
  signal.addEventListener('abort', check)
  await promise
  unsubscribe()
  signal.removeEventListener('abort', check)
}

/** Waits, but not when somebody comes back to the tab or the network does. */
async function pause({ attention, timers, signal }: FollowOptions, durationMs: number): Promise<void> {
  const hurry = new AbortController()
  const unsubscribe = attention.subscribe(() => hurry.abort())
  await timers.wait(durationMs, AbortSignal.any([signal, hurry.signal]))
  unsubscribe()
}

/** One connection, from its request to its end. */
async function connectOnce(options: FollowOptions): Promise<ConnectionEnd> {
  const connection = new AbortController()
  const signal = AbortSignal.any([options.signal, connection.signal])
  const pulse = { at: options.timers.now() }
  const watch = watchPulse(options, { pulse, connection, signal })
  try {
    const opening = await options.open(signal)
    if (opening.status === 'open') return await readConnection(options, opening.frames, pulse)
    return { status: endOfRefusal(opening), heard: false }
  } finally {
    connection.abort()
    await watch
  }
}

interface Pulse {
  at: number
}

async function readConnection(
  options: FollowOptions,
  arriving: AsyncIterable<readonly StreamFrame[]>,
  pulse: Pulse,
): Promise<ConnectionEnd> {
  let heard = false
  options.onConnection('live')
  for await (const frames of arriving) {
    pulse.at = options.timers.now()
    heard = true
    if (frames.length > 0 && options.onFrames(frames) === 'stop') return { status: 'stopped', heard }
  }
  return { status: options.attention.isAway() ? 'away' : 'broken', heard }
}

interface Watched {
  readonly pulse: Pulse
  readonly connection: AbortController
  readonly signal: AbortSignal
}

/** Ends the connection when it falls silent, when it is stale as somebody returns, or when the tab is away. */
async function watchPulse({ attention, timers }: FollowOptions, watched: Watched): Promise<void> {
  const { pulse, connection, signal } = watched
  const unsubscribe = attention.subscribe(() => {
    if (attention.isAway() || timers.now() - pulse.at > STALE_LIMIT_MS) connection.abort()
  })
  while (!signal.aborted) {
    await timers.wait(SILENCE_CHECK_MS, signal)
    if (timers.now() - pulse.at > SILENCE_LIMIT_MS) connection.abort()
  }
  unsubscribe()
}

function endOfRefusal(opening: Exclude<StreamOpening, { status: 'open' }>): FollowEnd | 'broken' {
  if (opening.status === 'unauthorized') return 'unauthorized'
  if (opening.status === 'refused' && opening.httpStatus === 404) return 'missing'
  return 'broken'
}
