import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import type { Entry } from '../protocol/entry.ts'
import type { Seq, SessionId } from '../protocol/ids.ts'
import { problemSchema } from '../protocol/problem.ts'
import { MAX_CHANNELS } from '../server/http/shared-stream.ts'
import { ConchApp } from './conch-app.ts'
import type { ConchClient } from './conch-client.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { finished, words } from './model-script.ts'
import { startScriptedModel } from './scripted-model.ts'
import { SharedStreamReader } from './shared-stream-reader.ts'

const logOf = (session_id: SessionId, after = 0) => ({ follows: 'session', session_id, after: after as Seq }) as const
const APP = { follows: 'app' } as const

function lasting(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ type }) => type !== 'text.delta')
}

/** What the server holds for its readers now. */
async function open(client: ConchClient): Promise<{ readonly streams: number; readonly channels: number }> {
  const { text } = await client.request('GET', '/metrics')
  const figure = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1])
  return { streams: figure('conch_streams_open'), channels: figure('conch_channels_open') }
}

test('I2: each channel of one connection brings what a stream of its own would, replay and live, among the others', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const sessions = await Promise.all(Array.from({ length: 5 }, () => client.createSession()))
  await using reader = await SharedStreamReader.open(client)
  expect(reader.retryMs).toBeGreaterThanOrEqual(1_000)
  expect((await reader.add('app', APP)).status).toBe(204)
  for (const [n, session] of sessions.entries()) {
    if (n % 2 === 0) expect((await reader.add(`s${n}`, logOf(session))).status).toBe(204)
    await client.start(session, `message ${n}`)
  }
  const questions = [...sessions].map(() => conch.model.asked())
  for (const asked of questions.slice(0, 4)) await (await asked).say('half ')
  for (const [n, session] of sessions.entries()) if (n % 2 === 1) await reader.add(`s${n}`, logOf(session))
  for (const asked of questions) {
    const question = await asked
    await question.say('whole')
    question.finish()
  }
  for (const [n, session] of sessions.entries()) {
    await reader.untilTurnEnded(`s${n}`)
    await using plain = client.follow(session)
    await plain.entryOfType('turn.ended')
    expect(lasting(reader.entriesOf(`s${n}`))).toEqual(plain.entries)
    const seqs = reader.entriesOf(`s${n}`).map(({ seq }) => seq)
    expect(seqs).toEqual(Array.from(seqs, (_, index) => index + 1)) // whoever was there from the start has seen it all
  }
  const told = reader.appEventsOf('app')
  expect(told[0]?.type).toBe('snapshot')
  expect(told.filter(({ type }) => type === 'turn.ended')).toHaveLength(sessions.length)
})

test('F3: a channel ahead of its log gets a reset and the log from its start; the others notice nothing', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  await client.start(session, 'hello')
  ;(await conch.model.asked()).finish()
  await conch.app.engine.idle(session)
  await using reader = await SharedStreamReader.open(client)
  await reader.add('right', logOf(session, 1))
  await reader.add('ahead', logOf(session, 10_000))
  await reader.untilTurnEnded('ahead')
  expect(reader.noticesOf('ahead')).toMatchObject([{ type: 'reset', code: 'cursor_ahead' }])
  expect(reader.entriesOf('ahead')[0]?.seq).toBe(1)
  expect(reader.noticesOf('right')).toEqual([])
  expect(reader.entriesOf('right')[0]?.seq).toBe(2)
})

test('F13: a session that is deleted ends its channels and no other', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const [gone, kept] = [await client.createSession(), await client.createSession()]
  await using reader = await SharedStreamReader.open(client)
  for (const [name, session] of [['gone', gone] as const, ['kept', kept] as const]) {
    await client.start(session, 'hello')
    await reader.add(name, logOf(session))
  }
  const [first, second] = [await conch.model.asked(), await conch.model.asked()]
  await first.say('a')
  await client.request('DELETE', `/api/sessions/${gone}`)
  await reader.until(() => reader.endOf('gone') !== undefined)
  expect(reader.noticesOf('gone')).toEqual([{ type: 'session_deleted' }])
  expect(reader.endOf('gone')).toEqual({ reason: 'over' })
  second.finish()
  await reader.untilTurnEnded('kept')
  expect((await reader.add('gone', logOf(gone))).status).toBe(404)
  expect(await open(client)).toEqual({ streams: 1, channels: 1 }) // I14
})

