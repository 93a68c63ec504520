import { expect, test } from 'vitest'
import { readFrames, type StreamFrame } from './event-frames.ts'

/** A body that arrives one byte at a time. */
function trickle(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at === bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + 1))
      at += 1
    },
  })
}

test('frames and characters that are cut apart arrive whole', async () => {
  const received: StreamFrame[] = []
  const text =
    'id: 1\r\ndata: {"text":\r\ndata: "Müschel 🐚"}\r\n\r\n: heartbeat\n\nevent: notice\ndata: {}\n\nid: 2\nda'
  for await (const frames of readFrames(trickle(text))) received.push(...frames)
  expect(received).toEqual([
    { id: '1', event: undefined, data: '{"text":\n"Müschel 🐚"}' },
    { id: undefined, event: 'notice', data: '{}' },
  ])
})

test('each piece is told, also one that holds no frame: that is how a silent stream is known', async () => {
  let pieces = 0
  for await (const frames of readFrames(trickle(': hi\n\n'))) {
    pieces += 1
    expect(frames).toEqual([])
  }
  expect(pieces).toBe(6)
})

test('a connection that breaks ends the frames, a bug does not', async () => {
  const broken = new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new TypeError('terminated')),
  })
  expect(await readFrames(broken).next()).toEqual({ done: true, value: undefined })
  const buggy = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new RangeError('a bug')) })
  await expect(readFrames(buggy).next()).rejects.toThrow('a bug')
})
