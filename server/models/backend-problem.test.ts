import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { finished, type ModelScript, refuse, type ScriptAction, text } from '../../tests/model-script.ts'
import { startScriptedModel } from '../../tests/scripted-model.ts'
import type { ModelReply } from '../agent/model.ts'
import { type Clock, systemClock } from '../lib/clock.ts'
import { readRetryAfter } from './backend-problem.ts'
import { createOpenAiCompatibleModel } from './openai-compatible.ts'

/** A clock that does not let anybody wait, and keeps how long they wanted to. */
class EagerClock implements Clock {
  readonly waits: number[] = []
  readonly nowMs = () => Date.UTC(2026, 0, 1)
  readonly monotonicMs = () => systemClock.monotonicMs()
  after(delayMs: number, fire: () => void) {
    this.waits.push(delayMs)
    return systemClock.after(0, fire)
  }
}

interface Asked {
  readonly reply: ModelReply
  readonly waits: readonly number[]
  readonly message: string
}

async function ask(baseUrl: string, apiKey?: string): Promise<Asked> {
  const clock = new EagerClock()
  const model = createOpenAiCompatibleModel({ baseUrl, model: 'llama', apiKey, clock })
  const request = { messages: [{ role: 'user', content: 'Hello' } as const], tools: [] }
  const reply = await model.reply(request, () => undefined, new AbortController().signal)
  return { reply, waits: clock.waits, message: 'message' in reply ? reply.message : '' }
}

/** One script for each request, the last one for all later ones. */
async function askServer(scripts: readonly ModelScript[], apiKey?: string) {
  await using server = await startScriptedModel({
    script: ({ n }) => scripts[Math.min(n, scripts.length) - 1] ?? [],
  })
  const asked = await ask(server.baseUrl, apiKey)
  return { ...asked, requests: server.requests, baseUrl: server.baseUrl }
}

