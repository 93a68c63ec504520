import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { problemSchema } from '../../protocol/problem.ts'
import { type GuardedApp, type RawAnswer, startGuardedApp } from './http-scenario.ts'

const TICKS = 10
const SHORT = { headersTimeoutMs: 60, requestTimeoutMs: 60, timeoutCheckIntervalMs: 10 }

let app: GuardedApp
beforeEach(async () => {
  app = await startGuardedApp({
    limits: SHORT,
    routes: (fastify) => {
      fastify.get('/api/sessions', async () => ({}))
      fastify.post('/api/sessions', async () => ({}))
      fastify.post('/api/validated', { schema: { body: { type: 'object', required: ['x'] } } }, async () => ({}))
      fastify.get('/', async () => 'the page')
      fastify.get('/api/broken', async () => {
        throw new Error('a made-up failure')
      })
      fastify.get('/api/stream', async (_request, reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
        let ticks = 0
        const timer = setInterval(() => {
          ticks += 1
          reply.raw.write(`data: ${ticks}\n\n`)
          if (ticks === TICKS) reply.raw.end()
        }, 30)
        reply.raw.on('close', () => clearInterval(timer))
      })
    },
  })
})
afterEach(() => app[Symbol.asyncDispose]())

function expectRefusal(answer: RawAnswer, status: number): void {
  expect(answer.status, answer.bytes).toBe(status)
  expect(problemSchema.parse(JSON.parse(answer.body)).status).toBe(status)
  expect(answer.bytes.match(/HTTP\/1\.1/g)).toHaveLength(1)
  expectSecured(answer)
}

function expectSecured({ headers }: RawAnswer): void {
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('permissions-policy')).toContain('camera=()')
  const csp = headers.get('content-security-policy') ?? ''
  expect(csp).toContain("default-src 'none'")
  expect(csp).toContain("frame-ancestors 'none'")
  expect(csp).not.toContain('unsafe')
}

async function expectStillServing(): Promise<void> {
  expect((await app.send('GET /api/sessions', [app.bearer()])).status).toBe(200)
}

/** Sends `first`, then `next` once something came back, and gives all bytes until the server closes. */
function talkUntilClosed(first: string, next: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(app.port, '127.0.0.1')
    let received = ''
    socket.setEncoding('latin1')
    socket.once('data', () => socket.write(next))
    socket.on('data', (chunk) => {
      received += chunk
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(received))
    socket.write(first)
  })
}

const own = () => `Host: 127.0.0.1:${app.port}\r\n${app.bearer()}\r\n`

describe('S23: sizes', () => {
  test.each([
    ['a header of 20 KB', 431, () => app.send('GET /api/sessions', [`X-Long: ${'a'.repeat(20_000)}`])],
    ['200 headers', 431, () => app.send('GET /api/sessions', Array(200).fill('X: 1'))],
    ['101 headers', 431, () => app.send('GET /api/sessions', Array(100).fill('X: 1'))],
    ['a URL of 10 KB', 414, () => app.send(`GET /api/${'a'.repeat(10_000)}`, [app.bearer()])],
    ['a URL of 20 KB', 414, () => app.send(`GET /api/${'a'.repeat(20_000)}`, [app.bearer()])],
  ])('row 12: %s is answered %i, and the next request is served', async (_what, status, send) => {
    expectRefusal(await send(), status)
    await expectStillServing()
  })

  test('100 headers are served', async () => {
    expect((await app.send('GET /api/sessions', [app.bearer(), ...Array(98).fill('X: 1')])).status).toBe(200)
  })
})

