import { expect, test } from 'vitest'
import { APP, ChannelReader, frameFor, HubScenario, logAfter, nameOf } from '../../tests/browser/web-hub-scenario.ts'
import type { HubMessage, TabMessage } from './hub-messages.ts'

const isBackoff = (durationMs: number) => ![5_000, 10_000].includes(durationMs)

/** Two tabs, one channel each, on one stream. */
async function twoTabs(scenario: HubScenario) {
  const tabs = [scenario.tab('tab-a'), scenario.tab('tab-b')] as const
  const first = new ChannelReader(tabs[0], APP)
  const stream = await scenario.beginStream('s1')
  const firstName = await scenario.addChannel()
  const second = new ChannelReader(tabs[1], logAfter(7))
  const request = await scenario.server.nextRequest()
  request.answer(204, undefined)
  return { tabs, first, second, stream, firstName, secondName: nameOf(request), request }
}

test('D16: tabs share one stream, and each is told what its own channels bring', async () => {
  await using scenario = await HubScenario.start()
  const { first, second, stream, firstName, secondName, request } = await twoTabs(scenario)
  expect(request).toMatchObject({ method: 'PUT', path: `/api/streams/s1/channels/${secondName}` })
  expect(request.headers).toMatchObject({ 'x-client-id': 'tab-b', 'x-gaia-ui': '1' })
  expect(JSON.parse(request.body)).toEqual(logAfter(7))
  stream.write(frameFor(firstName, '1') + frameFor(secondName, '2') + frameFor('nobody', '3'))
  stream.write(frameFor(secondName, '4', 'notice') + frameFor(firstName, '5'))
  expect(await first.until(2)).toEqual(['1', '5'])
  expect(await second.until(2)).toEqual(['2', '4'])
  expect(second.received.map(({ event }) => event)).toEqual([undefined, 'notice'])
  expect(scenario.failures).toEqual([])
})

test('F2: when the stream breaks its channels end; who asks again waits for the next stream and is added with its own cursor', async () => {
  await using scenario = await HubScenario.start()
  const { tabs, first, second, stream } = await twoTabs(scenario)
  stream.cut()
  expect([await first.over, await second.over]).toEqual(['ended', 'ended'])
  const again = new ChannelReader(tabs[1], logAfter(9))
  scenario.timers.advance(await scenario.timers.untilWaitOf(isBackoff))
  const next = await scenario.beginStream('s2') // and nothing was asked of the stream that is gone
  const request = await scenario.server.nextRequest()
  expect(request.path).toBe(`/api/streams/s2/channels/${nameOf(request)}`)
  expect(JSON.parse(request.body)).toEqual(logAfter(9))
  request.answer(204, undefined)
  next.write(frameFor(nameOf(request), '10'))
  expect(await again.until(1)).toEqual(['10'])
})

test('I14: a tab that leaves closes its channels, and the last channel the stream', async () => {
  await using scenario = await HubScenario.start()
  const { tabs, first, second, stream, firstName, secondName } = await twoTabs(scenario)
  tabs[0].leave()
  expect(await first.over).toBe('ended')
  const gone = await scenario.server.nextRequest()
  expect([gone.method, nameOf(gone)]).toEqual(['DELETE', firstName])
  stream.write(frameFor(secondName, '1'))
  expect(await second.until(1)).toEqual(['1'])
  second.closing.abort()
  await stream.closed
})

test('a tab that dies without a word is let go', async () => {
  await using scenario = await HubScenario.start()
  const { second, stream, secondName, firstName } = await twoTabs(scenario)
  const port = scenario.port()
  port.postMessage({ type: 'open', channel: 1, follows: APP, clientId: 'dies' } satisfies TabMessage)
  const dying = await scenario.addChannel()
  port.close()
  const gone = await scenario.server.nextRequest()
  expect([gone.method, nameOf(gone)]).toEqual(['DELETE', dying])
  expect(dying).not.toBe(firstName)
  stream.write(frameFor(secondName, '1'))
  expect(await second.until(1)).toEqual(['1'])
})