test('S4: a stream obeys whoever has opened it, and tells nobody else that it is there', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  const owner = conch.ownerClient()
  const session = await owner.createSession()
  const browsers = await Promise.all([conch.link(), conch.link()].map(async (link) => cookieFrom(await link)))
  const [own = {}, foreign = {}] = browsers
  await using reader = await SharedStreamReader.open(conch.client(), { headers: own })
  const path = `/api/streams/${await reader.id}/channels/c`
  for (const [headers, status] of [
    [foreign, 404],
    [{ authorization: `Bearer ${owner.token}` }, 404],
    [{ 'x-gaia-ui': '1' }, 401],
    [own, 204],
  ] as const) {
    const put = await conch.client().request('PUT', path, { body: logOf(session), headers })
    expect(put.status).toBe(status)
    const remove = await conch.client().request('DELETE', path, { headers })
    expect(remove.status).toBe(status)
  }
  const unknown = await conch.client().request('PUT', '/api/streams/none/channels/c', { body: APP, headers: own })
  expect(problemSchema.parse(unknown.json).code).toBe('stream_not_found')
  expect(await open(owner)).toEqual({ streams: 1, channels: 0 })
})

async function cookieFrom(link: string): Promise<Readonly<Record<string, string>>> {
  const response = await fetch(link, { redirect: 'manual' })
  return { cookie: response.headers.get('set-cookie')?.split(';', 1)[0] ?? '', 'x-gaia-ui': '1' }
}

test('two channels of the app are told by their own names whose turn it is', async () => {
  await using conch = await ConchApp.start()
  const tab = conch.client('tab-a', 'Firefox')
  const session = await tab.createSession()
  await using reader = await SharedStreamReader.open(conch.client())
  await reader.add('a', APP, { headers: { 'x-client-id': 'tab-a' } })
  await reader.add('b', APP, { headers: { 'x-client-id': 'tab-b' } })
  await tab.start(session, 'hello')
  const changedIn = (name: string) => reader.appEventsOf(name).filter((event) => event.type === 'turn.changed')
  await reader.until(() => changedIn('a').length > 0 && changedIn('b').length > 0)
  expect(changedIn('a')[0]?.active_turn?.holder.same_client).toBe(true)
  expect(changedIn('b')[0]?.active_turn?.holder.same_client).toBe(false)
  ;(await conch.model.asked()).finish()
})

test('R15, I14: channels have a bound per stream and over all streams, and what is closed leaves nothing', async () => {
  await using conch = await ConchApp.start({ maxStreams: MAX_CHANNELS + 2 })
  const client = conch.client()
  const session = await client.createSession()
  const reader = await SharedStreamReader.open(client)
  const statuses: number[] = []
  for (let n = 0; n <= MAX_CHANNELS; n += 1) statuses.push((await reader.add(`c${n}`, logOf(session))).status)
  expect(statuses.filter((status) => status === 204)).toHaveLength(MAX_CHANNELS)
  expect(statuses.at(-1)).toBe(429)
  expect((await reader.add('c0', APP)).status).toBe(204) // takes the place of the one with its name
  const other = await SharedStreamReader.open(client)
  const more = [await other.add('a', APP), await other.add('b', APP), await other.add('c', APP)]
  expect(more.map(({ status }) => status)).toEqual([204, 204, 429])
  expect(problemSchema.parse(more[2]?.json).code).toBe('too_many_channels')
  expect([(await reader.remove('c1')).status, (await reader.remove('c1')).status]).toEqual([204, 204])
  expect((await other.add('c', APP)).status).toBe(204)
  for (const name of ['', 'a.b', 'x'.repeat(65), 'é']) {
    expect((await other.add(encodeURIComponent(name), APP)).status).toBe(422)
  }
  await reader[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
  await expect.poll(() => open(client)).toEqual({ streams: 0, channels: 0 })
  expect(conch.app.feeds.size).toBe(0)
})

test('a channel that is closed is silent from the answer on', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  await client.start(session, 'hello')
  const question = await conch.model.asked()
  await using reader = await SharedStreamReader.open(client)
  await reader.add('closed', logOf(session))
  await reader.add('open', logOf(session))
  await question.say('one')
  await reader.until(() => reader.entriesOf('closed').some(({ type }) => type === 'text.delta'))
  await reader.remove('closed')
  const before = reader.frames.filter(({ channel }) => channel === 'closed').length
  await question.say('two')
  question.finish()
  await reader.untilTurnEnded('open')
  expect(reader.frames.filter(({ channel }) => channel === 'closed')).toHaveLength(before)
})

/** An answer of the largest size, nearly, in few pieces. */
const PIECE = 'x'.repeat(250_000)
const PIECES = 15

/** What the server itself holds for all who have not taken it yet. */
function bufferedIn(sockets: readonly Socket[]): number {
  return sockets.reduce((sum, { writableLength }) => sum + writableLength, 0)
}

