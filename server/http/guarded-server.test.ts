import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { problemSchema } from '../../protocol/problem.ts'
import { clientOf, requestIdOf } from './admitted-request.ts'
import { type GuardedApp, type RawAnswer, startGuardedApp } from './http-scenario.ts'

const JSON_BODY = ['X-Gaia-UI: 1', 'Content-Type: application/json'] as const

/** Made-up routes that do nothing about security themselves. */
function addRoutes(app: FastifyInstance): void {
  app.get('/api/sessions', async (request) => ({ client: clientOf(request.raw) }))
  app.get('/api/sessions/:id', async (request) => ({ params: request.params }))
  app.post('/api/sessions', async () => ({ made: true }))
  app.post('/api/turns/:id/cancel', async () => ({ cancelled: true }))
  app.put('/api/settings', async () => ({}))
  app.patch('/api/settings/:key', async () => ({}))
  app.delete('/api/sessions/:id', async () => ({ deleted: true }))
  app.post('/outside', async () => ({}))
  app.get('/api/health', async () => ({ status: 'ok' }))
  app.get('/', async () => 'the page')
  app.get('/api/stream', async () => 'an endless stream')
}

let app: GuardedApp
beforeEach(async () => {
  app = await startGuardedApp({ routes: addRoutes })
})
afterEach(() => app[Symbol.asyncDispose]())

