import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { TurnOutcome } from '../protocol/turn.ts'
import { ConchProcess, TestDataDir } from './conch-process.ts'
import { finished, type ModelScript, refuse, text, toBody, words } from './model-script.ts'
import { type ScriptedModel, startScriptedModel } from './scripted-model.ts'

/**
 * A model server that misbehaves in every way that is known, in front of one real server, which has to serve on all the while.
 * Each message names its script.
 */

vi.setConfig({ testTimeout: 120_000 }) // several starts of a whole server, on whatever machine this is

const MEGABYTE = 1024 * 1024
const scripts = new Map<string, ModelScript>()
const dataDir = new TestDataDir()
let model: ScriptedModel
let server: ConchProcess

beforeAll(async () => {
  model = await startScriptedModel({ script: ({ messages }) => scripts.get(messages.at(-1)?.content ?? '') ?? [] })
  const limits = ['--slots', '32', '--max-waiting', '1000', '--first-byte-timeout', '6s', '--idle-timeout', '6s']
  server = await ConchProcess.start(dataDir.path, ['--model-url', model.baseUrl, '--model', 'm', ...limits])
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await model.close()
  dataDir[Symbol.dispose]()
})

interface Played {
  readonly outcome: TurnOutcome | null | undefined
  /** What the session has kept of the answer. */
  readonly content: string
  /** What a reader was shown of it while it came. */
  readonly streamed: string
  readonly question: string | undefined
  /** How often the model was asked. */
  readonly requests: number
}

/** Has one message answered by the script, in a session of its own. */
async function play(script: ModelScript, said = ''): Promise<Played> {
  const message = `${said}script ${scripts.size}`
  scripts.set(message, script)
  const { client } = server
  const session = await client.createSession()
  // Follows before there is anything to say: who comes when a step has finished is sent its text and no deltas (D7).
  await using follower = client.follow(session)
  await follower.opened
  await client.start(session, message)
  await follower.entryOfType('turn.ended')
  const deltas = follower.entries.flatMap(({ type, data }) => (type === 'text.delta' ? [data.text] : []))
  const { messages } = await client.transcript(session)
  return {
    outcome: messages[1]?.outcome,
    content: messages[1]?.content ?? '',
    streamed: deltas.join(''),
    question: messages[0]?.content,
    requests: asked(message),
  }
}

function asked(message: string): number {
  return model.requests.filter(({ messages }) => messages.at(-1)?.content === message).length
}

function playAll(all: readonly ModelScript[]): Promise<Played[]> {
  return Promise.all(all.map((script) => play(script)))
}

test('row 110, F52: broken off at any byte, an answer is truncated with a prefix of its text, and whole only with its finish_reason', async () => {
  const script = [text('Grüße 🐚 '), text('aus der Muschel'), ...finished()]
  const whole = 'Grüße 🐚 aus der Muschel'
  const endsAt = toBody(script.slice(0, 3)).length
  const offsets = Array.from({ length: toBody(script).length - 1 }, (_, index) => index + 1)
  const tried = offsets.filter((offset) => offset % 9 === 0 || Math.abs(offset - endsAt) < 3)
  const all = await playAll(tried.map((bytes) => [{ do: 'cut_after', bytes }, ...script]))
  for (const [index, { outcome, content, streamed, requests }] of all.entries()) {
    const isWhole = (tried[index] ?? 0) >= endsAt
    const expected = isWhole ? { status: 'completed' } : { status: 'interrupted', reason: 'truncated' }
    expect(outcome, `cut after ${tried[index]} bytes`).toMatchObject(expected)
    expect([whole.startsWith(content), isWhole ? content : whole]).toEqual([true, whole])
    expect(content).toBe(streamed)
    expect(requests).toBe(1)
  }
})

test('F47: a reset before the first byte is tried twice more; one after it never again, and its text is kept', async () => {
  const [before, after] = await playAll([[{ do: 'reset' }], [text('so far'), { do: 'wait', ms: 50 }, { do: 'reset' }]])
  expect(before).toMatchObject({
    requests: 3,
    content: '',
    outcome: { status: 'failed', reason: 'backend_unreachable' },
  })
  expect(before?.question).toContain('script')
  expect(after).toMatchObject({
    requests: 1,
    content: 'so far',
    outcome: { status: 'interrupted', reason: 'truncated' },
  })
})

