import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { problemCodeSchema } from '../protocol/problem.ts'
import { describeApi, OPERATION_TEXTS } from '../server/http/api-description/describe-api.ts'
import { renderDocsPage } from '../server/http/api-description/docs-page.ts'
import { ApiSchemas } from './api-schemas.ts'
import { ConchApp } from './conch-app.ts'
import type { Answer } from './conch-client.ts'

test('S4: the description and its page need a credential; the token and the cookie are both one', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  const link = await fetch(await conch.link(), { redirect: 'manual' })
  const cookie = link.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
  for (const path of ['/api/openapi.json', '/api/docs']) {
    expect((await conch.client().request('GET', path)).status).toBe(401)
    expect((await conch.ownerClient().request('GET', path)).status).toBe(200)
    expect((await conch.client().request('GET', path, { headers: { cookie } })).status).toBe(200)
  }
})

test('the description is OpenAPI 3.1, names the version and tells which credentials there are', async () => {
  await using conch = await ConchApp.start()
  const { document } = await ApiSchemas.read(conch.client())
  const port = new URL(conch.url).port
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Conch', version: '0.0.0' } })
  expect(document.components.securitySchemes).toMatchObject({
    token: { type: 'http', scheme: 'bearer' },
    cookie: { type: 'apiKey', in: 'cookie', name: `conch_${port}` },
    page: { type: 'apiKey', in: 'header', name: 'X-Gaia-UI' },
  })
  const start = document.paths['/api/sessions/{id}/turns']?.post
  expect(start?.responses['201']).toMatchObject({
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Turn' } } },
  })
  expect(start?.responses['409']).toEqual({ $ref: '#/components/responses/Conflict' })
  expect(document.components.responses?.Conflict).toMatchObject({
    content: {
      'application/problem+json': {
        schema: { anyOf: expect.arrayContaining([{ $ref: '#/components/schemas/TurnActiveProblem' }]) },
      },
    },
  })
  expect(document.paths['/api/health']?.get?.security).toEqual([])
  expect(document.paths['/api/turns/{id}/cancel']?.post?.security).toEqual([{ token: [] }, { cookie: [], page: [] }])
})

test('every route is described, and nothing that is no route; each has words, a group, an id of its own', async () => {
  await using conch = await ConchApp.start()
  const { document, operations } = await ApiSchemas.read(conch.client())
  expect(operations.filter((name) => !(name in OPERATION_TEXTS))).toEqual([]) // a new route: give it a text
  expect(Object.keys(OPERATION_TEXTS).filter((name) => !operations.includes(name))).toEqual([])
  const tree = conch.app.server.printRoutes({ commonPrefix: false })
  const methods = Array.from(tree.matchAll(/\(([A-Z, ]+)\)/g), ([, names = '']) => names.split(', ')).flat()
  const routes = methods.filter((method) => method !== 'HEAD').length
  expect(operations.length).toBe(routes - 1) // all but the web app's
  const described = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  expect(new Set(described.map(({ operationId }) => operationId)).size).toBe(operations.length)
  const groups = document.tags?.map(({ name }) => name)
  for (const { tags = [], summary } of described) {
    expect(summary).toBeTruthy()
    expect(groups).toContain(tags[0])
  }
})

