import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Holder } from '../../protocol/turn.ts'
import type { Clock } from '../lib/clock.ts'
import type { ImageFiles } from '../sessions/session-images.ts'
import type { SessionSearch } from '../sessions/session-search.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { ModelChooser } from '../settings/model-chooser.ts'
import type { ModelLoads } from '../settings/model-loads.ts'
import type { Settings } from '../settings/settings.ts'
import type { SessionFeeds } from '../turns/session-feed.ts'
import type { TurnEngine } from '../turns/turn-engine.ts'
import type { TurnStore } from '../turns/turn-store.ts'
import type { OneTimeCodes } from './access/one-time-codes.ts'
import { clientOf } from './admitted-request.ts'
import type { AppEvents } from './app-events.ts'
import { sendProblem } from './problem.ts'
import type { Readiness } from './readiness.ts'
import type { SessionLimit } from './session-limit.ts'
import { type SseOptions, SseStream } from './sse.ts'
import type { StreamLimits } from './stream-limits.ts'

/** All that routes may use. `app.ts` builds it. */
export interface HttpParts {
  readonly engine: TurnEngine
  readonly sessions: Sessions
  readonly sessionStore: SessionStore
  readonly search: SessionSearch
  readonly turnStore: TurnStore
  readonly images: ImageFiles
  readonly feeds: SessionFeeds
  readonly appEvents: AppEvents
  readonly streams: StreamLimits
  readonly sessionLimit: SessionLimit
  readonly codes: OneTimeCodes
  readonly readiness: Readiness
  readonly clock: Clock
  /** From 0 up to, and without, 1. */
  readonly random: () => number
  readonly version: string
  readonly models: ModelChooser
  readonly loads: ModelLoads
  readonly settings: Settings
  readonly dataDir: string
}

/** A Fastify whose routes are typed by their zod schemas. */
export type ConchServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** Ids in paths: any text, because an id of no known form simply is not found. */
export const sessionParamsSchema = z.object({ id: z.string().brand('SessionId') })
export const turnParamsSchema = z.object({ id: z.string().brand('TurnId') })
export const queuedParamsSchema = sessionParamsSchema.extend({ turn: z.string().brand('TurnId') })

const MAX_CLIENT_ID_LENGTH = 128
const MAX_LABEL_LENGTH = 64

/** The client's own random name, by which it is told "this is you". Null where it did not give one. */
export function clientIdOf(request: FastifyRequest): string | null {
  const id = request.headers['x-client-id']
  return typeof id === 'string' && id !== '' && id.length <= MAX_CLIENT_ID_LENGTH ? id : null
}

/** Who a turn started by this request will belong to. A client that does not name itself is an `api`. */
export function holderOf(request: FastifyRequest): Holder {
  if (clientIdOf(request) === null) return { kind: 'api', label: '' }
  const label = request.headers['x-client-label']
  const kind = clientOf(request.raw).kind === 'program' ? 'cli' : 'browser'
  return { kind, label: typeof label === 'string' ? label.slice(0, MAX_LABEL_LENGTH) : '' }
}

/** Opens an event stream, or answers 429 and undefined where the client has too many. Its place is given back when it ends. */
export function openStream(
  parts: Pick<HttpParts, 'streams' | 'clock' | 'random'>,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  options: Omit<SseOptions, 'clock' | 'random'> = {},
): SseStream | undefined {
  const { request, reply } = exchange
  const release = parts.streams.take(clientOf(request.raw))
  if (!release) {
    sendProblem(reply, {
      status: 429,
      code: 'too_many_streams',
      detail: 'Too many event streams are open from this client. Close one and try again.',
      headers: { 'retry-after': '5' },
    })
    return undefined
  }
  const stream = new SseStream(request, reply, { clock: parts.clock, random: parts.random, ...options })
  if (stream.signal.aborted) release()
  else stream.signal.addEventListener('abort', release, { once: true })
  return stream
}
