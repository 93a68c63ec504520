import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { request } from 'undici'
import { expect, test } from 'vitest'
import { sessionSchema } from '../protocol/session.ts'
import { turnSchema } from '../protocol/turn.ts'
import type { ChatModel } from '../server/agent/model.ts'
import { ApiSchemas } from './api-schemas.ts'
import type { Answer } from './conch-client.ts'
import { LoggedServer } from './logged-server.ts'
import { type RandomRequest, randomRequests, SESSION, TURN } from './random-requests.ts'

const REQUESTS = 10_000
const WARM_UP = 2_000
const AT_ONCE = 16
/** Few, so that requests meet in them. */
const SESSIONS = 3
const ANSWER_MS = 30
const LONGEST_ANSWER_MS = 10_000
const MOST_GROWTH_BYTES = 32 * 1024 ** 2

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
  const sender = new Sender(server.url)
  await sender.makeSessions()
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
  const growth = heapBytes() - before
  expect(faults.slice(0, 10), `CONCH_SEED=${seed}`).toEqual([])
  expect([...sender.seen], `CONCH_SEED=${seed}`).toEqual(expect.arrayContaining([200, 201, 400, 404, 409, 422]))
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

/** Sends as a program would, and puts sessions and turns that exist into requests. */
class Sender {
  readonly seen = new Set<number>()
  readonly #url: string
  #sessions: string[] = []
  #turn = 'none'
  #sent = 0

  constructor(url: string) {
    this.#url = url
  }

  async makeSessions(): Promise<void> {
    const creation = { operation: 'POST /api/sessions', path: '/api/sessions', body: '{}' }
    const headers = { 'content-type': 'application/json' }
    while (this.#sessions.length < SESSIONS) await this.send({ ...creation, headers })
  }

  /** The answer, or why there was none. Of a stream only the beginning is waited for. */
  async send({ operation, path, headers, body }: RandomRequest): Promise<Omit<Answer, 'text'> | string> {
    this.#sent += 1
    const session = this.#sessions[this.#sent % this.#sessions.length] ?? 'none'
    const filled = (text: string) => text.replaceAll(SESSION, session).replaceAll(TURN, this.#turn)
    try {
      const answer = await request(this.#url + filled(path), {
        method: operation.slice(0, operation.indexOf(' ')),
        headers,
        body: body === undefined ? null : filled(body),
        signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
      })
      const type = String(answer.headers['content-type'])
      const isStream = type.startsWith('text/event-stream')
      if (isStream) answer.body.on('error', () => undefined).destroy()
      const text = isStream ? '' : await answer.body.text()
      const json: unknown = /[/+]json/.test(type) ? JSON.parse(text) : text
      this.seen.add(answer.statusCode)
      if (answer.statusCode < 300) await this.#learn(operation, { session, json })
      return { status: answer.statusCode, headers: new Headers({ 'content-type': type }), json }
    } catch (error) {
      return String(error)
    }
  }

  async #learn(operation: string, { session, json }: { session: string; json: unknown }): Promise<void> {
    switch (operation) {
      case 'POST /api/sessions/{id}/turns':
        this.#turn = turnSchema.parse(json).turn_id
        break
      case 'POST /api/sessions':
        if (this.#sessions.length < SESSIONS) this.#sessions.push(sessionSchema.parse(json).id)
        break
      case 'DELETE /api/sessions/{id}':
        this.#sessions = this.#sessions.filter((other) => other !== session)
        await this.makeSessions()
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