test('every reference leads somewhere, and every example fits its schema', async () => {
  await using conch = await ConchApp.start()
  const schemas = await ApiSchemas.read(conch.client())
  const { document } = schemas
  for (const [reference] of JSON.stringify(document).matchAll(/#\/components\/\w+\/\w+/g)) {
    const [, , kind = '', name = ''] = reference.split('/')
    const components: Record<string, object | undefined> = document.components
    expect(components[kind]).toHaveProperty(name)
  }
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  const contents = [
    ...operations.flatMap(({ requestBody }) => (requestBody ? [requestBody.content] : [])),
    ...operations.flatMap(({ responses }) =>
      Object.values(responses).map((one) => schemas.resolve(one)?.content ?? {}),
    ),
  ]
  let examples = 0
  for (const { schema, examples: given = {} } of contents.flatMap((content) => Object.values(content))) {
    for (const { value } of Object.values(given)) {
      examples += 1
      expect(schemas.faults(schema ?? {}, value), JSON.stringify(value)).toEqual([])
    }
  }
  expect(examples).toBeGreaterThan(50)
})

test('S25: what the server answers is what its description says, refusals included', async () => {
  await using conch = await ConchApp.start({ slots: 1, maxWaiting: 0 })
  const schemas = await ApiSchemas.read(conch.client())
  const client = conch.client('tab', 'Firefox')
  const session = await client.createSession('Plans')
  const turn = await client.start(session, 'hello')
  await (await conch.model.asked()).say('half')
  const other = await client.createSession()
  const post = (path: string, body: unknown) => client.request('POST', path, { body })
  const get = (path: string) => client.request('GET', path)
  const tried: readonly (readonly [operation: string, status: number, ask: () => Promise<Answer>])[] = [
    ['POST /api/sessions/{id}/turns', 409, () => client.send(session, 'again')],
    ['POST /api/sessions/{id}/turns', 429, () => client.send(other, 'hello')],
    ['POST /api/sessions/{id}/turns', 422, () => client.send(session, '')],
    ['POST /api/sessions/{id}/turns', 404, () => post('/api/sessions/nobody/turns', { message: 'hello' })],
    ['POST /api/sessions/{id}/turns', 413, () => client.send(session, 'x'.repeat(3_000_000))],
    ['GET /api/turns/{id}', 200, () => get(`/api/turns/${turn.turn_id}`)],
    ['GET /api/turns/{id}', 404, () => get('/api/turns/nobody')],
    ['GET /api/sessions/{id}/transcript', 200, () => get(`/api/sessions/${session}/transcript`)],
    ['GET /api/sessions/{id}/transcript', 422, () => get(`/api/sessions/${session}/transcript?limit=0`)],
    ['POST /api/sessions/{id}/branch', 201, () => post(`/api/sessions/${session}/branch`, {})],
    [
      'PUT /api/streams/{stream}/channels/{channel}',
      404,
      () => client.request('PUT', '/api/streams/none/channels/a', { body: { follows: 'app' } }),
    ],
    [
      'DELETE /api/streams/{stream}/channels/{channel}',
      404,
      () => client.request('DELETE', '/api/streams/none/channels/a'),
    ],
    ['POST /api/link', 201, () => client.request('POST', '/api/link')],
    ['GET /api/ready', 200, () => get('/api/ready')],
    ['GET /api/health', 200, () => get('/api/health')],
    ['GET /api/system/status', 200, () => get('/api/system/status')],
    ['GET /api/sessions', 200, () => get('/api/sessions?limit=1000000')],
    ['GET /api/sessions', 422, () => get('/api/sessions?limit=many')],
    ['POST /api/sessions', 422, () => post('/api/sessions', { title: 'x'.repeat(513) })],
    ['POST /api/sessions', 200, () => post('/api/sessions', { title: '😀'.repeat(512) })],
    ['GET /api/sessions/{id}/messages', 200, () => get(`/api/sessions/${session}/messages`)],
    ['GET /api/sessions/{id}/export', 200, () => get(`/api/sessions/${session}/export?format=json`)],
    ['GET /api/sessions/{id}/export', 400, () => get(`/api/sessions/${session}/export?format=pdf`)],
    ['POST /api/chat/send', 409, () => post('/api/chat/send', { session_id: session, message: 'again' })],
    ['POST /api/chat/send', 422, () => post('/api/chat/send', { message: 'again' })],
    ['GET /api/chat/active', 200, () => get('/api/chat/active')],
    ['GET /api/chat/attach', 404, () => get(`/api/chat/attach?session_id=${other}`)],
    [
      'DELETE /api/sessions/{id}/messages/{message}',
      404,
      () => client.request('DELETE', `/api/sessions/${other}/messages/9`),
    ],
    ['POST /api/turns/{id}/cancel', 200, () => client.cancel(turn.turn_id)],
    ['DELETE /api/sessions/{id}', 200, () => client.request('DELETE', `/api/sessions/${session}`)],
  ]
  for (const [operation, status, ask] of tried) {
    const given = await ask()
    expect(given.status, `${operation} ${given.text}`).toBe(status)
    expect(schemas.faultsOfAnswer(operation, given), operation).toEqual([])
  }
})

test('the streams are described as such, and what they send fits', async () => {
  await using conch = await ConchApp.start()
  const schemas = await ApiSchemas.read(conch.client())
  const contentOf = (path: string) => schemas.resolve(schemas.document.paths[path]?.get?.responses['200'])?.content
  const stream = contentOf('/api/sessions/{id}/events')?.['text/event-stream']
  expect(stream?.schema).toEqual({
    anyOf: [{ $ref: '#/components/schemas/Entry' }, { $ref: '#/components/schemas/StreamNotice' }],
  })
  const client = conch.client()
  const session = await client.createSession()
  const turn = await client.start(session, 'hello')
  const question = await conch.model.asked()
  await question.say('hi')
  question.finish()
  const entries = await client.entriesUntilEnd(session, turn.turn_id)
  for (const entry of entries) expect(schemas.faults(stream?.schema ?? {}, entry)).toEqual([])
  expect(schemas.faults(stream?.schema ?? {}, { ...entries[0], seq: 'first' })).not.toEqual([])
  expect(Object.keys(contentOf('/api/events') ?? {})).toEqual(['text/event-stream'])
})

test('S6: the page runs no script and loads nothing; its one style is the one that its policy names', async () => {
  await using conch = await ConchApp.start()
  const { headers, text } = await conch.client().request('GET', '/api/docs')
  const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? ''
  const digest = createHash('sha256').update(style).digest('base64')
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(headers.get('content-security-policy')?.split('; ')).toEqual([
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    `style-src 'sha256-${digest}'`,
  ])
  for (const [name, value] of [
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
    ['cache-control', 'no-store'],
  ] as const) {
    expect(headers.get(name)).toBe(value)
  }
  expect(text).not.toMatch(
    /<(script|link|img|iframe|object|base|form)\b|\son\w+=|\sstyle=|javascript:|=["']?https?:\/\//i,
  )
})

test('the page shows each operation with its parameters, its body, its answers and a command to try', async () => {
  await using conch = await ConchApp.start()
  const { text } = await conch.client().request('GET', '/api/docs')
  const { document } = await ApiSchemas.read(conch.client())
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { operationId }] of Object.entries(methods)) {
      expect(text).toContain(`<div class="inside" id="${operationId}">`)
      expect(text).toContain(`${method.toUpperCase()}</span><code>${path}</code>`)
      expect(text).toContain(`<li><a href="#${operationId}">`)
    }
  }
  expect(text).toContain('curl -sS -X POST &quot;$CONCH/api/sessions/$ID/turns&quot;')
  expect(text).toContain('curl -sSN &quot;$CONCH/api/sessions/$ID/events&quot;')
  const anchors = new Set(Array.from(text.matchAll(/ id="([^"]+)"/g), ([, id]) => id))
  for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(anchors).toContain(target)
})

test('every code that a problem can have is explained, on the page and in the protocol', async () => {
  await using conch = await ConchApp.start()
  const { text } = await conch.client().request('GET', '/api/docs')
  const protocol = readFileSync(new URL('../PROTOCOL.md', import.meta.url), 'utf8')
  for (const code of problemCodeSchema.options) {
    expect(text, code).toContain(`<tr><td><code>${code}</code></td><td>`)
    expect(protocol, code).toContain(`\`${code}\``)
  }
})

test('what a description holds cannot become markup', () => {
  const hostile = `</pre><script>alert(1)</script>" onclick='x'`
  const document = describeApi(
    {
      openapi: '3.1.0',
      info: { title: hostile, version: hostile },
      paths: { [`/api/turns/${hostile}`]: { get: { responses: {} } } },
      components: { schemas: { [hostile]: { description: hostile } } },
    },
    { version: hostile, port: 1 },
  )
  expect(renderDocsPage(document)).not.toMatch(/<script|onclick='|" onclick/)
})
