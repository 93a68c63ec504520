import { getEventListeners } from 'node:events'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { SeededRandom } from '../lib/seeded-random.ts'
import { type SseOptions, SseStream } from './sse.ts'

/** A stream on a real socket, with a clock that the test moves. */
async function openStream(options: Pick<SseOptions, 'tellsRetry'> = {}) {
  const clock = new ManualClock()
  const random = () => 0.25
  const server = Fastify()
  const opened = Promise.withResolvers<SseStream>()
  server.get('/', (request, reply) => opened.resolve(new SseStream(request, reply, { clock, random, ...options })))
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  const leaving = new AbortController()
  const response = await fetch(url, { signal: leaving.signal })
  const body = () => response.text()
  return { clock, leaving, body, stream: await opened.promise, close: () => server.close() }
}

function gone({ signal }: SseStream): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

test('I14: an idle stream holds no more after a thousand heartbeats than at its start', async () => {
  const { clock, stream, leaving, close } = await openStream()
  const before = getEventListeners(stream.signal, 'abort').length
  for (let beat = 0; beat < 1_000; beat += 1) clock.advance(15_000)
  expect(getEventListeners(stream.signal, 'abort')).toHaveLength(before)
  leaving.abort()
  await gone(stream)
  await close()
})

test('F10, R19: the heartbeats of hundreds of idle streams are spread over time, each stream has one in every round', async () => {
  const clock = new ManualClock()
  const chance = new SeededRandom(7)
  const beats: number[] = []
  const server = Fastify()
  server.get('/', (request, reply) => {
    const { raw } = reply
    const write = raw.write.bind(raw)
    raw.write = (frame: unknown) => {
      if (frame === ': keepalive\n\n') beats.push(clock.monotonicMs())
      return write(frame)
    }
    new SseStream(request, reply, { clock, random: () => chance.next() })
  })
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  const leaving = new AbortController()
  const STREAMS = 300
  await Promise.all(Array.from({ length: STREAMS }, () => fetch(url, { signal: leaving.signal })))
  const openedMs = clock.monotonicMs()
  for (let passedMs = 0; passedMs < 15_000; passedMs += 100) clock.advance(100)
  expect(beats.length).toBeGreaterThanOrEqual(STREAMS)
  expect(Math.min(...beats) - openedMs).toBeGreaterThanOrEqual(10_000)
  const inEachTenth = Array.from({ length: 10 }, (_, n) => {
    const from = openedMs + 10_000 + n * 500
    return beats.filter((at) => at > from && at <= from + 500).length
  })
  for (const count of inEachTenth) expect(count).toBeLessThan(STREAMS / 5)
  leaving.abort()
  await server.close()
})

test('F9: a reader that takes nothing is let go after a while, and the writer is not held up for ever', async () => {
  const { clock, stream, close } = await openStream()
  let waiting: Promise<void> | undefined
  while (!waiting) waiting = stream.write('x'.repeat(1_000_000))
  clock.advance(29_000)
  expect(stream.signal.aborted).toBe(false)
  clock.advance(1_001)
  await waiting
  await gone(stream)
  expect(stream.write('more')).toBeUndefined()
  await close()
})

test('F11, R19: a native stream begins with a time to wait before coming back, by chance; a compatible one does not', async () => {
  for (const [tellsRetry, expected] of [
    [true, 'retry: 2000\n\nid: 1\n\n'],
    [false, 'id: 1\n\n'],
  ] as const) {
    const { stream, body, close } = await openStream({ tellsRetry })
    void stream.write('id: 1\n\n')
    stream.end()
    expect(await body()).toBe(expected)
    await close()
  }
})
