import { expect, test } from 'vitest'
import type { Seq, SessionId } from '../../protocol/ids.ts'
import { HubScenario } from '../../tests/browser/web-hub-scenario.ts'
import { createApiClient } from './api-client.ts'
import { createApiTransport } from './api-transport.ts'
import { createSharedStreams, type SharedStreamsOptions } from './shared-streams.ts'

/** The streams of a tab, with the hub that `connect` finds. */
function streamsOf({ server, linkOptions }: HubScenario, connect: SharedStreamsOptions['connect']) {
  const identity = { clientId: 'tab', label: 'Firefox' }
  const own = createApiClient(createApiTransport({ origin: server.origin, identity, onUnauthorized: () => undefined }))
  const crowd = { isCrowded: async () => true, subscribe: () => undefined }
  return createSharedStreams({ ...linkOptions, connect, own, clientId: 'tab', crowd })
}

const SESSION = 'session-1' as SessionId

test('a tab that shares its streams is never one too many', async () => {
  await using scenario = await HubScenario.start()
  const streams = streamsOf(scenario, () => scenario.port())
  const opening = streams.openAppStream(new AbortController().signal)
  await scenario.beginStream('s1')
  await scenario.addChannel()
  expect((await opening).status).toBe('open')
  expect(await streams.crowd.isCrowded()).toBe(false)
})

test('where there are no shared workers a tab has streams of its own, and is one of the crowd', async () => {
  await using scenario = await HubScenario.start()
  const streams = streamsOf(scenario, () => null)
  const closing = new AbortController()
  const opening = streams.openSessionStream(SESSION, 3 as Seq, closing.signal)
  const request = await scenario.server.nextRequest()
  expect(request.path).toBe(`/api/sessions/${SESSION}/events?after=3`)
  request.startStream()
  expect((await opening).status).toBe('open')
  expect(await streams.crowd.isCrowded()).toBe(true)
  closing.abort()
  await request.closed
})

test('a worker that cannot be loaded ends what was asked of it, and the tab goes on with streams of its own', async () => {
  await using scenario = await HubScenario.start()
  let fail: () => void = () => undefined
  const streams = streamsOf(scenario, (onFailed) => {
    fail = onFailed
    return scenario.port()
  })
  const closing = new AbortController()
  const asked = streams.openAppStream(closing.signal)
  fail()
  expect(await asked).toEqual({ status: 'unreachable' })
  const opening = streams.openAppStream(closing.signal)
  const paths = [(await scenario.server.nextRequest()).path, (await scenario.server.nextRequest()).path]
  expect(paths).toContain('/api/events')
  expect(await streams.crowd.isCrowded()).toBe(true)
  closing.abort()
  await opening
})

test('a hub that is killed ends what it brought, and whoever comes back finds another', async () => {
  await using first = await HubScenario.start()
  await using second = await HubScenario.start()
  const ports = [first.port(), second.port()]
  const streams = streamsOf(first, () => ports.shift() ?? null)
  const signal = new AbortController().signal
  const opening = streams.openAppStream(signal)
  await first.beginStream('s1')
  await first.addChannel()
  const opened = await opening
  if (opened.status !== 'open') throw new Error(opened.status)
  await first.killHub()
  for await (const frames of opened.frames) expect(frames).toEqual([]) // until it ends
  const again = streams.openAppStream(signal)
  await second.beginStream('s2')
  await second.addChannel()
  expect((await again).status).toBe('open')
})

test('a hub that does not answer is not waited for, and the next who asks finds another', async () => {
  await using scenario = await HubScenario.start()
  const { port1: dead, port2 } = new MessageChannel()
  const ports = [dead, scenario.port()]
  const streams = streamsOf(scenario, () => ports.shift() ?? null)
  const closing = new AbortController()
  const first = streams.openAppStream(closing.signal)
  scenario.timers.advance(await scenario.timers.untilWaitOf((durationMs) => durationMs === 10_000))
  const own = await scenario.server.nextRequest()
  expect(own.path).toBe('/api/events')
  own.startStream()
  expect((await first).status).toBe('open')
  const second = streams.openAppStream(closing.signal)
  await scenario.beginStream('s1')
  await scenario.addChannel()
  expect((await second).status).toBe('open')
  closing.abort()
  await own.closed
  port2.close()
})
