import type { FastifyReply } from 'fastify'
import { sessionSchema } from '../../../protocol/session.ts'
import type { SessionFields, SessionRecord, UpdateResult } from '../../sessions/session-store.ts'
import { isPlaceholderTitle } from '../../sessions/session-title.ts'
import { type ConchServer, clientIdOf, type HttpParts, sessionParamsSchema } from '../http-parts.ts'
import { SESSION_NOT_FOUND } from '../problem.ts'
import { type Refusal, sendBusy, sendDetail } from './gaia-errors.ts'
import {
  createSessionBodySchema,
  deletedSchema,
  sessionPageSchema,
  sessionsQuerySchema,
  type UpdateSessionBody,
  updateSessionBodySchema,
} from './gaia-schemas.ts'
import { describeGaiaSession } from './gaia-session.ts'
import { fitsSettings, settingsTag } from './settings-tag.ts'
import { refuseUnknownNames } from './unknown-names.ts'

const CHANGED_MEANWHILE: Refusal = {
  status: 412,
  detail: 'The session has been changed since you read it. Read it again, then decide.',
}

/** Sessions: list, create, read, change, delete. */
export function sessionRoutes(server: ConchServer, parts: HttpParts): void {
  const { sessions, sessionStore, sessionLimit } = parts

  server.get(
    '/api/sessions',
    { schema: { querystring: sessionsQuerySchema, response: { 200: sessionPageSchema } } },
    async (request) => {
      const page = await sessionStore.listSessions(request.query)
      return { sessions: page.sessions.map(describeGaiaSession), total: page.total }
    },
  )

  server.post(
    '/api/sessions',
    { schema: { body: createSessionBodySchema, response: { 200: sessionSchema } } },
    async (request, reply) => {
      const { body } = request
      const refusal = refuseUnknownNames(body)
      const limited = refusal ?? sessionLimit.take()
      if (limited) return sendDetail(reply, limited)
      const record = await sessions.create({
        title: body.title ?? undefined,
        model: body.model ?? undefined,
        systemPrompt: body.system_prompt,
        private: body.private ?? undefined,
        agentType: body.agent_type ?? undefined,
        device: body.device ?? undefined,
        mailProvider: body.mail_provider,
      })
      return sendSession(reply, record)
    },
  )

  server.get(
    '/api/sessions/:id',
    { schema: { params: sessionParamsSchema, response: { 200: sessionSchema } } },
    async (request, reply) => {
      const record = await sessionStore.readSession(request.params.id)
      return record ? sendSession(reply, record) : sendDetail(reply, SESSION_NOT_FOUND)
    },
  )

  server.delete(
    '/api/sessions/:id',
    { schema: { params: sessionParamsSchema, response: { 200: deletedSchema } } },
    async (request, reply) => {
      const isDeleted = await sessions.delete(request.params.id)
      return isDeleted ? { deleted: true as const } : sendDetail(reply, SESSION_NOT_FOUND)
    },
  )

  changingRoutes(server, parts)
}

function changingRoutes(server: ConchServer, { engine, sessions, sessionStore }: HttpParts): void {
  server.put(
    '/api/sessions/:id',
    { schema: { params: sessionParamsSchema, body: updateSessionBodySchema, response: { 200: sessionSchema } } },
    async (request, reply) => {
      const sessionId = request.params.id
      const record = await sessionStore.readSession(sessionId)
      if (!record) return sendDetail(reply, SESSION_NOT_FOUND)
      const refusal = refuseUnknownNames(request.body)
      if (refusal) return sendDetail(reply, refusal)
      const condition = request.headers['if-match']
      if (!fitsSettings(condition, record)) return sendDetail(reply, CHANGED_MEANWHILE)
      const changes = changesOf(request.body)
      const activeTurn = engine.activeTurn(sessionId, clientIdOf(request))
      // A courtesy and no guard: a turn reads its settings once, so one that begins just now gets the old or the new ones.
      if (activeTurn && affectsTurn(record, changes)) return sendBusy(reply, activeTurn)
      // What was compared above may have changed since: the write itself compares again.
      const result = await sessions.update(sessionId, changes, condition === undefined ? undefined : record)
      request.log.info(
        { sessionId, fields: Object.keys(changes), status: result.status },
        'a session was to be changed',
      )
      return sendUpdated(reply, result)
    },
  )

  server.patch(
    '/api/sessions/:id/private',
    { schema: { params: sessionParamsSchema, response: { 200: sessionSchema } } },
    async (request, reply) => {
      const record = await sessionStore.readSession(request.params.id)
      if (!record) return sendDetail(reply, SESSION_NOT_FOUND)
      return sendUpdated(reply, await sessions.update(record.id, { private: !record.private }))
    },
  )
}

function sendUpdated(reply: FastifyReply, result: UpdateResult): FastifyReply {
  switch (result.status) {
    case 'updated':
      return sendSession(reply, result.session)
    case 'session_not_found':
      return sendDetail(reply, SESSION_NOT_FOUND)
    case 'changed_meanwhile':
      return sendDetail(reply, CHANGED_MEANWHILE)
  }
}

function sendSession(reply: FastifyReply, record: SessionRecord): FastifyReply {
  return reply.header('etag', settingsTag(record)).send(describeGaiaSession(record))
}

/** Absent and `null` fields change nothing. A title that somebody chose is pinned: automatic titles leave it alone. */
function changesOf(body: UpdateSessionBody): Partial<SessionFields> {
  const { title, title_is_custom: isCustom } = body
  const chosen = typeof title === 'string' ? isCustom !== false && !isPlaceholderTitle(title) : isCustom
  return {
    ...(typeof title === 'string' && { title }),
    ...(typeof chosen === 'boolean' && { titleIsCustom: chosen }),
    ...(typeof body.system_prompt === 'string' && { systemPrompt: body.system_prompt }),
    ...(typeof body.private === 'boolean' && { private: body.private }),
    ...(typeof body.agent_type === 'string' && { agentType: body.agent_type }),
    ...(typeof body.device === 'string' && { device: body.device }),
    ...(typeof body.mail_provider === 'string' && { mailProvider: body.mail_provider }),
  }
}

/** True for changes of what a running turn was started with. */
function affectsTurn(record: SessionRecord, { agentType, systemPrompt }: Partial<SessionFields>): boolean {
  const changesAgent = agentType !== undefined && agentType !== record.agentType
  const changesPrompt = systemPrompt !== undefined && systemPrompt !== record.systemPrompt
  return changesAgent || changesPrompt
}
