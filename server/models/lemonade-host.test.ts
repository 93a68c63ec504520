import { expect, test } from 'vitest'
import { findClosedPort, type Reply, startScriptedServer } from '../../tests/model-servers/scripted-server.ts'
import type { HostProgress } from '../settings/model-loads.ts'
import { lemonadeHost } from './lemonade-host.ts'

const NEVER = new AbortController().signal
const KEY = 'canary-key-eccbc87e'

async function hostAt(reply: Reply | 'hang_up') {
  const server = await startScriptedServer(() => reply)
  return { server, host: lemonadeHost(`${server.origin}/api/v1`, KEY) }
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

test('a model is loaded by Lemonade’s own route, with its context size and the key', async () => {
  const { server, host } = await hostAt({ json: { status: 'success', message: 'Loaded' } })
  expect(await host.load('Qwen3', 40_000, NEVER)).toBeNull()
  expect(server.requests).toMatchObject([{ method: 'POST', path: '/api/v1/load', authorization: `Bearer ${KEY}` }])
  expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ model_name: 'Qwen3', ctx_size: 40_000 })
  await server[Symbol.asyncDispose]()
})

test('a download is followed, and whole only where Lemonade says so', async () => {
  const progress = { file: 'a.gguf', file_index: 1, total_files: 2, bytes_downloaded: 10, bytes_total: 40, percent: 25 }
  const text = event('progress', progress) + event('progress', { strange: true }) + event('complete', { percent: 100 })
  const { server, host } = await hostAt({ text })
  const seen: HostProgress[] = []
  expect(await host.download('Qwen3', (one) => seen.push(one), NEVER)).toBeNull()
  expect(seen[0]).toEqual({
    percent: 25,
    file: 'a.gguf',
    fileIndex: 1,
    totalFiles: 2,
    downloadedBytes: 10,
    totalBytes: 40,
  })
  server.respond = () => ({ text: event('progress', progress) })
  expect(await host.download('Qwen3', () => undefined, NEVER)).toContain('broke off')
  server.respond = () => ({ text: event('error', { error: `no room for ${KEY}\n!` }) })
  expect(await host.download('Qwen3', () => undefined, NEVER)).toBe('no room for … !')
  await server[Symbol.asyncDispose]()
})

test.each<[string, Reply | 'hang_up', RegExp]>([
  ['an error', { status: 500, json: { error: { message: 'out of memory' } } }, /^out of memory$/],
  ['a 200 that is an error', { json: { status: 'error', message: 'unknown model' } }, /^unknown model$/],
  ['a 404 of something else', { status: 404, text: 'nope' }, /answered 404/],
  ['no answer', 'hang_up', /could not be reached/],
])('%s is what went wrong, in a sentence', async (_what, reply, expected) => {
  const { server, host } = await hostAt(reply)
  expect(await host.load('Qwen3', null, NEVER)).toMatch(expected)
  await server[Symbol.asyncDispose]()
})

test('a Lemonade that has gone is said to be', async () => {
  const host = lemonadeHost(`http://127.0.0.1:${await findClosedPort()}/api/v1`, null)
  expect(await host.load('Qwen3', null, NEVER)).toContain('ECONNREFUSED')
})

test('S16: a redirect is not followed, so that the key stays where it belongs', async () => {
  const { server: other } = await hostAt({ json: { status: 'success' } })
  const { server, host } = await hostAt({ status: 307, headers: { location: `${other.origin}/api/v1/load` }, text: '' })
  expect(await host.load('Qwen3', null, NEVER)).toContain('307')
  expect(other.requests).toEqual([])
  await server[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})
