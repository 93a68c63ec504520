import type { FastifyRequest } from 'fastify'
import type { StreamNotice } from '../../protocol/entry.ts'
import { seqSchema } from '../../protocol/ids.ts'
import { followQuerySchema, transcriptQuerySchema } from '../../protocol/requests.ts'
import { transcriptSchema } from '../../protocol/transcript.ts'
import { follow } from '../turns/follow.ts'
import { entryJson, type StoredEntry } from '../turns/stored-entry.ts'
import { sendAppEvents } from './app-event-stream.ts'
import { type ConchServer, clientIdOf, type HttpParts, openStream, sessionParamsSchema } from './http-parts.ts'
import { SESSION_NOT_FOUND, sendProblem } from './problem.ts'
import { cursorOf, type SseStream } from './sse.ts'

/** Room for a long answer and its question. A page of longer messages is shorter, and `has_more` tells of the older ones (R15). */
const TRANSCRIPT_BYTES = 8 * 1024 * 1024

/** Reading a session: what is settled, then what happens. */
export function eventRoutes(server: ConchServer, parts: HttpParts): void {
  server.get(
    '/api/sessions/:id/transcript',
    {
      schema: { params: sessionParamsSchema, querystring: transcriptQuerySchema, response: { 200: transcriptSchema } },
    },
    async (request, reply) => {
      const sessionId = request.params.id
      const page = await parts.sessionStore.readTranscript({
        sessionId,
        limit: request.query.limit,
        before: request.query.before,
        maxBytes: TRANSCRIPT_BYTES,
      })
      if (!page) return sendProblem(reply, SESSION_NOT_FOUND)
      // the database's snapshot decides: between a commit and its delivery the engine still names a turn that has ended
      const activeTurn = parts.engine.activeTurn(sessionId, clientIdOf(request)) ?? null
      return {
        session_id: sessionId,
        messages: [...page.messages],
        has_more: page.hasMore,
        cursor: page.cursor,
        active_turn: activeTurn?.turn_id === page.activeTurnId ? activeTurn : null,
      }
    },
  )

  server.get(
    '/api/sessions/:id/events',
    { exposeHeadRoute: false, schema: { params: sessionParamsSchema, querystring: followQuerySchema } },
    async (request, reply) => {
      const sessionId = request.params.id
      if (!(await parts.turnStore.sessionExists(sessionId))) return sendProblem(reply, SESSION_NOT_FOUND)
      const stream = openStream(parts, { request, reply }, { tellsRetry: true })
      if (!stream) return reply
      const cursor = seqSchema.parse(cursorOf(request.headers['last-event-id'], request.query.after))
      const live = (entries: readonly StoredEntry[]) => stream.write(framesOf(entries))
      const following = { sessionId, cursor, signal: stream.signal, live }
      await sendLog(stream, follow({ store: parts.turnStore, feeds: parts.feeds }, following), request.log)
      return reply
    },
  )

  server.get('/api/events', { exposeHeadRoute: false }, async (request, reply) => {
    const stream = openStream(parts, { request, reply }, { tellsRetry: true })
    if (!stream) return reply
    const write = (event: string) => stream.write(`data: ${event}\n\n`)
    sendAppEvents({ signal: stream.signal, write }, parts, clientIdOf(request))
    return reply
  })
}

/**
 * Every page of entries as one write: `id:` is the seq, so that a reader who comes back names its place by itself. Where
 * the log cannot be read the stream ends, and the reader tries again from its cursor.
 */
async function sendLog(stream: SseStream, items: ReturnType<typeof follow>, log: FastifyRequest['log']): Promise<void> {
  try {
    for await (const item of items) {
      const behind = stream.write(item.kind === 'notice' ? noticeFrame(item.notice) : framesOf(item.entries))
      if (behind) await behind
    }
  } catch (error) {
    log.error({ err: error }, 'a session could not be followed')
  } finally {
    stream.end()
  }
}

function noticeFrame(notice: StreamNotice): string {
  return `event: notice\ndata: ${JSON.stringify(notice)}\n\n`
}

function framesOf(entries: readonly StoredEntry[]): string {
  let frames = ''
  for (const entry of entries) frames += `id: ${entry.seq}\ndata: ${entryJson(entry)}\n\n`
  return frames
}
