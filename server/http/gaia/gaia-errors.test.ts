import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SqliteScenario } from '../../store/store-scenario.ts'
import { StorageError } from '../../turns/turn-store.ts'
import { answerGaiaError } from './gaia-errors.ts'
import { GaiaScenario, JSON_HEADERS } from './gaia-scenario.ts'

describe('bodies', () => {
  let gaia: GaiaScenario
  beforeEach(async () => {
    gaia = await GaiaScenario.start(await SqliteScenario.open())
  })
  afterEach(() => gaia[Symbol.asyncDispose]())

  const ROUTES = [
    ['POST', '/api/sessions'],
    ['PUT', '/api/sessions/none'],
    ['POST', '/api/chat/send'],
    ['POST', '/api/chat/cancel'],
    ['POST', '/api/chat/confirm-tool'],
    ['POST', '/api/sessions/none/documents'],
  ] as const

  test.each(ROUTES)('row 15: %s %s with a body that is no object is 422', async (method, path) => {
    for (const body of ['{', '{"title":"canary",}', '{"a":NaN}', 'canary', '\ufeff{}']) {
      const { status, json } = await gaia.request(method, path, body)
      expect(status, body).toBe(422)
      expect(json).toEqual({ detail: [{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error' }] })
    }
    for (const body of ['null', '[]', '"canary"', '7']) {
      const { status, json } = await gaia.request(method, path, body)
      expect(status, body).toBe(422)
      expect(json).toMatchObject({ detail: [{ type: 'object_type', loc: ['body'] }] })
    }
    for (const nothing of ['', undefined]) {
      const { status, json } = await gaia.request(method, path, nothing)
      expect(status).toBe(422)
      expect(json).toMatchObject({ detail: [{ loc: ['body'] }] })
    }
    expect(await gaia.countSessions()).toBe(0) // I4
  })

  test('row 18: keys of prototypes are as unknown as any other', async () => {
    const body = '{"title":"a","__proto__":{"private":true},"constructor":{"prototype":{"x":1}},"toString":1}'
    const { status, json } = await gaia.request('POST', '/api/sessions', body)
    expect(status).toBe(200)
    expect(json).toMatchObject({ title: 'a', private: false })
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  })

  test('routes without a body take an empty one, whatever its content type says', async () => {
    const sessionId = await gaia.createSession()
    expect((await gaia.request('PATCH', `/api/sessions/${sessionId}/private`, '')).status).toBe(200)
    expect((await gaia.request('POST', `/api/sessions/${sessionId}/activate`, '')).status).toBe(200)
    expect((await gaia.request('DELETE', `/api/sessions/${sessionId}`, '')).status).toBe(200)
  })

  test('row 16: bytes that are no UTF-8 are 400', async () => {
    const body = Buffer.concat([Buffer.from('{"title":"canary'), Buffer.from([0xff]), Buffer.from('"}')])
    const answer = await gaia.fetch('/api/sessions', { method: 'POST', body, headers: JSON_HEADERS })
    expect(answer).toMatchObject({ status: 400, json: { detail: 'There was an error parsing the body' } })
    expect(await gaia.countSessions()).toBe(0) // I4
  })

  const nested = (levels: number) => `{"title":"a","x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
  const keyed = (count: number) => `{${Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',')}}`

  test.each([
    ['as deep as may be', nested(64), 200],
    ['too deep', nested(65), 422],
    ['far too deep', nested(200_000), 422],
    ['deep in brackets that nobody closes', '['.repeat(200_000), 422],
    ['with many keys', keyed(10_000), 200],
    ['with too many keys', keyed(100_000), 422],
    ['with a long key', `{"${'k'.repeat(1_000_000)}":1}`, 422],
    ['with brackets, colons and quotes inside a string', `{"system_prompt":"${'[{:\\"'.repeat(15_000)}"}`, 200],
  ])('row 17: a body %s', async (_, body, status) => {
    const answer = await gaia.request('POST', '/api/sessions', body)
    expect(answer.status, answer.text).toBe(status)
    if (status === 422) expect(answer.json).toMatchObject({ detail: [{ type: 'json_invalid', loc: ['body'] }] })
  })

  test('row 19: of a key that comes twice the last one counts', async () => {
    const answer = await gaia.request('POST', '/api/sessions', '{"title":"first","title":"last"}')
    expect(answer.json).toMatchObject({ title: 'last' })
  })

  test('row 20: F12: a body that is too large is 413', async () => {
    const { status, json } = await gaia.post('/api/sessions', { title: 'x'.repeat(3_000_000) })
    expect(status).toBe(413)
    expect(json).toEqual({ detail: 'The body is too large.' })
  })

  test('contract 0: each wrong field has its own place in the list, nothing of the input in it', async () => {
    const { json } = await gaia.post('/api/chat/send', { session_id: 7, stream: 'canary', document_ids: ['d', 7] })
    expect(json).toEqual({
      detail: [
        { type: 'string_type', loc: ['body', 'session_id'], msg: expect.any(String) },
        { type: 'missing', loc: ['body', 'message'], msg: 'Field required' },
        { type: 'boolean_type', loc: ['body', 'stream'], msg: expect.any(String) },
        { type: 'string_type', loc: ['body', 'document_ids', 1], msg: expect.any(String) },
      ],
    })
    expect(JSON.stringify(json)).not.toContain('canary')
  })
})

describe('row 52: errors from within', () => {
  async function answerTo(error: Error): Promise<{ status: number; type: unknown; json: unknown; logged: string }> {
    let logged = ''
    const stream = { write: (line: string) => (logged += line) }
    await using server = Fastify({ logger: { level: 'error', stream } }).withTypeProvider<ZodTypeProvider>()
    server.setValidatorCompiler(validatorCompiler)
    server.setSerializerCompiler(serializerCompiler)
    server.setErrorHandler(answerGaiaError)
    server.get('/', async () => {
      throw error
    })
    const { statusCode, headers, body } = await server.inject('/')
    return { status: statusCode, type: headers['content-type'], json: JSON.parse(body), logged }
  }

  test.each([
    [507, new StorageError('storage_full', 'The disk is full. Make room and try again.'), 'The disk is full.'],
    [503, new StorageError('storage_busy', 'The database is busy. Try again.'), 'The database is busy.'],
    [503, new StorageError('storage_failed', 'SQLITE_CORRUPT in /home/me/conch.db'), 'The database cannot be written.'],
    [500, new Error('SELECT * FROM secret at /home/me'), 'Internal server error'],
  ])('%i: a sentence in detail, nothing internal, and a line in the log', async (status, error, detail) => {
    const answer = await answerTo(error)
    expect(answer).toMatchObject({ status, json: { detail: expect.stringContaining(detail) } })
    expect(Object.keys(answer.json as object)).toEqual(['detail'])
    expect(answer.type).toMatch(/^application\/json/)
    expect(JSON.stringify(answer.json)).not.toMatch(/home|SQLITE|SELECT/)
    expect(answer.logged).toContain('a request failed')
  })
})
