import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { request } from 'undici'
import { expect, test } from 'vitest'
import { sessionSchema } from '../protocol/session.ts'
import type { ChatModel } from '../server/agent/model.ts'
import { ApiSchemas } from './api-schemas.ts'
import type { Answer } from './conch-client.ts'
import { LoggedServer } from './logged-server.ts'
import { type RandomRequest, randomRequests, SESSION } from './random-requests.ts'

const REQUESTS = 10_000
const WARM_UP = 2_000
const AT_ONCE = 16
const LONGEST_ANSWER_MS = 10_000
const MOST_GROWTH_BYTES = 32 * 1024 ** 2

/** Few, so that requests meet in them. */
const SESSIONS = 4
const ANSWER_MS = 30

/** Answers soon, so that a turn keeps its session busy, and not for long. */
const quickModel: ChatModel = {
  name: 'quick',
  reply: async (_request, onEvent, signal) => {
    await setTimeout(ANSWER_MS, undefined, { signal })
    await onEvent({ type: 'text', text: 'well' })
    return { status: 'finished', finishReason: 'stop', toolCalls: [], usage: null }
  },
}

test('row 120: 10,000 random requests made from our own description: no 5xx, no hang, no surprise, and the heap stays as it was', async () => {
  const seed = Number(process.env.CONCH_SEED ?? Date.now() % 1e9)
  await using server = await LoggedServer.start({ model: quickModel, flags: ['--no-auth'] })
  const owner = server.owner()
  const schemas = await ApiSchemas.read(owner)
  const sender = new Sender(server.url, await owner.createSession())
  const requests = fc.sample(randomRequests(schemas), { numRuns: REQUESTS, seed })
  const faults: string[] = []
  const send = async (one: RandomRequest) => {
    const answer = await sender.send(one)
    const found = typeof answer === 'string' ? [answer] : schemas.faultsOfAnswer(one.operation, answer)
    if (found.length > 0) faults.push(`${found} after ${JSON.stringify(one)}`)
  }
  await inParallel(requests.slice(0, WARM_UP), send)
  const before = heapBytes()
  await inParallel(requests.slice(WARM_UP), send)
  const growth = heapBytes() - before; console.log('GROWTH', growth, sender.seen)
  expect(faults.slice(0, 10), `CONCH_SEED=${seed}`).toEqual([])
  expect(sender.seen, `CONCH_SEED=${seed}`).toEqual(expect.arrayContaining([200, 201, 400, 404, 409, 422]))
  expect(growth).toBeLessThan(MOST_GROWTH_BYTES)
  expect(server.text).not.toMatch(/"level":(50|60)/)

  const session = await owner.createSession()
  const turn = await owner.start(session, 'still there?')
  const entries = await owner.entriesUntilEnd(session, turn.turn_id)
  expect(entries.at(-1)).toMatchObject({
    type: 'turn.ended',
    data: { outcome: { status: 'completed' }, content: 'well' },
  })
}, 120_000)

/** Sends as a program would, puts sessions that exist into requests, and knows the new ones. */
class Sender {
  readonly #url: string
  readonly #sessions: string[]
  readonly #seen = new Set<number>()
  #turn = 0

  constructor(url: string, session: string) {
    this.#url = url
    this.#sessions = Array.from({ length: SESSIONS }, () => session)
  }

  get seen(): readonly number[] {
    return [...this.#seen]
  }

  /** The answer, or why there was none. Of a stream only the beginning is waited for. */
  async send({ operation, path, headers, body }: RandomRequest): Promise<Omit<Answer, 'text'> | string> {
    this.#turn += 1
    const session = this.#sessions[this.#turn % SESSIONS] ?? ''
    try {
      const answer = await request(this.#url + path.replaceAll(SESSION, session), {
        method: operation.slice(0, operation.indexOf(' ')),
        headers,
        body: body?.replaceAll(SESSION, session) ?? null,
        signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
      })
      this.#seen.add(answer.statusCode)
      const isStream = String(answer.headers['content-type']).startsWith('text/event-stream')
      const text = isStream ? '' : await answer.body.text()
      if (isStream) answer.body.on('error', () => undefined).destroy()
      const type = String(answer.headers['content-type'])
      const json: unknown = /[/+]json/.test(type) ? JSON.parse(text) : text
      if (operation === 'POST /api/sessions' && answer.statusCode === 200)
        this.#sessions[this.#turn % SESSIONS] = sessionSchema.parse(json).id
      return { status: answer.statusCode, headers: new Headers({ 'content-type': type }), json }
    } catch (error) {
      return String(error)
    }
  }
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values()
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (const item of rest) await work(item)
  })
  await Promise.all(workers)
}

/** What is still needed, after everything else has been collected. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

test('row 118: a GET or HEAD with a body is answered, and its body is no reason to wait or to keep anything', async () => {
  await using server = await LoggedServer.start({ flags: ['--no-auth'] })
  const host = `Host: ${new URL(server.url).host}`
  const body = JSON.stringify({ title: 'x'.repeat(3_000_000) })
  const head = `HTTP/1.1\r\n${host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
  for (const [line, type] of [
    ['GET /api/sessions', 'application/json'],
    ['HEAD /api/sessions', 'application/json'],
    ['GET /metrics', 'text/plain'],
  ]) {
    const answer = await exchange(server.url, `${line} ${head}\r\n\r\n${body}`)
    expect(answer).toMatch(/^HTTP\/1\.1 (200|413) /)
    expect(answer).toContain(answer.startsWith('HTTP/1.1 200') ? `content-type: ${type}` : 'problem+json')
  }
  expect(
    await exchange(
      server.url,
      `GET /api/sessions HTTP/1.1\r\n${host}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    ),
  ).toMatch(/ 415 /)
})

test('row 118: a thousand requests in one breath are answered in order, while others are served', async () => {
  await using server = await LoggedServer.start({ flags: ['--no-auth'] })
  const host = `Host: ${new URL(server.url).host}`
  const requests = Array.from({ length: 1_000 }, (_, n) => {
    const connection = n === 999 ? 'Connection: close\r\n' : ''
    return `GET /api/turns/turn-${n} HTTP/1.1\r\n${host}\r\n${connection}\r\n`
  })
  const answers = exchange(server.url, requests.join(''))
  expect((await server.owner().request('GET', '/api/sessions')).status).toBe(200)
  expect((await answers).match(/HTTP\/1\.1 404 /g)).toHaveLength(1_000)
})

/** All that comes back until the server closes the connection. */
async function exchange(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.setEncoding('latin1').write(bytes)
  let received = ''
  for await (const text of socket) received += text
  return received
}