describe('what is not HTTP', () => {
  const json = 'Content-Type: application/json\r\n'
  test.each([
    [
      'length and chunks',
      `POST /api/sessions HTTP/1.1\r\n$own${json}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'chunks and length',
      `POST /api/sessions HTTP/1.1\r\n$own${json}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
    ],
    ['two lengths', `POST /api/sessions HTTP/1.1\r\n$own${json}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a negative length', `POST /api/sessions HTTP/1.1\r\n$own${json}Content-Length: -1\r\n\r\n`],
    ['a huge length', `POST /api/sessions HTTP/1.1\r\n$own${json}Content-Length: 99999999999999999999\r\n\r\n`],
    [
      'a bad chunk',
      `POST /api/sessions HTTP/1.1\r\n$own${json}Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n`,
    ],
    ['bare line feeds', 'GET /api/sessions HTTP/1.1\nHost: x\n\n'],
    ['a NUL in the path', 'GET /api/a\0b HTTP/1.1\r\n$own\r\n'],
    ['a CR in the path', 'GET /api/a\rb HTTP/1.1\r\n$own\r\n'],
    ['a line break in the path', 'GET /api/a\r\nb HTTP/1.1\r\n$own\r\n'],
    ['raw bytes in the path', 'GET /api/\xe9 HTTP/1.1\r\n$own\r\n'],
    ['a space before a colon', 'GET /api/sessions HTTP/1.1\r\n$ownX : 1\r\n\r\n'],
    ['a folded header', 'GET /api/sessions HTTP/1.1\r\n$ownX: 1\r\n 2\r\n\r\n'],
    ['a NUL in a header', 'GET /api/sessions HTTP/1.1\r\n$ownX: a\0b\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['noise', 'hello\r\n\r\n'],
  ])('row 13: %s is answered 400, and the next request is served', async (_what, bytes) => {
    expectRefusal(await app.sendBytes(bytes.replace('$own', own())), 400)
    await expectStillServing()
  })
})

describe('S23: time', () => {
  test('F8: headers that never end are answered 408, before the time for a whole request is over', async () => {
    await app[Symbol.asyncDispose]()
    app = await startGuardedApp({ limits: { ...SHORT, requestTimeoutMs: 3_600_000 } })
    expectRefusal(await app.sendBytes(`GET /api/sessions HTTP/1.1\r\n${own()}X: `), 408)
  })

  test('a client that keeps a refused connection open is cut off', async () => {
    const socket = connect({ port: app.port, host: '127.0.0.1', allowHalfOpen: true })
    const noise = setInterval(() => socket.write('noise\r\n\r\n'), 20)
    await new Promise((resolve) => {
      socket.on('error', resolve) // the reset that tells us so
      socket.resume()
    })
    clearInterval(noise)
    await expectStillServing()
  })

  test('F8: a body that never ends is answered 408, and the connection is closed', async () => {
    const head = `POST /api/sessions HTTP/1.1\r\n${own()}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{`
    expectRefusal(await app.sendBytes(head), 408)
    expect(app.handled).toEqual([])
  })

  test('row 118: a client that is told to go on and then sends nothing is answered 408', async () => {
    const expects = 'Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n'
    const answer = await app.sendBytes(`POST /api/sessions HTTP/1.1\r\n${own()}${expects}`)
    expect(answer.bytes.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 408'])
    expect(problemSchema.parse(JSON.parse(answer.body)).status).toBe(408)
    expectSecured(answer)
    expect(app.handled).toEqual([])
    await expectStillServing()
  })

  test('a stream outlives the limit for requests many times', async () => {
    const answer = await app.send('GET /api/stream', [app.bearer()])
    expect(answer.body.match(/data: \d+/g)).toHaveLength(TICKS)
  })

  test('a refused request whose body never ends gets no second answer', async () => {
    const head = `POST /api/sessions HTTP/1.1\r\n${own()}Content-Length: 9\r\n\r\n`
    const bytes = await talkUntilClosed(head, '{')
    expect(bytes.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 415'])
  })

  test('noise behind a request whose answer has begun ends the connection without another status line', async () => {
    const bytes = await talkUntilClosed(`GET /api/stream HTTP/1.1\r\n${own()}\r\n`, 'noise\r\n\r\n')
    expect(bytes.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200'])
  })
})

describe('S6: every response has the security headers', () => {
  test.each([
    ['an answer', 200, () => app.send('GET /api/sessions', [app.bearer()])],
    ['a stream written past Fastify', 200, () => app.send('GET /api/stream', [app.bearer()])],
    ['an unknown route', 404, () => app.send('GET /api/nowhere', [app.bearer()])],
    ['an unknown page', 404, () => app.send('GET /nowhere')],
    ['a failure', 500, () => app.send('GET /api/broken', [app.bearer()])],
    ['a body that does not parse', 400, () => app.send('POST /api/sessions', json(), '{')],
    ['a body that does not fit', 400, () => app.send('POST /api/validated', json(), '{}')],
    ['a refusal', 401, () => app.send('GET /api/sessions')],
    ['a redirect', 303, () => app.send('GET /?code=x')],
    ['a missing method', 404, () => app.send('PATCH /api/sessions', [app.bearer()])],
    ['OPTIONS of a star', 404, () => app.send('OPTIONS *', [app.bearer()])],
    ['bytes that are no request', 400, () => app.sendBytes('\r\nx')],
  ])('%s', async (_what, status, send) => {
    const answer = await send()
    expect(answer.status).toBe(status)
    expectSecured(answer)
  })

  const json = () => [app.bearer(), 'Content-Type: application/json']

  test('API answers are not kept and may load nothing', async () => {
    const { headers } = await app.send('GET /api/sessions', [app.bearer()])
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('content-security-policy')).not.toContain("'self'")
  })

  test('pages may run our scripts only, with a fresh nonce for styles each time', async () => {
    const policies = [await app.send('GET /'), await app.send('GET /')].map((answer) => {
      const csp = answer.headers.get('content-security-policy') ?? ''
      expect(csp).toContain("script-src 'self';")
      expect(csp).toContain("require-trusted-types-for 'script'")
      return /style-src 'self' 'nonce-([\w-]{22})'/.exec(csp)?.[1]
    })
    expect(policies[0]).toBeDefined()
    expect(policies[0]).not.toBe(policies[1])
  })
})
