import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import type { SessionId } from '../protocol/ids.ts'
import { problemSchema } from '../protocol/problem.ts'
import { turnSchema } from '../protocol/turn.ts'
import { ConchApp } from './conch-app.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { finished, text, words } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'

vi.setConfig({ testTimeout: 120_000 }) // several starts of a whole server, on whatever machine this is

const YEAR_MS = 365 * 24 * 3_600_000

/** Reads frames of an event stream until it has `count` with an id, then hangs up in the middle of whatever comes. */
async function readSome(
  url: string,
  headers: Record<string, string>,
  count: number,
): Promise<{ id: string; data: string }[]> {
  const abort = new AbortController()
  const response = await fetch(url, { headers, signal: abort.signal })
  const frames: { id: string; data: string }[] = []
  let rest = ''
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const id = /^id: (.*)$/m.exec(part)?.[1]
      const data = /^data: (.*)$/m.exec(part)?.[1]
      if (id !== undefined && data !== undefined) frames.push({ id, data })
    }
    if (frames.length >= count) break
  }
  abort.abort()
  return frames.slice(0, count)
}

test('F1, row 53: a client that goes away with its request still on the wire has started a turn, or nothing', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const body = JSON.stringify({ message: 'are you there?' })
  const head = `POST /api/sessions/${session}/turns HTTP/1.1\r\nhost: ${new URL(conch.url).host}\r\ncontent-type: application/json\r\nx-gaia-ui: 1\r\ncontent-length: ${body.length}\r\n\r\n`
  const half = await openSocket(conch)
  half.write(head + body.slice(0, 10))
  half.resetAndDestroy()
  const whole = await openSocket(conch)
  whole.write(head + body)
  const question = await conch.model.asked()
  whole.resetAndDestroy()
  await question.say('yes')
  question.finish()
  await conch.app.engine.idle(session)
  expect((await client.transcript(session)).messages.map(({ content }) => content)).toEqual(['are you there?', 'yes'])
  expect(conch.model.untaken).toBe(0)
})

test('F2, I2: a stream that breaks after any of its events goes on from there, natively and as GAIA has it', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  await client.start(session, 'hello')
  const question = await conch.model.asked()
  {
    await using follower = client.follow(session)
    for (const piece of ['one ', 'two ', 'three ', 'four ']) {
      await question.say(piece)
      await follower.entry(({ type, data }) => type === 'text.delta' && data.text === piece)
    }
  }
  const native = { path: `/api/sessions/${session}/events`, events: 6 }
  const compatible = { path: `/api/chat/attach?session_id=${session}`, events: 6 }
  for (const { path, events } of [native, compatible]) {
    const all = await readSome(conch.url + path, {}, events)
    expect(all.map(({ id }) => Number(id))).toEqual([1, 2, 3, 4, 5, 6])
    for (let k = 1; k < events; k += 1) {
      const first = await readSome(conch.url + path, {}, k)
      const rest = await readSome(conch.url + path, { 'last-event-id': first.at(-1)?.id ?? '' }, events - k)
      expect([...first, ...rest]).toEqual(all)
    }
  }
  question.finish()
  await conch.app.engine.idle(session)
  const { messages } = await client.transcript(session)
  expect(messages[1]).toMatchObject({ content: 'one two three four ', outcome: { status: 'completed' } })
})

test('F7: of 120 turns at once the model has two, 64 wait in order, and the rest are told to come back, without a trace', async () => {
  await using conch = await ConchApp.start({ slots: 2 })
  const client = conch.client()
  const sessions: SessionId[] = []
  for (let n = 0; n < 120; n += 1) sessions.push(await client.createSession())
  const answers = await Promise.all(sessions.map((session, n) => client.send(session, `message ${n}`)))
  const accepted = answers.flatMap(({ status }, n) => (status === 201 ? [n] : []))
  const refused = answers.flatMap(({ status }, n) => (status === 429 ? [n] : []))
  expect([accepted.length, refused.length]).toEqual([66, 54])
  for (const n of refused) {
    expect(answers[n]?.headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await client.transcript(sessions[n] ?? (sessions[0] as SessionId))).messages).toEqual([])
  }
  const order: string[] = []
  for (let served = 0; served < accepted.length; served += 1) {
    const question = await conch.model.asked()
    expect(conch.model.untaken).toBeLessThan(2)
    order.push(question.message)
    question.finish()
  }
  expect(new Set(order)).toEqual(new Set(accepted.map((n) => `message ${n}`)))
  for (const n of accepted) await conch.app.engine.idle(sessions[n] ?? (sessions[0] as SessionId))
  expect((await client.send(sessions[0] as SessionId, 'again')).status).toBe(201)
  ;(await conch.model.asked()).finish()
})

