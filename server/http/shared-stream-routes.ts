import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type ChannelBody, channelBodySchema, channelNameSchema } from '../../protocol/shared-stream.ts'
import { follow } from '../turns/follow.ts'
import type { PageSize } from '../turns/session-feed.ts'
import { clientOf } from './admitted-request.ts'
import { sendAppEvents } from './app-event-stream.ts'
import { type ConchServer, clientIdOf, type HttpParts, openStream } from './http-parts.ts'
import { type ProblemFacts, SESSION_NOT_FOUND, sendProblem } from './problem.ts'
import { type Channel, MAX_CHANNELS, SharedStream } from './shared-stream.ts'

const channelParamsSchema = z.object({ stream: z.string(), channel: channelNameSchema })

/** As long as every channel of a stream may wait with one in hand, a page is smaller than where there is one reader (R15). */
const CHANNEL_PAGE: PageSize = { limit: 500, maxBytes: 64 * 1024 }

/** Told alike to whoever does not know the id and to whoever has not opened the stream. */
const STREAM_NOT_FOUND: ProblemFacts = {
  status: 404,
  code: 'stream_not_found',
  detail: 'No such stream is open. Open one and add its channels anew.',
}
const TOO_MANY_CHANNELS: ProblemFacts = {
  status: 429,
  code: 'too_many_channels',
  detail: `A stream has at most ${MAX_CHANNELS} channels, and all streams together as many as the server allows streams. Close one and try again.`,
  headers: { 'retry-after': '5' },
}

interface OwnedStream {
  readonly stream: SharedStream
  readonly owner: string
}

/** One stream with many channels (D16): a browser has six connections, and its tabs share them. */
export function sharedStreamRoutes(server: ConchServer, parts: HttpParts): void {
  const open = new Map<string, OwnedStream>()

  /** The stream that the request names, if whoever asks has opened it. */
  const find = (request: FastifyRequest, id: string): SharedStream | undefined => {
    const found = open.get(id)
    return found?.owner === ownerOf(request) ? found.stream : undefined
  }

  server.get('/api/streams', { exposeHeadRoute: false }, async (request, reply) => {
    const connection = openStream(parts, { request, reply }, { tellsRetry: true })
    if (!connection || connection.signal.aborted) return reply
    const id = randomUUID()
    open.set(id, { stream: new SharedStream(id, connection), owner: ownerOf(request) })
    connection.signal.addEventListener('abort', () => open.delete(id), { once: true })
    return reply
  })

  server.put(
    '/api/streams/:stream/channels/:channel',
    { schema: { params: channelParamsSchema, body: channelBodySchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const { stream: id, channel: name } = request.params
      const stream = find(request, id)
      if (!stream) return sendProblem(reply, STREAM_NOT_FOUND)
      const { body } = request
      const isThere = body.follows === 'app' || (await parts.turnStore.sessionExists(body.session_id))
      if (!isThere) return sendProblem(reply, SESSION_NOT_FOUND)
      const release = stream.hasRoomFor(name) ? parts.streams.takeChannel() : undefined
      if (!release) return sendProblem(reply, TOO_MANY_CHANNELS)
      const channel = stream.addChannel(name)
      channel.signal.addEventListener('abort', release, { once: true })
      if (channel.signal.aborted) release()
      else startChannel(channel, body, { parts, request })
      return reply.code(204).send(null)
    },
  )

  server.delete(
    '/api/streams/:stream/channels/:channel',
    { schema: { params: channelParamsSchema, response: { 204: z.null() } } },
    async (request, reply) => {
      const stream = find(request, request.params.stream)
      if (!stream) return sendProblem(reply, STREAM_NOT_FOUND)
      stream.removeChannel(request.params.channel)
      return reply.code(204).send(null)
    },
  )
}

/** The credential that a stream was opened with: the cookie of a browser, or the token. */
function ownerOf(request: FastifyRequest): string {
  const client = clientOf(request.raw)
  return client.kind === 'browser' ? `browser ${client.browserId}` : client.kind
}

interface ChannelRequest {
  readonly parts: HttpParts
  readonly request: FastifyRequest
}

function startChannel(channel: Channel, body: ChannelBody, { parts, request }: ChannelRequest): void {
  if (body.follows === 'app') {
    sendAppEvents({ signal: channel.signal, write: (event) => channel.writeEvent(event) }, parts, clientIdOf(request))
    return
  }
  const following = {
    sessionId: body.session_id,
    cursor: body.after,
    signal: channel.signal,
    live: channel.writeLive.bind(channel),
    page: CHANNEL_PAGE,
  }
  void sendLog(channel, follow({ store: parts.turnStore, feeds: parts.feeds }, following), request.log)
}

/** Where the log cannot be read the channel ends, and its reader tries again from its cursor. */
async function sendLog(channel: Channel, items: ReturnType<typeof follow>, log: FastifyRequest['log']): Promise<void> {
  try {
    for await (const item of items) {
      if (item.kind === 'notice') await channel.writeNotice(JSON.stringify(item.notice))
      else await channel.writePage(item.entries)
    }
    channel.end('over')
  } catch (error) {
    log.error({ err: error }, 'a session could not be followed')
    channel.end('failed')
  }
}
