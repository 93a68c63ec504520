import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { startScriptedModel } from '../../tests/scripted-model.ts'
import { systemClock } from '../lib/clock.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { listModels, type ModelList } from './list-models.ts'

async function listAt(listener: RequestListener, apiKey?: string): Promise<ModelList> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  try {
    return await listModels({ baseUrl: `http://127.0.0.1:${port}/v1/`, apiKey, clock: systemClock })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function answering(status: number, body: string): RequestListener {
  return (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

describe('the models of a server', () => {
  test('are listed, those that can chat first', async () => {
    await using server = await startScriptedModel({ models: ['text-embedding-3', 'llama', 'qwen'] })
    const list = await listModels({ baseUrl: server.baseUrl, clock: systemClock })
    expect(list).toEqual({ status: 'listed', names: ['llama', 'qwen', 'text-embedding-3'] })
  })

  test('are asked for at /models, with the key', async () => {
    const list = await listAt((incoming, response) => {
      response.end(JSON.stringify({ data: [{ id: `${incoming.url} ${incoming.headers.authorization}` }] }))
    }, 'sk-1')
    expect(list).toEqual({ status: 'listed', names: ['/v1/models Bearer sk-1'] })
  })

  test.each<[ModelList['status'], number, string]>([
    ['needs_key', 401, ''],
    ['needs_key', 403, '{"error":"no"}'],
    ['none', 200, '{"data":[]}'],
    ['unreachable', 200, '{"data":[{"id":5}]}'],
    ['unreachable', 200, '<p>'],
    ['none', 404, ''],
    ['unreachable', 500, 'broken'],
  ])('%s where the server answers %i %s', async (status, code, body) => {
    expect(await listAt(answering(code, body))).toEqual({
      status,
      message: expect.stringContaining('http://127.0.0.1'),
    })
  })

  test('are not waited for without end (F48)', async () => {
    const clock = new ManualClock()
    const asked = Promise.withResolvers<void>()
    const server = createServer(() => asked.resolve()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const list = listModels({ baseUrl: `http://127.0.0.1:${port}/v1`, clock, timeoutMs: 2_000 })
    await asked.promise
    clock.advance(2_000)
    expect(await list).toEqual({ status: 'unreachable', message: expect.stringContaining('took too long') })
    server.close()
    await once(server, 'close')
  })

  test('cannot be told where nothing answers', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    server.close()
    await once(server, 'close')
    expect(await listModels({ baseUrl: `http://127.0.0.1:${port}/v1`, clock: systemClock })).toEqual({
      status: 'unreachable',
      message: expect.stringContaining('Nothing answers'),
    })
  })
})