test('F9, row 63, R15: a reader that takes nothing is let go, costs nobody anything, and finds the rest by its last id', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const turn = await client.start(session, 'much')
  const question = await conch.model.asked()
  const stalled = await openSocket(conch)
  stalled.pause()
  stalled.write(`GET /api/sessions/${session}/events HTTP/1.1\r\nhost: ${new URL(conch.url).host}\r\n\r\n`)
  const gone = once(stalled, 'close')
  stalled.on('error', () => stalled.destroy())
  await using other = client.follow(session)
  const piece = 'x'.repeat(250_000)
  for (let n = 0; n < 16; n += 1) await question.say(piece)
  question.finish()
  const end = await other.entry(({ type, turn_id }) => type === 'turn.ended' && turn_id === turn.turn_id)
  expect(end.data).toMatchObject({ outcome: { status: 'completed' } })
  conch.clock.advance(30_000)
  await expect
    .poll(async () => /conch_streams_open (\d+)/.exec((await client.request('GET', '/metrics')).text)?.[1])
    .toBe('1')
  stalled.resume()
  await gone
  expect((await client.entriesUntilEnd(session, turn.turn_id, 1)).at(-1)).toEqual(end)
})

test('F12, I4: the longest message is taken, one character more is refused before anything is written, in code points', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  for (const character of ['a', '🐚']) {
    const session = await client.createSession()
    const over = await client.send(session, character.repeat(100_001))
    expect([over.status, problemSchema.parse(over.json).code]).toEqual([422, 'invalid_request'])
    expect((await client.transcript(session)).messages).toEqual([])
    expect((await client.send(session, character.repeat(100_000))).status).toBe(201)
    const question = await conch.model.asked()
    expect(question.message === character.repeat(100_000)).toBe(true)
    question.finish()
    await conch.app.engine.idle(session)
  }
  const session = await client.createSession()
  expect((await client.send(session, 'x'.repeat(10 * 1024 * 1024))).status).toBe(413)
  expect((await client.transcript(session)).messages).toEqual([])
})

test('F13, I10: a session that is deleted at any step of its turn is gone, its model is let go, and its slot is free', async () => {
  await using conch = await ConchApp.start({ slots: 1 })
  const client = conch.client()
  const blocker = await client.createSession()
  await client.start(blocker, 'first')
  const blocking = await conch.model.asked()
  const waiting = await client.createSession()
  await client.start(waiting, 'waits for a slot')
  await expectDeleted(conch, waiting)
  blocking.finish()
  await conch.app.engine.idle(blocker)
  for (const step of ['asked', 'streaming', 'ending'] as const) {
    const session = await client.createSession()
    await client.start(session, step)
    const question = await conch.model.asked()
    if (step !== 'asked') await question.say('some text')
    if (step === 'ending') question.finish()
    await expectDeleted(conch, session)
    await expect.poll(() => step === 'ending' || question.signal.aborted).toBe(true)
  }
  expect(conch.app.feeds.size).toBe(0)
  const next = await client.createSession()
  await client.start(next, 'next')
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(next)
})

async function expectDeleted(conch: ConchApp, session: SessionId): Promise<void> {
  const client = conch.client()
  await using follower = client.follow(session)
  await follower.entryOfType('turn.started')
  expect((await client.request('DELETE', `/api/sessions/${session}`)).status).toBe(200)
  await follower.ended
  expect(follower.notices).toEqual(['session_deleted'])
  expect((await client.request('GET', `/api/sessions/${session}/transcript`)).status).toBe(404)
  expect((await client.send(session, 'hello?')).status).toBe(404)
}

