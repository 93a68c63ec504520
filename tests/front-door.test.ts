import { expect, test } from 'vitest'
import { type DoorAnswer, FrontDoor, READS, type Target } from './front-door.ts'

/** S1–S6, S10, S23 and S25 for every route there is, at the server as it runs; `guarded-server.test.ts` has the finer cases. */

const EVIL = 'https://evil.ngrok-free.app'

function isOpen({ method, path, isApi }: Target): boolean {
  return (method === 'GET' || method === 'HEAD') && (!isApi || path === '/api/health')
}

/** S6 and S25: the headers of every answer, and nothing internal in any. */
function expectSecured({ headers, text, status }: DoorAnswer, { method, path, isApi }: Target): void {
  const line = `${method} ${path} ${status}`
  expect(headers.get('x-content-type-options'), line).toBe('nosniff')
  expect(headers.get('referrer-policy'), line).toBe('no-referrer')
  expect(headers.get('cross-origin-opener-policy'), line).toBe('same-origin')
  expect(headers.get('cross-origin-resource-policy'), line).toBe('same-origin')
  expect(headers.get('x-frame-options'), line).toBe('DENY')
  expect(headers.get('permissions-policy'), line).toContain('camera=()')
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy, line).toMatch(/^default-src 'none'; /)
  expect(policy, line).toContain("frame-ancestors 'none'")
  expect(policy, line).not.toContain('unsafe')
  expect(
    [...headers.keys()].filter((name) => name.startsWith('access-control-')),
    line,
  ).toEqual([])
  const type = headers.get('content-type') ?? ''
  if (isApi) {
    expect(headers.get('cache-control'), line).toMatch(/no-store|no-cache/)
    // S10: nothing of the API is a page, a picture or a script; the one page has no script at all
    if (path !== '/api/docs' && type !== '')
      expect(type, line).toMatch(/^(application\/(problem\+)?json|text\/event-stream)/)
  }
  if (status >= 400 && method !== 'HEAD' && type !== '') {
    expect(type, line).toMatch(/json/)
    expect(JSON.parse(text), line).toMatchObject({ detail: expect.anything() })
    expect(text, line).not.toMatch(/node:|\.ts:|\bat \S+ \(|\/work|\/tmp|\/home|SELECT |Error:/)
  }
}

test('S1–S4, S6, S25: rows 1, 5, 7 and 10: every route by every method is shut to whoever is not let in, and nothing is lost', async () => {
  await using door = await FrontDoor.open()
  const bearer = { authorization: `Bearer ${door.token}` }
  const { cookie } = door
  expect(door.targets.length).toBeGreaterThan(200)
  for (const target of door.targets) {
    const isRead = READS.includes(target.method)
    const isPage = !target.isApi && (target.method === 'GET' || target.method === 'HEAD')
    const expectStatus = async (status: number, headers: object) => {
      const answer = await door.ask(target, headers)
      expect(answer.status, `${target.method} ${target.path} ${JSON.stringify(headers)}`).toBe(status)
      expectSecured(answer, target)
    }
    await expectStatus(403, { ...bearer, host: 'evil.com' })
    await expectStatus(403, { ...bearer, 'x-gaia-ui': '1', origin: EVIL })
    if (!isPage) await expectStatus(403, { cookie, 'x-gaia-ui': '1', 'sec-fetch-site': 'cross-site' })
    if (!isRead) await expectStatus(403, { cookie })
    if (isOpen(target)) continue
    await expectStatus(401, { 'x-gaia-ui': '1' })
    await expectStatus(401, { 'x-gaia-ui': '1', authorization: 'Bearer wrong', cookie })
  }
  await door.expectNothingLost()
}, 120_000)

test('S5, S6, S10: whoever is let in changes nothing by GET, HEAD or OPTIONS, and every answer has its headers', async () => {
  await using door = await FrontDoor.open()
  const authorization = `Bearer ${door.token}`
  const statuses = new Set<number>()
  for (const target of door.targets.filter(({ method }) => READS.includes(method))) {
    const named = { ...target, path: target.path.replace('/sessions/none', `/sessions/${door.session}`) }
    for (const one of [target, named]) {
      const answer = await door.ask(one, { authorization })
      statuses.add(answer.status)
      expect(answer.status, `${one.method} ${one.path}`).toBeLessThan(500)
      expectSecured(answer, one)
    }
  }
  expect(statuses).toContain(200)
  await door.expectNothingLost()
}, 120_000)