test('F48, F49: silence ends by its named limit, comments do not count as an answer, and [DONE] ends at once', async () => {
  const comments = Array.from({ length: 200 }, () => [
    { do: 'wait', ms: 100 } as const,
    { do: 'comment', text: 'hi' } as const,
  ])
  const [silent, stuck, chatty, done] = await playAll([
    [{ do: 'hang' }],
    [text('so far'), { do: 'hang' }],
    [text('so far'), ...comments.flat()],
    [text('all'), ...finished(), { do: 'hang' }],
  ])
  expect(silent).toMatchObject({ content: '', outcome: { status: 'failed', reason: 'first_byte_timeout' } })
  expect(stuck).toMatchObject({ content: 'so far', outcome: { status: 'failed', reason: 'idle_timeout' } })
  expect(chatty).toMatchObject({ content: 'so far', outcome: { status: 'failed', reason: 'idle_timeout' } })
  expect(done).toMatchObject({ content: 'all', outcome: { status: 'completed' } })
  for (const request of model.requests.slice(-4)) expect(await request.closed).toBe('client')
})

test('F50: an error status is a named failure in plain text, and 429 and 503 are asked again only as soon as they say', async () => {
  const bodies = { 'application/json': '{"error":{"message":"no <b>way</b>"}}', 'text/html': '<h1>no</h1>', '': '' }
  const refusals = [400, 401, 404, 429, 500, 503].flatMap((status) =>
    Object.entries(bodies).map(([type, body]) => refuse(status, body, type ? { 'content-type': type } : {})),
  )
  for (const { outcome, requests, content } of await playAll(refusals)) {
    expect(outcome).toMatchObject({ status: 'failed', reason: 'backend_error' })
    expect(outcome && 'message' in outcome ? outcome.message : '').not.toContain('<h1>')
    expect([requests, content]).toEqual([1, ''])
  }
  const later = [1, 31].flatMap((s) => [429, 503].map((status) => refuse(status, '', { 'retry-after': String(s) })))
  expect((await playAll(later)).map(({ requests }) => requests)).toEqual([3, 3, 1, 1])
})

describe('F51: what is no proper stream', () => {
  const json = (content: string) => JSON.stringify({ choices: [{ index: 0, delta: { content } }] })
  const end = toBody(finished())
  const raw = (data: string) => ({ do: 'raw', data }) as const

  test('fails as a protocol error with the text before it, or is read where it can be', async () => {
    const [html, garbage, twice, crlf, bom, comments, unended] = await playAll([
      refuse(200, '<html>hello</html>', { 'content-type': 'text/html' }),
      [text('so far'), raw('data: {"choices":[{"delta":{]]]\n\n')],
      [text('so far'), raw(`data: ${json('a')}${json('b')}\n\n`)],
      [raw(`data: ${json('crlf')}\r\n\r\n`), { do: 'raw', data: end }],
      [raw(`\uFEFFdata: ${json('bom')}\n\n`), { do: 'raw', data: end }],
      [raw(`: ${'c'.repeat(65_536)}\n\ndata: ${json('after')}\n\n`), { do: 'raw', data: end }],
      [raw(`data: ${json('no newline at its end')}`)],
    ])
    for (const failed of [garbage, twice]) {
      expect(failed).toMatchObject({ content: 'so far', outcome: { status: 'failed', reason: 'protocol' } })
    }
    expect(html?.outcome).toMatchObject({ status: 'failed', reason: 'protocol' })
    expect([crlf, bom, comments].map((one) => one?.content)).toEqual(['crlf', 'bom', 'after'])
    expect([crlf, bom, comments].map((one) => one?.outcome?.status)).toEqual(['completed', 'completed', 'completed'])
    expect(unended?.outcome).toMatchObject({ status: 'interrupted', reason: 'truncated' })
  })
})