/** The refusal reached no handler, is a problem with nothing internal in it, and allows no other origin anything. */
function expectRefusal(answer: RawAnswer, status: number): void {
  expect(answer.status, answer.bytes).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(problemSchema.parse(JSON.parse(answer.body))).toMatchObject({ status, request_id: expect.any(String) })
  expect(answer.body).not.toMatch(/node:|\.ts|\bat \S+ \(|\/work|\/home|Error:/)
  expect(answer.bytes.toLowerCase()).not.toContain('access-control-')
  expect(app.handled).toEqual([])
}

async function expectStillServing(): Promise<void> {
  expect((await app.send('GET /api/sessions', [app.bearer()])).status).toBe(200)
}

describe('S1: Host and target', () => {
  test.each(['GET /api/sessions', 'GET /', 'GET /assets/app.js', 'GET /api/stream', 'GET /api/health', 'GET /nowhere'])(
    'row 1: %s under a foreign Host is refused, with a valid cookie too',
    async (line) => {
      expectRefusal(await app.send(line, ['Host: evil.com']), 403)
      expectRefusal(await app.send(line, [`Host: evil.com:${app.port}`, app.browserCookie()]), 403)
      expectRefusal(await app.send(line, [`Host: evil.com:${app.port}`, app.bearer()]), 403)
    },
  )

  test('row 2: two Host headers are refused, in any order and however far apart', async () => {
    const own = `Host: 127.0.0.1:${app.port}`
    const fill = Array.from({ length: 150 }, (_, i) => `X-Fill-${i}: 1`)
    expectRefusal(await app.send('GET /api/sessions', [own, 'Host: evil.com', app.bearer()]), 400)
    expectRefusal(await app.send('GET /api/sessions', ['Host: evil.com', own, app.bearer()]), 400)
    expectRefusal(await app.send('GET /api/sessions', [own, own, app.bearer()]), 400)
    expectRefusal(await app.send('GET /api/sessions', [own, app.bearer(), ...fill, 'Host: evil.com']), 431)
  })

  test('a request without any Host is refused', async () => {
    expectRefusal(await app.sendBytes(`GET /api/sessions HTTP/1.1\r\n${app.bearer()}\r\n\r\n`), 400)
    expectRefusal(await app.sendBytes(`GET /api/sessions HTTP/1.0\r\n${app.bearer()}\r\n\r\n`), 400)
  })

  test('row 3: a target in absolute form is refused, under our own name too', async () => {
    expectRefusal(await app.send('GET http://evil.com/api/sessions', [app.bearer()]), 400)
    expectRefusal(await app.send(`GET http://127.0.0.1:${app.port}/api/sessions`, [app.bearer()]), 400)
    expectRefusal(await app.send('GET *', [app.bearer()]), 400)
  })

  test('row 4: no alias of loopback is ours', async () => {
    const names = ['0.0.0.0', '[::]', 'localhost.', '127.0.0.1.nip.io', '127.1', '2130706433', '[::ffff:127.0.0.1]']
    for (const name of names) {
      expectRefusal(await app.send('GET /api/sessions', [`Host: ${name}:${app.port}`, app.bearer()]), 403)
    }
    expectRefusal(await app.send('GET /api/sessions', ['Host:', app.bearer()]), 403)
    expectRefusal(await app.send('GET /api/sessions', ['Host: localhost', app.bearer()]), 403)
  })

  test('the three names of loopback are ours', async () => {
    for (const name of ['127.0.0.1', '[::1]', 'localhost']) {
      const answer = await app.send('GET /api/sessions', [`Host: ${name}:${app.port}`, app.bearer()])
      expect(answer.status).toBe(200)
    }
  })
})

describe('S2: other origins', () => {
  const foreign = [
    'https://evil.ngrok-free.app',
    'null',
    'http://localhost:9999',
    'http://127.0.0.1:4200.evil.com',
    'https://127.0.0.1',
    'file://',
  ]

  test.each(foreign)('rows 5 and 6: a change from %s is refused, whatever else it carries', async (origin) => {
    const headers = [`Origin: ${origin}`, ...JSON_BODY, app.browserCookie()]
    expectRefusal(await app.send('POST /api/sessions', headers, '{}'), 403)
    expectRefusal(await app.send('POST /api/sessions', [...headers, app.bearer()], '{}'), 403)
    expectRefusal(await app.send('DELETE /api/sessions/1', [`Origin: ${origin}`, 'X-Gaia-UI: 1', app.bearer()]), 403)
  })

  test.each(foreign)('row 9: a preflight from %s allows nothing', async (origin) => {
    const asks = [
      `Origin: ${origin}`,
      'Access-Control-Request-Method: POST',
      'Access-Control-Request-Private-Network: true',
    ]
    expectRefusal(await app.send('OPTIONS /api/sessions', asks), 403)
  })

  test.each(['cross-site', 'same-site'])(
    'a read by a page that is %s is refused, also without an Origin',
    async (site) => {
      const headers = [`Sec-Fetch-Site: ${site}`, app.browserCookie()]
      expectRefusal(await app.send('GET /api/sessions', headers), 403)
      expectRefusal(await app.send('GET /api/stream', headers), 403)
      expectRefusal(await app.send('GET /api/health', headers), 403)
    },
  )

  test('no answer ever names an origin that may read it', async () => {
    const own = `Origin: http://127.0.0.1:${app.port}`
    const answer = await app.send('GET /api/sessions', [own, 'Sec-Fetch-Site: same-origin', app.browserCookie()])
    expect(answer.status).toBe(200)
    expect(answer.bytes.toLowerCase()).not.toContain('access-control-')
  })
})

describe('S3: changes are refused unless they show where they come from', () => {
  /** Every change that the router knows, and three that it does not know by that name. */
  function changes(): readonly string[] {
    const known = app.routes.filter((line) => !/^(GET|HEAD) /.test(line)).map((line) => line.replace(/:\w+/, '1'))
    expect(known.length).toBeGreaterThan(5)
    return [...known, 'POST /nowhere', 'POST /%61pi/sessions', 'POST //api/sessions']
  }

  test('row 7: each change with a cookie alone is refused', async () => {
    for (const line of changes()) {
      const answer = await app.send(line, [app.browserCookie()])
      expectRefusal(answer, 403)
      expect(JSON.parse(answer.body).detail).toBe('missing X-Gaia-UI header')
    }
  })

  test('each change with the header but without credentials is refused', async () => {
    for (const line of changes()) expectRefusal(await app.send(line, ['X-Gaia-UI: 1']), 401)
  })

  test('a change passes with header and cookie, and with a token alone', async () => {
    expect((await app.send('POST /api/sessions', ['x-gaia-ui: 1', app.browserCookie()])).status).toBe(200)
    expect((await app.send('POST /api/sessions', [app.bearer()])).status).toBe(200)
    expect(app.handled).toHaveLength(2)
  })

  test.each([
    ['text/plain', ['Content-Type: text/plain']],
    ['a form', ['Content-Type: application/x-www-form-urlencoded']],
    ['a body without a type', []],
    ['JSON in another charset', ['Content-Type: application/json; charset=utf-7']],
    ['JSON that hides behind text', ['Content-Type: text/plain, application/json']],
  ])('row 8: %s is refused', async (_what, headers) => {
    expectRefusal(await app.send('POST /api/sessions', ['X-Gaia-UI: 1', app.bearer(), ...headers], '{}'), 415)
  })

  test('row 8: a body in chunks without a type is refused', async () => {
    const headers = ['X-Gaia-UI: 1', app.bearer(), 'Transfer-Encoding: chunked', '', '2', '{}', '0', '', '']
    const bytes = [`POST /api/sessions HTTP/1.1`, `Host: 127.0.0.1:${app.port}`, ...headers].join('\r\n')
    expectRefusal(await app.sendBytes(bytes), 415)
  })

  test('row 20: a compressed body is refused', async () => {
    const headers = [...JSON_BODY, app.bearer(), 'Content-Encoding: gzip']
    expectRefusal(await app.send('POST /api/sessions', headers, '{}'), 415)
  })
})

describe('S4: credentials', () => {
  test('row 10: no, wrong and disagreeing credentials are refused', async () => {
    const attempts = [
      [],
      ['Authorization: Bearer'],
      [`Authorization: Bearer ${'x'.repeat(43)}`],
      [`Authorization: ${app.token.secret}`],
      [`Authorization: Basic ${app.token.secret}`],
      [`X-Api-Key: ${app.token.secret}`],
      ['Authorization: Bearer x', app.browserCookie()],
      [app.bearer(), 'Authorization: Bearer x'],
      [`Cookie: ${app.cookie.name}=x.y`],
      ['X-Forwarded-For: 127.0.0.1'],
    ]
    for (const headers of attempts) {
      expectRefusal(await app.send('GET /api/sessions', headers), 401)
      expectRefusal(await app.send('GET /api/stream', headers), 401)
      expectRefusal(await app.send('GET /api/nowhere', headers), 401)
    }
  })

  test('row 11: a token in the query opens nothing and reaches no log', async () => {
    expectRefusal(await app.send(`GET /api/sessions?token=${app.token.secret}`), 401)
    expectRefusal(await app.send(`GET /api/sessions?code=${app.codes.issue()}`), 401)
    expect(app.logLines.join('')).not.toContain(app.token.secret)
  })

  test('the sign of life and the page need none', async () => {
    expect((await app.send('GET /api/health')).body).toBe('{"status":"ok"}')
    expect((await app.send('GET /')).body).toBe('the page')
  })

  test('no spelling of a route of the API passes for a page', async () => {
    for (const path of ['/%61pi/sessions', '/%61%70%69/sessions', '/api/%73essions', '/api/health/../sessions']) {
      expectRefusal(await app.send(`GET ${path}`), 401)
    }
    expectRefusal(await app.send('GET /api/health#/../sessions'), 400)
  })

  test('handlers learn who asks', async () => {
    const asProgram = await app.send('GET /api/sessions', [app.bearer()])
    expect(JSON.parse(asProgram.body)).toEqual({ client: { kind: 'program' } })
    const cookie = app.browserCookie()
    const asBrowser = await app.send('GET /api/sessions', [cookie])
    const browserId = app.cookie.verify(cookie.replace('Cookie: ', ''))
    expect(JSON.parse(asBrowser.body)).toEqual({ client: { kind: 'browser', browserId } })
  })

  test('401 says how to authenticate', async () => {
    expect((await app.send('GET /api/sessions')).headers.get('www-authenticate')).toContain('Bearer')
  })
})

describe('D10: the one-time code', () => {
  const cookieOf = (answer: RawAnswer) => answer.headers.get('set-cookie') ?? ''

  test('a good code becomes a cookie that opens the API', async () => {
    const answer = await app.send(`GET /?code=${app.codes.issue()}`, ['Sec-Fetch-Site: none'])
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
    expect(cookieOf(answer)).toMatch(/; HttpOnly; SameSite=Strict$/)
    const sessions = await app.send('GET /api/sessions', [`Cookie: ${cookieOf(answer).split(';', 1)[0]}`])
    expect(sessions.status).toBe(200)
  })

  test('a code that is used, wrong or late leads to the page without a cookie', async () => {
    const used = app.codes.issue()
    const late = app.codes.issue()
    await app.send(`GET /?code=${used}`)
    app.clock.advance(5 * 60_000)
    for (const code of [used, late, 'wrong', '']) {
      const answer = await app.send(`GET /?code=${code}`)
      expect([answer.status, answer.headers.get('location'), cookieOf(answer)]).toEqual([303, '/', ''])
    }
  })

  test('a HEAD does not use a code up', async () => {
    const code = app.codes.issue()
    await app.send(`HEAD /?code=${code}`, ['Connection: close'])
    expect(cookieOf(await app.send(`GET /?code=${code}`))).not.toBe('')
  })

  test('a browser that was let in before keeps its id', async () => {
    const cookie = app.browserCookie()
    const answer = await app.send(`GET /?code=${app.codes.issue()}`, [cookie])
    expect(cookieOf(answer).split(';', 1)[0]).toBe(cookie.replace('Cookie: ', ''))
  })

  test('a code never reaches a log', async () => {
    const code = app.codes.issue()
    await app.send(`GET /?code=${code}`)
    expect(app.logLines.join('')).not.toContain(code)
  })
})

describe('D10: --no-auth', () => {
  beforeEach(async () => {
    await app[Symbol.asyncDispose]()
    app = await startGuardedApp({ routes: addRoutes, noAuth: true })
  })

  test('a program needs nothing, and neither does our own page', async () => {
    const json = ['Content-Type: application/json']
    expect((await app.send('GET /api/sessions')).body).toBe('{"client":{"kind":"anonymous"}}')
    expect((await app.send('POST /api/sessions', json, '{}')).status).toBe(200)
    const own = `Origin: http://127.0.0.1:${app.port}`
    expect((await app.send('POST /api/sessions', [own, 'Sec-Fetch-Site: same-origin', ...json], '{}')).status).toBe(200)
  })

  test('S1, S2 and S3 hold as before', async () => {
    expectRefusal(await app.send('GET /api/sessions', ['Host: evil.com']), 403)
    expectRefusal(await app.send('POST /api/sessions', ['Origin: http://evil.com', ...JSON_BODY], '{}'), 403)
    expectRefusal(await app.send('POST /api/sessions', ['Sec-Fetch-Site: cross-site']), 403)
    expectRefusal(await app.send('POST /api/sessions', ['Sec-Fetch-Site: none']), 403)
    expectRefusal(await app.send('POST /api/sessions', ['Content-Type: text/plain'], '{}'), 415)
  })
})

describe('methods, paths and upgrades', () => {
  test('row 14: other methods are refused, known to Node or not', async () => {
    for (const method of ['TRACE', 'PROPFIND', 'MKCOL', 'FOO']) {
      const answer = await app.send(`${method} /api/sessions`, [app.bearer()])
      expectRefusal(answer, 405)
      expect(answer.headers.get('allow')).toBe('GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS')
    }
    expectRefusal(await app.send(`CONNECT 127.0.0.1:${app.port}`, [app.bearer()]), 405)
    await expectStillServing()
  })

  test('row 14: X-HTTP-Method-Override changes nothing', async () => {
    await app.send('POST /api/sessions', [app.bearer(), 'X-HTTP-Method-Override: DELETE'])
    await app.send('GET /api/sessions/1', [app.bearer(), 'X-HTTP-Method-Override: DELETE'])
    expect(app.handled).toEqual(['POST /api/sessions', 'GET /api/sessions/:id'])
  })

  test.each(['%ZZ', '%c0%ae', '%ff', '%', 'a%00b', '%0d%0aX:%201', '%1b'])(
    'row 22: %s in a path is refused',
    async (segment) => {
      expectRefusal(await app.send(`GET /api/sessions/${segment}`, [app.bearer()]), 400)
    },
  )

  test('row 22: encoded dots and slashes are an id like another, never a way up', async () => {
    const answer = await app.send('GET /api/sessions/%2e%2e%2fhealth', [app.bearer()])
    expect(JSON.parse(answer.body)).toEqual({ params: { id: '../health' } })
  })

  test('row 116: upgrades are refused', async () => {
    const ask = ['Connection: Upgrade', 'Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13', app.bearer()]
    expectRefusal(await app.send('GET /api/stream', ['Upgrade: websocket', 'Origin: http://evil.com', ...ask]), 403)
    expectRefusal(await app.send('GET /api/stream', ['Upgrade: websocket', ...ask]), 400)
    expectRefusal(await app.send('GET /api/stream', ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABk', ...ask]), 400)
    expectRefusal(await app.sendBytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 400)
  })

  test('row 118: what is expected before a body is answered by the guard', async () => {
    const length = 'Content-Length: 2'
    const refused = await app.send('POST /api/sessions', [...JSON_BODY, 'Expect: 100-continue', length])
    expectRefusal(refused, 401)
    expect(refused.bytes).not.toContain('100 Continue')
    expectRefusal(await app.send('POST /api/sessions', [...JSON_BODY, app.bearer(), 'Expect: tea', length]), 417)
    const admitted = await app.send('POST /api/sessions', [...JSON_BODY, app.bearer(), 'Expect: 100-continue'], '{}')
    expect(admitted.bytes).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/)
  })
})

test('an id is given to each request and shared with Fastify', async () => {
  await app[Symbol.asyncDispose]()
  app = await startGuardedApp({
    routes: (fastify) => {
      fastify.get('/api/id', async (request) => [request.id, requestIdOf(request.raw)])
    },
  })
  const [ofFastify, ofGuard] = JSON.parse((await app.send('GET /api/id', [app.bearer()])).body)
  expect(ofFastify).toMatch(/^[0-9a-f-]{36}$/)
  expect(ofGuard).toBe(ofFastify)
})

test('a client that resets a refused CONNECT does not end the process', async () => {
  for (let i = 0; i < 20; i++) {
    const socket = connect(app.port, '127.0.0.1')
    socket.write('CONNECT evil.com:443 HTTP/1.1\r\nHost: evil.com\r\n\r\n')
    await new Promise((resolve) => socket.once('data', resolve))
    socket.resetAndDestroy()
  }
  await expectStillServing()
})
