import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { request } from 'undici'
import { expect, test } from 'vitest'
import { problemSchema } from '../protocol/problem.ts'
import { ConchApp } from './conch-app.ts'
import type { ConchClient } from './conch-client.ts'

/** The value of one line of the figures; undefined where there is no such line. */
async function readFigure(client: ConchClient, line: string): Promise<number | undefined> {
  const { status, text } = await client.request('GET', '/metrics')
  expect(status).toBe(200)
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `))
  return found === undefined ? undefined : Number(found.slice(line.length + 1))
}

test('S4: figures are for programs on this machine; what came through a proxy needs the token', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  const stranger = conch.client()
  const answer = await stranger.request('GET', '/metrics')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  for (const name of ['x-forwarded-for', 'X-Forwarded-Host', 'forwarded', 'via', 'cf-connecting-ip', 'x-real-ip']) {
    const headers = { [name]: '127.0.0.1' }
    const refused = await stranger.request('GET', '/metrics', { headers })
    expect([name, refused.status]).toEqual([name, 401])
    expect(problemSchema.parse(refused.json).code).toBe('unauthorized')
    expect(refused.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect((await conch.ownerClient().request('GET', '/metrics', { headers })).status).toBe(200)
  }
  const foreign = await request(`${conch.url}/metrics`, { headers: { host: 'evil.com' } })
  expect(foreign.statusCode).toBe(403)
  await foreign.body.dump()
})

const outward = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)

test.runIf(outward)('S4: a peer on the network needs the token', async () => {
  await using conch = await ConchApp.start({ noAuth: false, host: '0.0.0.0' })
  const url = `http://${outward?.address}:${new URL(conch.url).port}/metrics`
  const refused = await fetch(url)
  expect([refused.status, problemSchema.parse(await refused.json()).code]).toEqual([401, 'unauthorized'])
  expect((await conch.client().request('GET', '/metrics')).status).toBe(200)
})

test('turns, slots, streams, commits and pieces of text are counted', async () => {
  await using conch = await ConchApp.start({ slots: 1 })
  const client = conch.client()
  const session = await client.createSession()
  await client.start(session, 'one')
  const first = await conch.model.asked()
  const waiting = await client.createSession()
  const second = await client.start(waiting, 'two')
  expect(await readFigure(client, 'conch_turns_active')).toBe(2)
  expect(await readFigure(client, 'conch_turns_waiting')).toBe(1)

  await using follower = client.follow(session)
  await follower.entryOfType('turn.started')
  expect(await readFigure(client, 'conch_streams_open')).toBe(1)
  for (const text of ['a', 'b', 'c']) await first.say(text)
  first.finish()
  await conch.app.engine.idle(session)
  await conch.model.asked()
  await client.cancel(second.turn_id)
  await conch.app.engine.idle(waiting)
  await client.start(session, 'three')
  ;(await conch.model.asked()).fail('broken')
  await conch.app.engine.idle(session)

  expect(await readFigure(client, 'conch_turns_active')).toBe(0)
  expect(await readFigure(client, 'conch_turns_waiting')).toBe(0)
  expect(await readFigure(client, 'conch_turns_total{outcome="completed",reason=""}')).toBe(1)
  expect(await readFigure(client, 'conch_turns_total{outcome="cancelled",reason=""}')).toBe(1)
  expect(await readFigure(client, 'conch_turns_total{outcome="failed",reason="backend_error"}')).toBe(1)
  expect(await readFigure(client, 'conch_deltas_total')).toBe(3)
  expect(await readFigure(client, 'conch_commit_duration_seconds_count')).toBeGreaterThan(5)
  expect(await readFigure(client, 'conch_commit_duration_seconds_sum')).toBeGreaterThan(0)
  expect(await readFigure(client, 'process_resident_memory_bytes')).toBeGreaterThan(1e7)
  expect(await readFigure(client, 'process_cpu_seconds_total')).toBeGreaterThan(0)
})

test('refusals are counted by status and code, those of the guard and of the compatible routes included', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  const client = conch.ownerClient()
  const session = await client.createSession()
  await client.start(session, 'hello')
  await client.send(session, 'again')
  await client.request('POST', '/api/chat/send', { body: { session_id: session, message: 'again' } })
  await client.request('GET', '/api/turns/nobody')
  await client.request('GET', '/api/sessions/nobody')
  await client.request('POST', '/api/chat/send', { body: {} })
  await conch.client().request('GET', '/api/sessions')
  const figureOf = (status: number, code: string) =>
    readFigure(client, `conch_refusals_total{status="${status}",code="${code}"}`)
  expect(await figureOf(409, 'turn_active')).toBe(2)
  expect(await figureOf(404, 'turn_not_found')).toBe(1)
  expect(await figureOf(404, 'not_found')).toBe(1)
  expect(await figureOf(422, 'invalid_request')).toBe(1)
  expect(await figureOf(401, 'unauthorized')).toBe(1)
})

test('the lateness of the event loop is measured from the first reading on', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const line = 'nodejs_eventloop_lag_seconds{quantile="0.99"}'
  expect(await readFigure(client, line)).toBe(0)
  await expect
    .poll(async () => {
      const until = performance.now() + 60
      while (performance.now() < until);
      return await readFigure(client, line)
    })
    .toBeGreaterThan(0.02)
})

test('ready: 503 while the database cannot be written, and 200 again once it can', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  expect((await client.request('GET', '/api/ready')).json).toEqual({ status: 'ready' })
  using database = new DatabaseSync(join(conch.dataDir, 'data', 'conch.db'))
  database.exec('ALTER TABLE entry RENAME TO entry_away')
  expect((await client.send(session, 'hello')).status).toBe(503)
  const answer = await client.request('GET', '/api/ready')
  expect(answer.status).toBe(503)
  expect(problemSchema.parse(answer.json)).toMatchObject({
    code: 'storage_unavailable',
    request_id: expect.any(String),
  })
  expect(answer.text).not.toMatch(/entry|SQL|conch\.db/)
  expect((await client.request('GET', '/api/health')).status).toBe(200)
  database.exec('ALTER TABLE entry_away RENAME TO entry')
  await client.start(session, 'hello')
  expect((await client.request('GET', '/api/ready')).status).toBe(200)
})

test('ready: 503 while the server waits for its turns to end', async () => {
  const conch = await ConchApp.start({ graceMs: 60_000 })
  const client = conch.client()
  const session = await client.createSession()
  await client.start(session, 'hello')
  const question = await conch.model.asked()
  const closing = conch[Symbol.asyncDispose]()
  const answer = await client.request('GET', '/api/ready')
  expect(answer.status).toBe(503)
  expect(problemSchema.parse(answer.json).code).toBe('shutting_down')
  question.finish()
  await closing
})

test('S4: readiness needs a credential', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  expect((await conch.client().request('GET', '/api/ready')).status).toBe(401)
  expect((await conch.ownerClient().request('GET', '/api/ready')).status).toBe(200)
})
