import { expect, test } from 'vitest'
import { SOON } from '../../../tests/model-servers/discovery-scenario.ts'
import { startRawServer, startScriptedServer } from '../../../tests/model-servers/scripted-server.ts'
import { systemClock } from '../../lib/clock.ts'
import { type ServerClient, withServer } from './server-client.ts'

function askAt<T>(origin: string, ask: (server: ServerClient) => Promise<T>): Promise<T> {
  const options = { origin, headers: {}, clock: systemClock, limitMs: 10_000 }
  return withServer(options, new AbortController().signal, ask)
}

test('a path is asked once, however many want to know', async () => {
  await using server = await startScriptedServer(({ path }) => ({ text: path }))
  const bodies = await askAt(server.origin, async (client) => {
    const answers = [await client.get('/a'), await client.get('/a'), await client.get('/b')]
    return answers.map(({ body }) => body)
  })
  expect(bodies).toEqual(['/a', '/a', '/b'])
  expect(server.requests.map(({ path }) => path)).toEqual(['/a', '/b'])
})

test('one answer of more than 1 MB is not read, and does not condemn the server', async () => {
  await using server = await startScriptedServer(({ path }) => ({
    text: path === '/big' ? 'x'.repeat(1_100_000) : 'ok',
  }))
  await askAt(server.origin, async (client) => {
    expect(await client.get('/big')).toEqual({ status: 0, body: '', software: '' })
    expect(client.trouble).toBeNull()
    expect((await client.get('/small')).body).toBe('ok')
  })
})

test('a server that has gone is not asked again', async () => {
  const server = await startScriptedServer(() => ({ text: 'ok' }))
  await askAt(server.origin, async (client) => {
    expect((await client.get('/a')).status).toBe(200)
    await server[Symbol.asyncDispose]()
    expect((await client.get('/b')).status).toBe(0)
    expect((await client.get('/c')).status).toBe(0)
    expect((await client.get('/a')).body).toBe('ok')
  })
  expect(server.requests).toHaveLength(1)
})

test('a server that talks nonsense from the first is not asked again', async () => {
  await using server = await startRawServer('SSH-2.0-OpenSSH_9.2\r\n')
  await askAt(server.origin, async (client) => {
    for (const path of ['/a', '/b', '/c']) expect((await client.get(path)).status).toBe(0)
    expect(client.trouble).toBe('unreadable')
  })
  expect(server.connections).toBe(1)
})

test('a redirect is an answer like any other', async () => {
  await using server = await startScriptedServer(() => ({ status: 302, headers: { location: '/elsewhere' }, text: '' }))
  expect(await askAt(server.origin, (client) => client.get('/a'))).toMatchObject({ status: 302 })
  expect(server.requests.map(({ path }) => path)).toEqual(['/a'])
})

test('the connection is closed when asking fails', async () => {
  await using server = await startScriptedServer(() => ({ text: 'ok' }))
  const bug = new Error('a bug of ours')
  const asking = askAt(server.origin, async (client) => {
    await client.get('/a')
    throw bug
  })
  await expect(asking).rejects.toBe(bug)
  await expect.poll(() => server.openConnections, SOON).toBe(0)
})