/** Runs `use` with the port of a TCP server that answers everything with `answer`. */
async function withTcpServer<T>(answer: string, use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((socket) =>
    socket.on('error', () => socket.destroy()).once('data', () => socket.end(answer)),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  try {
    return await use(typeof address === 'object' && address ? address.port : 0)
  } finally {
    server.close()
  }
}

const UNREACHABLE = { status: 'failed', reason: 'backend_unreachable' }

describe('F47: no answer at all', () => {
  test('refused: two quick retries, then a sentence that names the address', async () => {
    const port = await withTcpServer('', async (free) => free)
    const { reply, waits, message } = await ask(`http://someone:secret@127.0.0.1:${port}/v1?key=secret`)
    expect(reply).toMatchObject(UNREACHABLE)
    expect(waits).toEqual([300, 300])
    expect(message).toBe(
      `Nothing answers at http://127.0.0.1:${port}/v1. Start the model server, or check its address.`,
    )
  })

  test('a name that is not found', async () => {
    const { reply, message } = await ask('http://no-such-host.invalid/v1')
    expect(reply).toMatchObject(UNREACHABLE)
    expect(message).toContain('no-such-host.invalid cannot be found')
  })

  test('no TLS there', async () => {
    const { reply, message } = await withTcpServer('HTTP/1.1 400 Bad Request\r\n\r\n', (port) =>
      ask(`https://127.0.0.1:${port}/v1`),
    )
    expect(reply).toMatchObject(UNREACHABLE)
    expect(message).toContain('no secure connection that can be trusted')
  })

  test('no HTTP there: not tried again', async () => {
    const { reply, waits } = await withTcpServer('SSH-2.0-OpenSSH_9.2\r\n', (port) =>
      ask(`http://127.0.0.1:${port}/v1`),
    )
    expect(reply).toMatchObject({ status: 'failed', reason: 'protocol' })
    expect(waits).toEqual([])
  })

  test.each<[string, ModelScript]>([
    ['a reset', [{ do: 'reset' }]],
    ['a hang-up', [{ do: 'hang_up' }]],
  ])('%s before the first byte', async (_, script) => {
    const { reply, requests, message } = await askServer([script])
    expect(reply).toMatchObject(UNREACHABLE)
    expect(requests).toHaveLength(3)
    expect(message).toContain('closed the connection before it answered')
  })

  test('a server that is there at the third attempt is used', async () => {
    const { reply, requests } = await askServer([[{ do: 'reset' }], [{ do: 'reset' }], [text('Hi'), ...finished()]])
    expect(reply).toMatchObject({ status: 'finished' })
    expect(requests).toHaveLength(3)
  })
})

const JSON_TYPE = { 'content-type': 'application/json' }
const LATER = { 'retry-after': '3' }

describe('F50: an answer that is no reply', () => {
  test.each<[ScriptAction[], string]>([
    [refuse(400, '{"error":{"message":"bad field"}}', JSON_TYPE), 'refused the request (400). It said: “bad field”'],
    [refuse(400, '{"error":{"message":"exceeds the context size"}}', JSON_TYPE), 'cannot take so much text (400)'],
    [refuse(401, '{"error":"no key"}', JSON_TYPE), 'does not accept the API key (401)'],
    [refuse(403, '', {}), 'does not accept the API key (403)'],
    [refuse(404, '{"error":{"message":"no such model"}}', JSON_TYPE), 'does not know the model llama'],
    [refuse(413, 'too large', {}), 'refused the request (413). It said: “too large”'],
    [refuse(429, '', {}), 'has too many requests now (429). Send the message again in a moment.'],
    [refuse(429, '', { 'retry-after': '31' }), 'Send the message again in 31 seconds.'],
    [
      refuse(500, '{"detail":"CUDA out of memory"}', JSON_TYPE),
      'failed (500). Look at its log, then send the message again. It said:',
    ],
    [refuse(503, '{"error":{"message":"Loading model"}}', JSON_TYPE), 'is not ready (503)'],
    [refuse(302, '', { location: 'http://evil.example/v1' }), 'sends to another address (302), which is not followed'],
  ])('%j', async (script, sentence) => {
    const { reply, requests, baseUrl, message } = await askServer([script])
    expect(reply).toMatchObject({ status: 'failed', reason: 'backend_error' })
    expect(message).toContain(`The model server at ${baseUrl} `)
    expect(message).toContain(sentence)
    expect(requests).toHaveLength(1)
  })

  test.each([429, 503])('%i with a short Retry-After is asked again after that time, twice', async (status) => {
    const { reply, requests, waits } = await askServer([refuse(status, '', LATER)])
    expect(reply).toMatchObject({ status: 'failed', reason: 'backend_error' })
    expect(waits).toEqual([3000, 3000])
    expect(requests).toHaveLength(3)
  })

  test('and the reply is used where one comes', async () => {
    const { reply, requests } = await askServer([refuse(503, '', LATER), [text('Hi'), ...finished()]])
    expect(reply).toMatchObject({ status: 'finished' })
    expect(requests).toHaveLength(2)
  })

  test('resets and refusals share the two retries', async () => {
    const { requests } = await askServer([[{ do: 'reset' }], refuse(503, '', LATER), [{ do: 'reset' }]])
    expect(requests).toHaveLength(3)
  })

  test('500 with a Retry-After is not asked again', async () => {
    expect((await askServer([refuse(500, '', LATER)])).requests).toHaveLength(1)
  })

  test('a web page is not shown', async () => {
    const page = '<!doctype html><script>alert(1)</script>'
    for (const headers of [{ 'content-type': 'text/html' }, { 'content-type': 'text/plain' }]) {
      const { message } = await askServer([refuse(502, page, headers)])
      expect(message).not.toContain('script')
    }
  })

  test('a body is cut, on one line and without control characters', async () => {
    const { message } = await askServer([refuse(500, `a\n\u001b[31m\u202e\u0000b ${'x'.repeat(5000)}`)])
    expect(message).toContain('“a [31m b xxx')
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(message.length).toBeLessThan(500)
  })

  test('no more than 2 KB of a body is read', async () => {
    const head: ModelScript = [{ do: 'head', status: 500, headers: {} }]
    const { reply, requests } = await askServer([[...head, { do: 'raw', data: 'x'.repeat(3000) }, { do: 'hang' }]])
    expect(reply).toMatchObject({ reason: 'backend_error' })
    expect(await requests[0]?.closed).toBe('client')
  })

  test('a refusal whose body breaks off is still one', async () => {
    const { message } = await askServer([[...refuse(500, 'half of it'), { do: 'wait', ms: 20 }, { do: 'reset' }]])
    expect(message).toContain('“half of it”')
  })

  test('a server that repeats the key does not make it visible', async () => {
    const { message, requests } = await askServer([refuse(401, 'wrong key sk-secret')], 'sk-secret')
    expect(requests[0]?.headers.authorization).toBe('Bearer sk-secret')
    expect(message).toContain('“wrong key …”')
  })

  test.each<[string, string, string]>([
    ['text/html', '<p>Welcome</p>', 'protocol'],
    ['application/json', '{"choices":[]}', 'protocol'],
    ['application/json', '{"error":{"message":"no GPU"}}', 'backend_error'],
  ])('F51: 200 with %s %s instead of a stream', async (contentType, body, reason) => {
    const { reply } = await askServer([refuse(200, body, { 'content-type': contentType })])
    expect(reply).toMatchObject({ status: 'failed', reason })
  })

  test.each(['text/plain', ''])('F51: a stream under the content type "%s" is read', async (contentType) => {
    const headers: Record<string, string> = contentType ? { 'content-type': contentType } : {}
    const { reply } = await askServer([[{ do: 'head', status: 200, headers }, text('Hi'), ...finished()]])
    expect(reply).toMatchObject({ status: 'finished' })
  })
})

describe('Retry-After', () => {
  const nowMs = Date.UTC(2026, 0, 1, 12)

  test.each<[string | undefined, number | null]>([
    ['5', 5000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 12:00:07 GMT', 7000],
    ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['soon', null],
    ['-5', null],
    ['', null],
    [undefined, null],
  ])('%s', (value, expected) => {
    expect(readRetryAfter(value, nowMs)).toBe(expected)
  })
})

describe('an address or a key that cannot be one is refused at once', () => {
  test.each([
    ['no address', 'localhost', undefined],
    ['another protocol', 'ftp://localhost/v1', undefined],
    ['a key with a line break', 'http://localhost/v1', 'sk-1\nx-evil: 1'],
  ])('%s', (_, baseUrl, apiKey) => {
    expect(() => createOpenAiCompatibleModel({ baseUrl, model: 'm', apiKey, clock: systemClock })).toThrow(TypeError)
  })
})
