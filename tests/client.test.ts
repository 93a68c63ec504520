import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { type ConchClient, createConchClient } from '../client/conch-client.ts'
import { EventFrames } from '../client/event-frames.ts'
import type { Entry, StreamNotice } from '../client/operations.ts'
import { requestOf } from '../client/request.ts'
import { ConchApp } from './conch-app.ts'
import { TestDataDir } from './conch-process.ts'

const ROOT = join(import.meta.dirname, '..')

function clientOf(conch: ConchApp): ConchClient {
  return createConchClient({ url: conch.url, token: conch.ownerToken(), clientId: 'script', label: 'A script' })
}

async function newSession(client: ConchClient): Promise<string> {
  const session = await client.call('POST /api/sessions', { body: { title: 'Plans' } })
  if (session.status !== 'ok') throw new Error(JSON.stringify(session))
  return session.value.id
}

test('an operation is put together as it goes over the wire', () => {
  const input = { path: { id: 'a/b ü' }, query: { limit: 5 } }
  expect(requestOf('GET /api/sessions/{id}/transcript', input)).toEqual({
    method: 'GET',
    path: '/api/sessions/a%2Fb%20%C3%BC/transcript?limit=5',
    headers: {},
    body: undefined,
  })
  expect(requestOf('GET /api/ready').path).toBe('/api/ready')
  // @ts-expect-error: the path's parameter is required
  requestOf('GET /api/turns/{id}')
  // @ts-expect-error: there is no such route
  requestOf('GET /api/nowhere')
})

test('a stream is taken apart alike, however its bytes are cut', () => {
  const text = ': hi\n\nid: 1\ndata: {"a":"ü🐚"}\n\nevent: notice\r\ndata: one\r\ndata: two\r\n\r\ndata:three\n\n'
  const bytes = new TextEncoder().encode(text)
  const whole = new EventFrames().take(bytes)
  expect(whole.map(({ event, data }) => [event, data])).toEqual([
    ['', '{"a":"ü🐚"}'],
    ['notice', 'one\ntwo'],
    ['', 'three'],
  ])
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const frames = new EventFrames()
    expect([...frames.take(bytes.subarray(0, cut)), ...frames.take(bytes.subarray(cut))]).toEqual(whole)
  }
})

test('calls answer with values, refusals and what cannot be reached, and throw for none of them', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  const client = clientOf(conch)
  const id = await newSession(client)
  const turn = await client.call('POST /api/sessions/{id}/turns', { path: { id }, body: { message: 'hello' } })
  expect(turn).toMatchObject({ status: 'ok', value: { session_id: id, phase: 'running' } })
  const again = await client.call('POST /api/sessions/{id}/turns', { path: { id }, body: { message: 'hello' } })
  expect(again).toMatchObject({
    status: 'refused',
    httpStatus: 409,
    refusal: { code: 'turn_active', active_turn: { holder: { label: 'A script', same_client: true } } },
    retryAfterMs: null,
  })
  const stranger = createConchClient({ url: conch.url })
  expect(await stranger.call('GET /api/sessions')).toMatchObject({ status: 'refused', httpStatus: 401 })
  const nobody = createConchClient({ url: 'http://127.0.0.1:1' })
  expect(await nobody.call('GET /api/ready')).toMatchObject({ status: 'unreachable' })
})

test('I2: a session is followed over broken connections: each entry once and in order', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  const client = clientOf(conch)
  const id = await newSession(client)
  await client.call('POST /api/sessions/{id}/turns', { path: { id }, body: { message: 'hello' } })
  const question = await conch.model.asked()
  const items: (Entry | StreamNotice)[] = []
  let text = ''
  for await (const item of client.followSession(id)) {
    items.push(item)
    if (item.type === 'step.started') await question.say('Par')
    if (item.type === 'text.delta') {
      text += item.data.text
      conch.app.server.server.closeAllConnections()
      if (text === 'Par') await question.say('is')
      else question.finish()
    }
    if (item.type === 'turn.ended') break
  }
  expect(text).toBe('Paris')
  const seqs = items.map((item) => ('seq' in item ? item.seq : 0))
  expect(seqs).toEqual(seqs.map((_, index) => index + 1))
})

test('following ends with the session, and a session that never was is refused for good', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  const client = clientOf(conch)
  const id = await newSession(client)
  const following = client.followSession(id, { after: 1_000 })
  expect((await following.next()).value).toMatchObject({ type: 'reset' })
  const next = following.next()
  await client.call('DELETE /api/sessions/{id}', { path: { id } })
  expect((await next).value).toEqual({ type: 'session_deleted' })
  expect((await following.next()).done).toBe(true)
  await expect(client.followSession(id).next()).rejects.toMatchObject({ code: 'stream_refused', httpStatus: 404 })
})

test('a reader that leaves lets its connection go', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  const client = clientOf(conch)
  const connections = () =>
    new Promise((resolve) => conch.app.server.server.getConnections((_, count) => resolve(count)))
  for await (const event of client.stream('GET /api/events', [])) {
    expect(event).toEqual({ type: 'snapshot', active: [], queues: [] })
    break
  }
  const abort = new AbortController()
  const following = client.followSession(await newSession(client), { signal: abort.signal })
  const next = following.next()
  abort.abort()
  expect((await next).done).toBe(true)
  conch.app.server.server.closeIdleConnections()
  await expect.poll(connections).toBe(0)
})

test('the package is plain JavaScript with types: a program of another project runs with it, and is checked against it', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  using temp = new TestDataDir()
  const folder = join(temp.path, 'node_modules', 'conch-client')
  await runNode(['scripts/generate-client.ts', '--build', folder], ROOT)
  writeFileSync(
    join(temp.path, 'program.mts'),
    `import { createConchClient, type Turn } from 'conch-client'
const client = createConchClient({ url: process.argv[2] ?? '', token: process.argv[3] ?? '' })
const session = await client.call('POST /api/sessions', { body: {} })
if (session.status !== 'ok') throw new Error(session.status)
const path = { id: session.value.id }
const turn = await client.call('POST /api/sessions/{id}/turns', { path, body: { message: 'hello' } })
const value: Turn | null = turn.status === 'ok' ? turn.value : null
console.log(value?.phase)
`,
  )
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
  const typeRoots = ['--typeRoots', join(ROOT, 'node_modules/@types')]
  await runNode([tsc, ...flags, ...typeRoots, 'program.mts'], temp.path)
  const printed = await runNode(['program.mts', conch.url, conch.ownerToken()], temp.path)
  expect(printed.trim()).toBe('running')
})

async function runNode(args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [...args], { cwd })
  return stdout
}
