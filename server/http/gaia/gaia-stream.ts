import type { FastifyReply, FastifyRequest } from 'fastify'
import { clientOf } from '../admitted-request.ts'
import type { HttpParts } from '../http-parts.ts'
import { problemOf } from '../problem.ts'
import { SseStream } from '../sse.ts'
import { followTurn, type TurnPlace } from './follow-turn.ts'
import { OWNER_CHANGED, type Refusal } from './gaia-errors.ts'
import { gaiaFrame } from './gaia-events.ts'
import { GaiaTranslator } from './gaia-translator.ts'
import { SilenceFiller } from './silence.ts'

export const TOO_MANY_STREAMS: Refusal = {
  status: 429,
  detail: 'Too many event streams are open from this client. Close one and try again.',
  headers: { 'retry-after': '5' },
}

const STREAM_HEADERS = { 'cache-control': 'no-cache' }

/**
 * A client's place for one more stream, taken before it is known whether there will be one. Disposing gives it back, unless
 * a stream was opened on it: then it is given back when that ends.
 */
export interface StreamPlace extends Disposable {
  /** Undefined where the client has gone meanwhile. */
  open(headers?: Readonly<Record<string, string>>): SseStream | undefined
}

/** Undefined where the client holds all the streams it may. */
export function takeStreamPlace(
  { streams, clock, random }: Pick<HttpParts, 'streams' | 'clock' | 'random'>,
  request: FastifyRequest,
  reply: FastifyReply,
): StreamPlace | undefined {
  const release = streams.take(clientOf(request.raw))
  if (!release) return undefined
  let isOpened = false
  return {
    open: (headers) => {
      if (reply.raw.destroyed) {
        reply.hijack()
        return undefined
      }
      isOpened = true
      const stream = new SseStream(request, reply, { clock, random, headers: { ...STREAM_HEADERS, ...headers } })
      stream.signal.addEventListener('abort', release, { once: true })
      return stream
    },
    [Symbol.dispose]: () => {
      if (!isOpened) release()
    },
  }
}

export interface TurnSending {
  readonly turn: TurnPlace
  /** Seq of the last entry that the reader has; 0 for none of them. */
  readonly resumeAfter: number
  readonly log: FastifyRequest['log']
}

/** Sends a turn to its end, then ends the stream. Never rejects: the turn goes on whatever becomes of a stream (F2). */
export async function sendTurn(
  parts: Pick<HttpParts, 'turnStore' | 'feeds' | 'clock'>,
  stream: SseStream,
  { turn, resumeAfter, log }: TurnSending,
): Promise<void> {
  const translator = new GaiaTranslator(resumeAfter)
  const filler = new SilenceFiller(stream, parts.clock)
  try {
    for await (const item of followTurn(parts, turn, stream.signal)) {
      const frames =
        item.kind === 'entries'
          ? item.entries.map((entry) => translator.translate(entry)).join('')
          : LAST_WORDS[item.kind]
      if (frames !== '') await filler.write(frames)
    }
  } catch (error) {
    log.error({ err: error, turnId: turn.turn_id }, 'a turn could not be sent to its end')
    const { detail } = problemOf(error instanceof Error ? error : new Error(String(error)))
    await filler.write(gaiaFrame({ type: 'error', content: detail }))
  } finally {
    filler.stop()
    stream.end()
  }
}

const LAST_WORDS = {
  session_deleted: gaiaFrame({ type: 'error', content: 'The session was deleted while it answered.' }),
  owner_changed: gaiaFrame({ type: 'error', content: OWNER_CHANGED.detail }),
}
