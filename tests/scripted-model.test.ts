import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ModelEvent } from '../server/agent/model.ts'
import { systemClock } from '../server/lib/clock.ts'
import { listModels } from '../server/models/list-models.ts'
import { createOpenAiCompatibleModel } from '../server/models/openai-compatible.ts'
import { callTool, finished, text } from './model-script.ts'
import { directive } from './model-script-presets.ts'
import { type RequestSummary, startScriptedModel } from './scripted-model.ts'

const signal = new AbortController().signal

async function ask(baseUrl: string, model: string, content: string) {
  const events: ModelEvent[] = []
  const chat = createOpenAiCompatibleModel({ baseUrl, model, clock: systemClock })
  const messages = [{ role: 'user', content } as const]
  const reply = await chat.reply({ messages, tools: [] }, (event) => void events.push(event), signal)
  return { reply, said: events.map((event) => ('text' in event ? event.text : '')).join('') }
}

describe('a scripted model in this process', () => {
  test('keeps what it was asked, and who ended the exchange', async () => {
    await using server = await startScriptedModel({ script: () => [text('Hi'), ...finished()] })
    await ask(server.baseUrl, 'm', 'Hello')
    const request = await server.request(1)
    expect(request.messages).toEqual([{ role: 'user', content: 'Hello' }])
    await request.closed
    expect(request.closedAtMs).toBeGreaterThan(0)
    expect(server.requests).toHaveLength(1)
  })

  test('hands out a request that has not arrived yet', async () => {
    await using server = await startScriptedModel()
    const second = server.request(2)
    await ask(server.baseUrl, 'echo', 'one')
    await ask(server.baseUrl, 'echo', 'two')
    expect((await second).messages.at(-1)?.content).toBe('two')
  })
})

describe('a scripted model as its own process', () => {
  let child: ChildProcess
  let baseUrl = ''

  beforeAll(async () => {
    const path = new URL('./scripted-model-process.ts', import.meta.url).pathname
    child = spawn(process.execPath, [path, '--port', '0', '--models', 'echo,slow'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (!child.stdout) throw new Error('the process has no stdout')
    const [line] = await once(createInterface(child.stdout), 'line')
    baseUrl = line
  })

  afterAll(async () => {
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
  })

  test('lists its models', async () => {
    expect(await listModels({ baseUrl, clock: systemClock })).toEqual({ status: 'listed', names: ['echo', 'slow'] })
  })

  test.each([
    ['echo', 'finished', 'You said: Hello you'],
    ['tool-time', 'finished', ''],
    ['truncated', 'truncated', 'I begin and'],
    ['reset', 'truncated', 'I begin and'],
    ['garbage', 'failed', 'I begin and'],
    ['error-500', 'failed', ''],
  ])('does what the preset %s says', async (model, status, said) => {
    expect(await ask(baseUrl, model, 'Hello you')).toMatchObject({ reply: { status }, said })
  })

  test('does what a directive in the message says, step by step', async () => {
    const message = directive([callTool('time', '{}'), [text('It is noon.'), ...finished()]], 'When? ')
    expect(await ask(baseUrl, 'echo', message)).toMatchObject({ reply: { finishReason: 'tool_calls' } })
    const chat = createOpenAiCompatibleModel({ baseUrl, model: 'echo', clock: systemClock })
    const heard: ModelEvent[] = []
    const messages = [
      { role: 'user', content: message } as const,
      { role: 'assistant', content: '', toolCalls: [{ callId: 'call_a', tool: 'time', arguments: '{}' }] } as const,
      { role: 'tool', callId: 'call_a', content: 'noon' } as const,
    ]
    await chat.reply({ messages, tools: [] }, (event) => void heard.push(event), signal)
    expect(heard).toEqual([{ type: 'text', text: 'It is noon.' }])
  })

  test('tells over HTTP what it was asked', async () => {
    await ask(baseUrl, 'echo', 'remember me')
    const response = await fetch(baseUrl.replace('/v1', '/requests'))
    const requests = (await response.json()) as RequestSummary[]
    expect(requests.at(-1)).toMatchObject({ model: 'echo', messages: [{ role: 'user', content: 'remember me' }] })
  })
})
