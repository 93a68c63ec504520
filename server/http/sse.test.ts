import { getEventListeners } from 'node:events'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { SseStream } from './sse.ts'

/** A stream on a real socket, with a clock that the test moves. */
async function openStream() {
  const clock = new ManualClock()
  const server = Fastify()
  const opened = Promise.withResolvers<SseStream>()
  server.get('/', (request, reply) => opened.resolve(new SseStream(request, reply, { clock })))
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  const leaving = new AbortController()
  await fetch(url, { signal: leaving.signal })
  return { clock, leaving, stream: await opened.promise, close: () => server.close() }
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