test('F9, R15: a reader that stands still costs one page, however many channels replay; then they take turns, and none starves', async () => {
  await using conch = await ConchApp.start()
  const sockets: Socket[] = []
  conch.app.server.server.on('connection', (socket: Socket) => sockets.push(socket))
  const client = conch.client()
  const [long, short] = [await client.createSession(), await client.createSession()]
  await client.start(long, 'much')
  const question = await conch.model.asked()
  for (let piece = 0; piece < PIECES; piece += 1) await question.say(PIECE)
  await client.start(short, 'little')
  const quick = await conch.model.asked()
  await using reader = await SharedStreamReader.open(client)
  reader.pause()
  const channels = Array.from({ length: 30 }, (_, n) => `long${n}`)
  for (const channel of channels) await reader.add(channel, logOf(long))
  await reader.add('short', logOf(short))
  await expect.poll(() => bufferedIn(sockets)).toBeGreaterThan(0) // the socket is full
  expect(bufferedIn(sockets)).toBeLessThan(2 * PIECE.length)
  reader.resume()
  const isThrough = (channel: string) => reader.entriesOf(channel).length >= PIECES + 2
  await reader.until(() => reader.entriesOf('short').some(({ type }) => type === 'turn.started'))
  expect(channels.filter(isThrough).length).toBeLessThan(channels.length / 2) // the first few went into the socket's own buffers
  await quick.say('live')
  await reader.until(() => reader.entriesOf('short').some(({ type }) => type === 'text.delta'))
  await reader.until(() => channels.every(isThrough))
  quick.finish()
  question.finish()
  await reader.untilTurnEnded('short')
}, 60_000)

test('F9: a reader that takes nothing is let go with all its channels, and each finds the rest by its cursor', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const session = await client.createSession()
  const turn = await client.start(session, 'much')
  const question = await conch.model.asked()
  await using reader = await SharedStreamReader.open(client)
  const channels = Array.from({ length: 8 }, (_, n) => `log${n}`)
  for (const channel of channels) await reader.add(channel, logOf(session))
  await reader.until(() => channels.every((channel) => reader.entriesOf(channel).length > 0))
  reader.pause()
  for (let piece = 0; piece < PIECES; piece += 1) await question.say(PIECE)
  question.finish()
  const entries = await client.entriesUntilEnd(session, turn.turn_id)
  expect(entries.at(-1)?.data).toMatchObject({ outcome: { status: 'completed' } })
  conch.clock.advance(30_000)
  await expect.poll(() => open(client)).toEqual({ streams: 0, channels: 0 })
  reader.resume()
  await reader.over
  await using again = await SharedStreamReader.open(client)
  for (const channel of channels) {
    const cursor = reader.entriesOf(channel).at(-1)?.seq ?? 0
    await again.add(channel, logOf(session, cursor))
    await again.untilTurnEnded(channel)
    expect(lasting(again.entriesOf(channel))).toEqual(lasting(entries).filter(({ seq }) => seq > cursor))
  }
}, 60_000)

test('F2, F19, I2: after a kill -9 each channel goes on from its own cursor, without a gap and without a repetition', async () => {
  using dataDir = new TestDataDir()
  const answer = Array.from({ length: 300 }, (_, index) => `word${index} `).join('')
  await using model = await startScriptedModel({ script: () => [words(answer, 4), ...finished()] })
  const flags = ['--model-url', model.baseUrl, '--model', 'words', '--no-resume']
  const server = await ConchProcess.start(dataDir.path, flags)
  const sessions = [await server.client.createSession(), await server.client.createSession()]
  const reader = await SharedStreamReader.open(server.client)
  for (const [n, session] of sessions.entries()) {
    await server.client.start(session, 'go on')
    await reader.add(`s${n}`, logOf(session))
  }
  await reader.until(() => sessions.every((_, n) => reader.entriesOf(`s${n}`).length > 20))
  await server.end('SIGKILL')
  await reader.over
  await using next = await ConchProcess.start(dataDir.path, flags)
  await using again = await SharedStreamReader.open(next.client)
  for (const [n, session] of sessions.entries()) {
    const seen = reader.entriesOf(`s${n}`)
    await again.add(`s${n}`, logOf(session, seen.at(-1)?.seq))
    await again.untilTurnEnded(`s${n}`)
    const seqs = [...seen, ...again.entriesOf(`s${n}`)].map(({ seq }) => seq)
    expect(seqs).toEqual([...new Set(seqs)].toSorted((one, other) => one - other))
    await using plain = next.client.follow(session)
    await plain.entryOfType('turn.ended')
    expect(lasting([...seen, ...again.entriesOf(`s${n}`)])).toEqual(plain.entries)
  }
}, 60_000)