test('S23: rows 8, 17 and 20: every route that takes a body has its limits of size, depth, keys and form', async () => {
  await using door = await FrontDoor.open()
  const headers = { authorization: `Bearer ${door.token}`, 'content-type': 'application/json' }
  /** Files may be larger than other bodies. */
  const files: Readonly<Record<string, number>> = {
    '/api/sessions/import': 51_000_000,
    '/api/sessions/none/images': 6_000_000,
  }
  const tooLarge = (path: string) => 'x'.repeat(files[path] ?? 3_000_000)
  const bodies = [
    [422, `{"title":${'['.repeat(200_000)}`, headers],
    [422, `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":1`).join()}}`, headers],
    [422, `{"${'k'.repeat(100_000)}":1}`, headers],
    [415, '{}', { ...headers, 'content-encoding': 'gzip' }],
    [415, '{}', { ...headers, 'content-type': 'text/plain' }],
  ] as const
  const takers = door.schemas.operations.filter((operation) => /^(POST|PUT|PATCH|DELETE) /.test(operation))
  expect(takers.length).toBeGreaterThan(10)
  for (const operation of takers) {
    const [method, path = ''] = operation.replace(/\{\w+\}/g, 'none').split(' ') as [Target['method'], string]
    const large = [413, JSON.stringify({ message: tooLarge(path) }), headers] as const
    for (const [status, body, sent] of [large, ...bodies]) {
      const answer = await door.ask({ method, path }, sent, body)
      expect(answer.status, `${operation} ${body.slice(0, 20)}`).toBe(status)
      expectSecured(answer, { method, path, isApi: true })
    }
  }
  await door.expectNothingLost()
}, 120_000)

test('rows 15 and 16: every route that takes a body refuses what is no JSON, and what is no object where it wants one', async () => {
  await using door = await FrontDoor.open()
  const headers = { authorization: `Bearer ${door.token}`, 'content-type': 'application/json' }
  const noUtf8 = Buffer.concat([Buffer.from('{"title":"canary'), Buffer.from([0xff]), Buffer.from('"}')])
  const noJson = ['{', '{"title":"canary",}', '{"title":NaN}', 'canary', '\ufeff{}', '{}{}']
  const noObject = ['', 'null', '[]', '"canary"', '7']
  for (const operation of door.schemas.operations.filter((name) => /^(POST|PUT|PATCH|DELETE) /.test(name))) {
    const [method = '', path = ''] = operation.split(' ')
    const { requestBody } = door.schemas.document.paths[path]?.[method.toLowerCase()] ?? {}
    const target = { method: method as Target['method'], path: path.replace(/\{\w+\}/g, 'none'), isApi: true }
    const schema = requestBody?.content['application/json']?.schema
    const wantsObject = schema !== undefined && door.schemas.faults(schema, null).length > 0
    const refused = [...noJson, ...(wantsObject ? noObject : [])].map((body) => [422, body] as const)
    for (const [status, body] of [...refused, [400, noUtf8] as const]) {
      const answer = await door.ask(target, headers, body)
      expect(answer.status, `${operation} ${body}`).toBe(status)
      expectSecured(answer, target)
      expect(answer.text, operation).not.toContain('canary')
    }
  }
  await door.expectNothingLost()
}, 120_000)

test('row 20: a body is as long as it says, and one that does not say is cut off where it is too long', async () => {
  await using door = await FrontDoor.open()
  const head = 'POST /api/turns/none/cancel HTTP/1.1\r\n$ownContent-Type: application/json\r\n'
  const beyond = await door.sendBytes(`${head}Content-Length: 2\r\n\r\n{}${'{"title":"canary"}'.repeat(1_000)}`)
  expect(beyond).toMatch(/^HTTP\/1\.1 (404|405) /) // the rest is no part of it: it is read as a method, which may be refused first
  const megabyte = `100000\r\n${'x'.repeat(0x10_00_00)}\r\n`
  const endless = await door.sendBytes(`${head}Transfer-Encoding: chunked\r\n\r\n${megabyte.repeat(3)}`)
  expect(endless.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413'])
  await door.expectNothingLost()
})

test('S23: rows 61 and 64: every route that streams counts among the sixteen of a browser, and is refused before it does anything', async () => {
  await using door = await FrontDoor.open()
  const abort = new AbortController()
  const { cookie } = door
  const open = () => fetch(`${door.conch.url}/api/events`, { headers: { cookie }, signal: abort.signal })
  for (const { status } of await Promise.all(Array.from({ length: 16 }, open))) expect(status).toBe(200)
  const idle = await door.conch.ownerClient().createSession()
  const paths = Object.entries(door.schemas.document.paths)
  const streaming = paths.flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { responses }]) => 'text/event-stream' in (door.schemas.resolve(responses['200'])?.content ?? {}))
      .map(([method]) => ({ path, method: method.toUpperCase() as Target['method'] })),
  )
  expect(streaming.length).toBeGreaterThanOrEqual(5)
  for (const { path, method } of streaming) {
    const query = path === '/api/chat/attach' ? `?session_id=${door.session}` : ''
    const headers = { cookie, 'x-gaia-ui': '1', ...(method === 'POST' && { 'content-type': 'application/json' }) }
    const body = method === 'POST' ? JSON.stringify({ session_id: idle, message: 'canary' }) : null
    const answer = await door.ask({ method, path: path.replace('{id}', door.session) + query }, headers, body)
    expect(answer.status, path).toBe(429)
    expect(answer.headers.get('retry-after'), path).toMatch(/^\d+$/)
  }
  abort.abort()
  expect((await door.conch.ownerClient().transcript(idle)).messages).toEqual([])
}, 120_000)

test('rows 2, 3, 12, 13, 14, 22, 30 and 116: bytes that no client sends get one answer, and the turn beside them goes on', async () => {
  await using door = await FrontDoor.open()
  const post = 'POST /api/sessions HTTP/1.1\r\n$ownContent-Type: application/json\r\n'
  const get = (more: string) => `GET /api/sessions HTTP/1.1\r\n$own${more}\r\n`
  const tried: readonly (readonly [number, string])[] = [
    [400, get('Host: evil.com\r\n')],
    [400, `GET http://evil.com/api/sessions HTTP/1.1\r\n$own\r\n`],
    [431, get(`X-Long: ${'a'.repeat(20_000)}\r\n`)],
    [431, get('X: 1\r\n'.repeat(200))],
    [414, `GET /api/${'a'.repeat(10_000)} HTTP/1.1\r\n$own\r\n`],
    [400, `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    [400, `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    [400, `${post}Content-Length: -1\r\n\r\n`],
    [400, `${post}Content-Length: 99999999999999999999\r\n\r\n`],
    [400, `${post}Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n`],
    [400, 'GET /api/sessions HTTP/1.1\nHost: x\n\n'],
    [400, 'GET /api/a\0b HTTP/1.1\r\n$own\r\n'],
    [400, 'GET /api/a\r\nb HTTP/1.1\r\n$own\r\n'],
    [400, get('X: a\0b\r\n')],
    [405, 'TRACE /api/sessions HTTP/1.1\r\n$own\r\n'],
    [405, 'FOO /api/sessions HTTP/1.1\r\n$own\r\n'],
    [400, 'GET /api/sessions/%c0%ae HTTP/1.1\r\n$own\r\n'],
    [400, 'GET /api/sessions/a%00b HTTP/1.1\r\n$own\r\n'],
    [404, `GET /api/sessions/${'x'.repeat(7_000)} HTTP/1.1\r\n$own\r\n`],
    [404, 'GET /api/sessions/%F0%9F%98%80 HTTP/1.1\r\n$own\r\n'],
    [404, 'GET /api/sessions/%2e%2e HTTP/1.1\r\n$own\r\n'],
    [400, get('Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n')],
    [403, get('Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://evil.com\r\n')],
    [400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    [400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    [417, `${post}Expect: tea\r\nContent-Length: 2\r\n\r\n{}`],
  ]
  for (const [status, bytes] of tried) {
    const answer = await door.sendBytes(bytes)
    expect(answer.match(/HTTP\/1\.1 \d+/g)?.[0], bytes.slice(0, 80)).toBe(`HTTP/1.1 ${status}`)
    expect(answer, bytes.slice(0, 80)).toMatch(/x-content-type-options: nosniff/i)
    expect(answer).not.toMatch(/node:|\.ts:|Error:/)
  }
  await door.expectNothingLost()
}, 120_000)