test('R15: while a tab has not taken what it was told, news are gathered, and come in order and before the end', async () => {
  await using scenario = await HubScenario.start()
  const { second, stream, secondName } = await twoTabs(scenario)
  const slow = scenario.port()
  const told: HubMessage[] = []
  const over = Promise.withResolvers<void>()
  slow.onmessage = ({ data }: MessageEvent<HubMessage>) => {
    told.push(data)
    if (data.type === 'ended') over.resolve()
  }
  slow.postMessage({ type: 'open', channel: 1, follows: APP, clientId: 'slow' } satisfies TabMessage)
  const name = await scenario.addChannel()
  async function write(...news: readonly string[]): Promise<void> {
    for (const one of news) {
      stream.write(frameFor(name, one) + frameFor(secondName, one))
      await second.until(Number(one))
    }
  }
  await write('1', '2', '3')
  slow.postMessage({ type: 'taken' } satisfies TabMessage)
  await expect.poll(() => newsOf(told)).toEqual([['1'], ['2', '3']])
  await write('4', '5')
  stream.write(frameFor(name, '{}', 'end'))
  await over.promise
  expect(newsOf(told)).toEqual([['1'], ['2', '3'], ['4', '5']])
})

/** What each message of frames said. */
function newsOf(told: readonly HubMessage[]): readonly (readonly string[])[] {
  return told.flatMap((message) => (message.type === 'frames' ? [message.frames.map(({ data }) => data)] : []))
}

/** What is written to it, with the time that passes before. */
const SLEEPS = {
  'too much waits for it': Array.from({ length: 10 }, () => ({ afterMs: 0, data: 'x'.repeat(1_000_000) })),
  'it takes nothing for a minute': [
    { afterMs: 0, data: '1' },
    { afterMs: 31_000, data: '2' },
    { afterMs: 31_000, data: '3' },
  ],
} as const

for (const [how, writes] of Object.entries(SLEEPS)) {
  test(`F9, R15: a tab that sleeps is let go when ${how}, the others are not, and it learns it when it wakes`, async () => {
    await using scenario = await HubScenario.start()
    const { second, stream, secondName } = await twoTabs(scenario)
    const sleeping = scenario.port() // answers nothing
    sleeping.postMessage({ type: 'open', channel: 1, follows: APP, clientId: 'sleeps' } satisfies TabMessage)
    const name = await scenario.addChannel()
    for (const [n, { afterMs, data }] of writes.entries()) {
      scenario.timers.advance(afterMs)
      stream.write(frameFor(name, data) + frameFor(secondName, `beside ${n}`))
      await second.until(n + 1)
    }
    const gone = await scenario.server.nextRequest()
    expect([gone.method, nameOf(gone)]).toEqual(['DELETE', name])
    stream.write(frameFor(secondName, 'still here'))
    expect((await second.until(writes.length + 1)).at(-1)).toBe('still here')
    const told = Promise.withResolvers<HubMessage>()
    sleeping.onmessage = ({ data }: MessageEvent<HubMessage>) => {
      if (data.type === 'ended') told.resolve(data)
    }
    expect(await told.promise).toEqual({ type: 'ended', channel: 1 })
  })
}

test('a channel that is closed while it is being added is taken away again', async () => {
  await using scenario = await HubScenario.start()
  const { tabs } = await twoTabs(scenario)
  const hasty = new ChannelReader(tabs[0], logAfter(1))
  const adding = await scenario.server.nextRequest()
  hasty.closing.abort()
  expect(await hasty.over).toEqual({ status: 'unreachable' })
  const early = await scenario.server.nextRequest()
  early.answer(204, undefined)
  adding.answer(204, undefined)
  const late = await scenario.server.nextRequest()
  expect([early, late].map((request) => [request.method, nameOf(request)])).toEqual([
    ['DELETE', nameOf(adding)],
    ['DELETE', nameOf(adding)],
  ])
})