test('F29, I1, I2: a wall clock that jumps changes timestamps and nothing else', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const turn = await client.start(session, 'hello')
  const question = await conch.model.asked()
  const jumps = [3_600_000, -3_600_000, 10 * YEAR_MS, -20 * YEAR_MS, 10 * YEAR_MS]
  await using follower = client.follow(session)
  for (const [step, jump] of jumps.entries()) {
    conch.clock.jumpWallClock(jump)
    await question.say(`${jump} #${step}`)
    await follower.entry(({ type, data }) => type === 'text.delta' && data.text === `${jump} #${step}`) // committed at this time
    expect((await client.send(session, 'me too')).status).toBe(409)
  }
  conch.clock.advance(60_000)
  question.finish()
  const entries = await client.entriesUntilEnd(session, turn.turn_id)
  expect(entries.at(-1)?.data).toMatchObject({
    outcome: { status: 'completed' },
    content: jumps.map((jump, step) => `${jump} #${step}`).join(''),
  })
  expect(entries.map(({ seq }) => seq)).toEqual(entries.toSorted((a, b) => a.seq - b.seq).map(({ seq }) => seq))
  const spread = Math.max(...entries.map(({ at }) => at)) - Math.min(...entries.map(({ at }) => at))
  expect(spread).toBeGreaterThan(10 * YEAR_MS)
})

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0

test.skipIf(!hasPrlimit)(
  `F23, I9: without file handles new work is turned away, a running turn ends, and it works again by itself ${hasPrlimit ? '' : 'prlimit is not installed'}`,
  async () => {
    using dataDir = new TestDataDir()
    await using model = await startScriptedModel({ script: () => [words('word '.repeat(300), 5), ...finished()] })
    await using server = await ConchProcess.start(dataDir.path, ['--model-url', model.baseUrl, '--model', 'm'])
    const session = await server.client.createSession()
    const turn = await server.client.start(session, 'hello')
    await using follower = server.client.follow(session)
    await follower.entryOfType('text.delta')
    spawnSync('prlimit', ['--pid', String(server.child.pid), '--nofile=64:64'])
    const { hostname, port } = new URL(server.url)
    const crowd = Array.from({ length: 150 }, () => connect(Number(port), hostname).on('error', () => undefined))
    const end = await follower.entry(({ type, turn_id }) => type === 'turn.ended' && turn_id === turn.turn_id)
    expect(end.data).toMatchObject({ outcome: { status: 'completed' } })
    for (const socket of crowd) socket.destroy()
    await expect.poll(async () => (await server.client.request('GET', '/api/health')).status).toBe(200)
    const again = await server.client.send(session, 'again')
    const { turn_id } = turnSchema.parse(again.json)
    const entries = await server.client.entriesUntilEnd(session, turn_id)
    expect(entries.at(-1)?.data).toMatchObject({ outcome: { status: 'completed' } })
  },
)

test('F18: SIGTERM records the turn that waits, the one that is silent and the one that speaks, and exits with 0', async () => {
  using dataDir = new TestDataDir()
  await using model = await startScriptedModel({
    script: ({ messages }) =>
      messages.at(-1)?.content === 'silent' ? [{ do: 'hang' }] : [text('so far'), { do: 'hang' }],
  })
  const flags = ['--model-url', model.baseUrl, '--model', 'm', '--grace', '100ms', '--slots', '2']
  const sessions: SessionId[] = []
  {
    await using server = await ConchProcess.start(dataDir.path, flags)
    for (const message of ['silent', 'speaks', 'waits']) {
      const session = await server.client.createSession()
      await server.client.start(session, message)
      if (message !== 'waits') await model.request(sessions.length + 1)
      sessions.push(session)
    }
    await using follower = server.client.follow(sessions[1] as SessionId)
    await follower.entryOfType('text.delta')
    expect(await server.end('SIGTERM')).toBe(0)
  }
  await using next = await ConchProcess.start(dataDir.path, flags)
  const contents: (string | undefined)[] = []
  for (const session of sessions) {
    const { messages } = await next.client.transcript(session)
    expect(messages[1]?.outcome).toMatchObject({ status: 'interrupted', reason: 'shutdown' })
    contents.push(messages[1]?.content)
  }
  expect(contents).toEqual(['', 'so far', ''])
})

async function openSocket(conch: ConchApp): Promise<Socket> {
  const { hostname, port } = new URL(conch.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}
