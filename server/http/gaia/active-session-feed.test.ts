import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import type { SessionId } from '../../../protocol/ids.ts'
import { ManualClock } from '../../lib/manual-clock.ts'
import { SseStream } from '../sse.ts'
import { ActiveSessionFeed } from './active-session-feed.ts'

test('R15: a client that reads nothing costs no memory, and hears the newest choice when it reads again', async () => {
  const feed = new ActiveSessionFeed()
  const clock = new ManualClock()
  const opened = Promise.withResolvers<ServerResponse>()
  await using server = Fastify({ forceCloseConnections: true })
  server.get('/', async (request, reply) => {
    feed.addStream(new SseStream(request, reply, { clock, random: () => 0 }))
    opened.resolve(reply.raw)
    return reply
  })
  const address = new URL(await server.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(address.port), address.hostname)
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const raw = await opened.promise

  let announced = 0
  const announce = () => feed.announce(`session ${announced++}` as SessionId)
  while (!raw.writableNeedDrain) {
    announce()
    if (announced % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const buffered = raw.writableLength
  for (let more = 0; more < 10_000; more += 1) announce()
  expect(raw.writableLength).toBe(buffered)

  let text = ''
  socket.setEncoding('utf8').on('data', (data: string) => (text += data))
  const newest = `"session ${announced - 1}"`
  await expect.poll(() => text.includes(newest)).toBe(true)
  expect(text.match(/set_active_session/g)?.length).toBeLessThan(announced - 9_000)
  socket.destroy()
})