test('what the server says of a channel is told to its tab alone', async () => {
  await using scenario = await HubScenario.start()
  const { tabs, second, stream, secondName } = await twoTabs(scenario)
  const missing = new ChannelReader(tabs[0], logAfter(0))
  const request = await scenario.server.nextRequest()
  request.answer(404, { code: 'session_not_found', detail: 'Session not found' })
  expect(await missing.over).toMatchObject({ status: 'refused', httpStatus: 404 })
  stream.write(frameFor(secondName, '1'))
  expect(await second.until(1)).toEqual(['1'])
  stream.write(frameFor(secondName, '{"reason":"over"}', 'end'))
  expect(await second.over).toBe('ended')
  expect(second.received).toHaveLength(1)
})

test('a browser that is not let in is told so by its first channel, and asks again when a tab does', async () => {
  await using scenario = await HubScenario.start()
  const tab = scenario.tab('tab')
  const refused = new ChannelReader(tab, APP)
  const first = await scenario.server.nextRequest()
  first.answer(401, { detail: 'no' })
  expect(await refused.over).toEqual({ status: 'unauthorized' })
  const again = new ChannelReader(tab, APP)
  const stream = await scenario.beginStream('s1')
  stream.write(frameFor(await scenario.addChannel(), '1'))
  expect(await again.until(1)).toEqual(['1'])
})

test('F19: a stream that the server does not know is given up, and the next who asks opens another', async () => {
  await using scenario = await HubScenario.start()
  const { tabs, first, second, stream } = await twoTabs(scenario)
  const late = new ChannelReader(tabs[0], logAfter(3))
  const request = await scenario.server.nextRequest()
  request.answer(404, { code: 'stream_not_found', detail: 'no such stream' })
  expect([await late.over, await first.over, await second.over]).toEqual([{ status: 'unreachable' }, 'ended', 'ended'])
  await stream.closed
  const again = new ChannelReader(tabs[0], logAfter(3))
  const next = await scenario.beginStream('s2')
  next.write(frameFor(await scenario.addChannel(), '4'))
  expect(await again.until(1)).toEqual(['4'])
})

test('a stream that makes no sense is told of and given up, and the next who asks opens another', async () => {
  await using scenario = await HubScenario.start()
  const tab = scenario.tab('tab')
  const first = new ChannelReader(tab, APP)
  const nonsense = await scenario.server.nextRequest()
  nonsense.startStream()
  nonsense.write('event: stream\ndata: nonsense\n\n')
  expect(await first.over).toEqual({ status: 'unreachable' })
  expect(scenario.failures).toHaveLength(1)
  const again = new ChannelReader(tab, APP)
  const stream = await scenario.beginStream('s2')
  stream.write(frameFor(await scenario.addChannel(), '1'))
  expect(await again.until(1)).toEqual(['1'])
})

test('somebody who looks again after a sleep does not trust a stream that has been silent', async () => {
  await using scenario = await HubScenario.start()
  const { tabs, first, second, stream } = await twoTabs(scenario)
  scenario.timers.advance(21_000)
  tabs[1].look()
  await stream.closed
  expect([await first.over, await second.over]).toEqual(['ended', 'ended'])
})

test('every sign of life of the server reaches the tabs', async () => {
  await using scenario = await HubScenario.start()
  const tab = scenario.tab('tab')
  const signal = new AbortController().signal
  const opening = tab.open(APP, signal)
  const stream = await scenario.beginStream('s1')
  await scenario.addChannel()
  const opened = await opening
  if (opened.status !== 'open') throw new Error(opened.status)
  const pulses = opened.frames[Symbol.asyncIterator]()
  for (let beat = 0; beat < 2; beat += 1) {
    scenario.timers.advance(12_000)
    stream.write(': keepalive\n\n')
    expect(await pulses.next()).toEqual({ done: false, value: [] })
  }
})