test('F53: whatever characters come, what is stored is what was streamed, and every program can read it', async () => {
  const frame = toBody([text('a🐚b')])
  const shell = Buffer.from(frame).indexOf(Buffer.from('🐚'))
  const split = [1, 2, 3].map(
    (cut): ModelScript => [
      { do: 'raw', data: frame.subarray(0, shell + cut) },
      { do: 'wait', ms: 20 },
      { do: 'raw', data: frame.subarray(shell + cut) },
      ...finished(),
    ],
  )
  const broken = Buffer.concat([frame.subarray(0, shell), Buffer.from([0xff, 0xc3]), frame.subarray(shell + 4)])
  const escapes = ['\\ud83d', '\\u0000', '\\u001b[31m', '\\u202e', '\\u009b']
  const raws = [
    broken,
    ...escapes.map((written) =>
      Buffer.from(
        toBody([text('a~b')])
          .toString()
          .replace('~', written),
      ),
    ),
  ]
  const played = await playAll([...split, ...raws.map((data): ModelScript => [{ do: 'raw', data }, ...finished()])])
  for (const { content, streamed, outcome } of played) {
    expect(outcome).toEqual({ status: 'completed' })
    expect(content).toBe(streamed)
    expect(content.isWellFormed() && !content.includes('\0')).toBe(true)
    expect(content).toMatch(/^a.*b$/su)
  }
  expect(played.slice(0, 3).map(({ content }) => content)).toEqual(['a🐚b', 'a🐚b', 'a🐚b'])
})

test('F54: what never ends is stopped at a limit, a stop works meanwhile, and memory stays bounded', async () => {
  const before = await residentBytes()
  const piece = text('x'.repeat(64_000))
  const nothing = { do: 'raw', data: Buffer.from(toBody([text('')])) } as const
  const tooMuch: ModelScript[] = [
    [text('x'.repeat(10 * MEGABYTE)), ...finished()],
    Array.from({ length: 80 }, () => piece),
    Array.from({ length: 1_000 }, () => ({
      ...nothing,
      data: Buffer.concat(Array<Uint8Array>(300).fill(nothing.data)),
    })),
  ]
  for (const { outcome, content, streamed } of await playAll(tooMuch)) {
    expect(outcome).toMatchObject({ status: 'failed', reason: 'limit' })
    expect(content.length).toBeLessThanOrEqual(4 * MEGABYTE)
    expect(streamed.length).toBeLessThanOrEqual(content.length)
  }
  const { client } = server
  const session = await client.createSession()
  scripts.set('endless', [words('word '.repeat(100_000), 0), { do: 'hang' }])
  const { turn_id } = await client.start(session, 'endless')
  await using follower = client.follow(session)
  await follower.entryOfType('text.delta')
  expect((await client.cancel(turn_id)).status).toBe(200)
  const ended = await follower.entryOfType('turn.ended')
  expect(ended.data).toMatchObject({ outcome: { status: 'cancelled' } })
  await expect.poll(residentBytes, { timeout: 30_000 }).toBeLessThan(before + 250 * MEGABYTE)
})

test('F56, row 54: a full context and a model that is gone are named, and the question is neither lost nor shortened', async () => {
  const type = { 'content-type': 'application/json' }
  const long = 'question '.repeat(5_000)
  const context = await play(refuse(400, '{"error":{"message":"maximum context length is 4096 tokens"}}', type), long)
  expect(context.outcome).toMatchObject({
    status: 'failed',
    reason: 'backend_error',
    message: expect.stringMatching(/larger context/),
  })
  expect(context.question?.startsWith(long)).toBe(true)
  const unloaded = await play([text('so far'), { do: 'error', message: 'model was unloaded' }])
  expect(unloaded).toMatchObject({ content: 'so far', outcome: { status: 'failed', reason: 'backend_error' } })
  expect(unloaded.outcome && 'message' in unloaded.outcome ? unloaded.outcome.message : '').toContain(
    'model was unloaded',
  )
})

test('I9, I14: after all of that no turn is active, no connection to the model is open, and the next answer comes', async () => {
  expect((await play([text('well'), ...finished()])).content).toBe('well')
  const { text: figures } = await server.client.request('GET', '/metrics')
  expect(figures).toContain('conch_turns_active 0')
  expect(figures).toContain('conch_turns_waiting 0')
  for (const request of model.requests) await request.closed
  expect(server.log).not.toContain('a turn failed inside the server')
})

async function residentBytes(): Promise<number> {
  const { text: figures } = await server.client.request('GET', '/metrics')
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(figures)?.[1])
}
