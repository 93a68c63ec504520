import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Seq } from '../../protocol/ids.ts'
import { type HeldServer, startHeldServer } from '../../tests/browser/web-held-server.ts'
import { createApiClient } from './api-client.ts'
import { createApiTransport } from './api-transport.ts'
import { backoffMs } from './backoff.ts'
import { type Connection, type FollowEnd, followStream } from './event-follower.ts'
import type { StreamFrame } from './event-frames.ts'
import { ManualAttention, ManualTimers } from './manual-timers.scenario.ts'
import { SESSION_ID } from './session-log.scenario.ts'

const isBackoff = (durationMs: number) => durationMs !== 5_000

/** Follows a session of a real server; the cursor is the last id that arrived. */
function startFollowing(server: HeldServer) {
  const transport = createApiTransport({
    origin: server.origin,
    identity: { clientId: 'tab', label: 'Firefox on Linux' },
    onUnauthorized: () => undefined,
  })
  const api = createApiClient(transport)
  const timers = new ManualTimers()
  const attention = new ManualAttention()
  const closing = new AbortController()
  const received: StreamFrame[] = []
  const connections: Connection[] = []
  const arrivals = new Set<() => void>()
  const end: Promise<FollowEnd> = followStream({
    open: (signal) => api.openSessionStream(SESSION_ID, Number(received.at(-1)?.id ?? 0) as Seq, signal),
    onFrames: (frames) => {
      received.push(...frames)
      for (const arrival of arrivals) arrival()
      return frames.some((frame) => frame.event === 'notice') ? 'stop' : 'continue'
    },
    onConnection: (connection) => connections.push(connection),
    attention,
    timers,
    signal: closing.signal,
  })
  async function untilReceived(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => received.length >= count && resolve()
    arrivals.add(look)
    look()
    await promise
    arrivals.delete(look)
  }
  return { timers, attention, closing, received, connections, end, untilReceived }
}

function frame(seq: number): string {
  return `id: ${seq}\ndata: {"seq":${seq}}\n\n`
}

describe('following a stream', () => {
  let server: HeldServer
  beforeEach(async () => {
    server = await startHeldServer()
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
  })

  test('a broken connection is opened again after the last entry received', async () => {
    const follower = startFollowing(server)
    const first = await server.nextRequest()
    expect(first.path).toBe(`/api/sessions/${SESSION_ID}/events?after=0`)
    expect(first.headers).toMatchObject({ 'x-gaia-ui': '1', 'x-client-id': 'tab', accept: 'text/event-stream' })
    first.startStream()
    first.write(frame(1) + frame(2))
    await follower.untilReceived(2)
    first.cut()
    follower.timers.advance(await follower.timers.untilWaitOf(isBackoff))
    const second = await server.nextRequest()
    expect(second.path).toContain('after=2')
    second.startStream()
    second.write(frame(3))
    await follower.untilReceived(3)
    expect(follower.received.map((one) => one.id)).toEqual(['1', '2', '3'])
    expect(follower.connections).toEqual(['connecting', 'live', 'reconnecting', 'live'])
    follower.closing.abort()
    expect(await follower.end).toBe('aborted')
    await second.closed
  })

  test('each failed try waits longer, up to a bound, and a stream that was heard starts over', async () => {
    const follower = startFollowing(server)
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      const refused = await server.nextRequest()
      refused.answer(503, { detail: 'not now' })
      const waited = await follower.timers.untilWaitOf(isBackoff)
      expect(waited).toBe(backoffMs(attempt, 0.5))
      follower.timers.advance(waited)
    }
    const heard = await server.nextRequest()
    heard.startStream()
    heard.write(frame(1))
    await follower.untilReceived(1)
    heard.cut()
    expect(await follower.timers.untilWaitOf(isBackoff)).toBe(backoffMs(1, 0.5))
    follower.closing.abort()
    await follower.end
  })

  test('a stream that falls silent is given up', async () => {
    const follower = startFollowing(server)
    const silent = await server.nextRequest()
    silent.startStream()
    for (let passed = 0; passed <= 40_000; passed += 5_000) {
      await follower.timers.untilWaitOf((durationMs) => durationMs === 5_000)
      follower.timers.advance(5_000)
    }
    await silent.closed
    follower.timers.advance(await follower.timers.untilWaitOf(isBackoff))
    await server.nextRequest()
    follower.closing.abort()
    await follower.end
  })

  test('somebody who comes back does not wait for the pause to end', async () => {
    const follower = startFollowing(server)
    const refused = await server.nextRequest()
    refused.answer(503, {})
    await follower.timers.untilWaitOf(isBackoff)
    follower.attention.comeBack()
    await server.nextRequest()
    follower.closing.abort()
    await follower.end
  })

  test('a tab that nobody looks at holds no connection and takes it up again where it was', async () => {
    const follower = startFollowing(server)
    const first = await server.nextRequest()
    first.startStream()
    first.write(frame(1))
    await follower.untilReceived(1)
    follower.attention.leave()
    await first.closed
    follower.attention.comeBack()
    const second = await server.nextRequest()
    expect(second.path).toContain('after=1')
    expect(follower.connections).not.toContain('reconnecting')
    follower.closing.abort()
    await follower.end
  })

  test.each([
    [401, 'unauthorized'],
    [404, 'missing'],
  ] as const)('an answer of %i ends it as %s', async (status, end) => {
    const follower = startFollowing(server)
    const request = await server.nextRequest()
    request.answer(status, { detail: 'no' })
    expect(await follower.end).toBe(end)
  })

  test('whoever reads may stop it, and nothing is left behind', async () => {
    const follower = startFollowing(server)
    const request = await server.nextRequest()
    request.startStream()
    request.write('event: notice\ndata: {"type":"session_deleted"}\n\n')
    expect(await follower.end).toBe('stopped')
    await request.closed
    expect(follower.attention.listeners).toBe(0)
  })
})

test('pauses are spread over their upper half and never exceed the bound', () => {
  expect(backoffMs(1, 0)).toBe(200)
  expect(backoffMs(1, 1)).toBe(400)
  expect(backoffMs(3, 0.5)).toBe(1_200)
  expect(backoffMs(50, 1)).toBe(15_000)
})
