import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Entry } from '../../protocol/entry.ts'
import { type HeldRequest, type HeldServer, startHeldServer } from '../../tests/browser/web-held-server.ts'
import { createApiClient } from './api-client.ts'
import { createApiTransport } from './api-transport.ts'
import { ManualAttention, ManualTimers } from './manual-timers.scenario.ts'
import { SessionFeed, type SessionFeedState } from './session-feed.ts'
import { SESSION_ID } from './session-log.scenario.ts'

const EMPTY = { session_id: SESSION_ID, messages: [], has_more: false, cursor: 0, active_turn: null }

function openFeed(server: HeldServer) {
  const transport = createApiTransport({
    origin: server.origin,
    identity: { clientId: 'tab', label: 'Firefox on Linux' },
    onUnauthorized: () => undefined,
  })
  const timers = new ManualTimers()
  const feed = new SessionFeed({
    api: createApiClient(transport),
    sessionId: SESSION_ID,
    attention: new ManualAttention(),
    timers,
    beforeDrawing: queueMicrotask,
  })
  const closing = new AbortController()
  const running = feed.run(closing.signal)
  async function until(fits: (state: SessionFeedState) => boolean): Promise<SessionFeedState> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => fits(feed.state.get()) && resolve()
    const unsubscribe = feed.state.subscribe(look)
    look()
    await promise
    unsubscribe()
    return feed.state.get()
  }
  async function close(): Promise<void> {
    closing.abort()
    await running
  }
  return { feed, timers, running, until, close }
}

function frame(entry: Readonly<Record<string, unknown>>): string {
  return `id: ${entry.seq}\ndata: ${JSON.stringify(entry)}\n\n`
}

const STARTED = {
  seq: 1,
  turn_id: 'turn-1',
  epoch: 1,
  at: 1_000,
  type: 'turn.started',
  data: { user_message_id: 1, assistant_message_id: 2, message: 'hi', holder: { kind: 'cli', label: '' } },
}
const STEP = { ...STARTED, seq: 2, type: 'step.started', data: { step: 1, model: 'practice' } }

function delta(seq: number, text: string) {
  return { ...STARTED, seq, type: 'text.delta' satisfies Entry['type'], data: { step: 1, text } }
}

const textOf = (state: SessionFeedState) =>
  state.status === 'ready' ? state.view.live?.assistant.steps[0]?.text : undefined

describe('a session that is open', () => {
  let server: HeldServer
  beforeEach(async () => {
    server = await startHeldServer()
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
  })

  async function answerTranscript(transcript: object): Promise<HeldRequest> {
    const request = await server.nextRequest()
    expect(request.path).toBe(`/api/sessions/${SESSION_ID}/transcript?limit=100`)
    request.answer(200, transcript)
    const stream = await server.nextRequest()
    stream.startStream()
    return stream
  }

  test('shows the transcript, then what happens after its cursor', async () => {
    const { until, close } = openFeed(server)
    const stream = await answerTranscript({ ...EMPTY, cursor: 0 })
    expect(stream.path).toContain('after=0')
    stream.write(frame(STARTED) + frame(STEP) + frame(delta(3, 'Hel')) + frame(delta(4, 'lo')))
    await until((state) => textOf(state) === 'Hello')
    await close()
  })

  test('a kind of entry that it does not know counts as seen', async () => {
    const { timers, until, close } = openFeed(server)
    const stream = await answerTranscript(EMPTY)
    stream.write(frame(STARTED) + frame({ ...STARTED, seq: 2, type: 'turn.danced', data: {} }))
    await until((state) => state.status === 'ready' && state.view.live !== null)
    stream.cut()
    timers.advance(await timers.untilWaitOf((durationMs) => durationMs !== 5_000))
    expect((await server.nextRequest()).path).toContain('after=2')
    await close()
  })

  test('a reset loads the transcript anew and shows the old one until then', async () => {
    const { feed, until, close } = openFeed(server)
    const stream = await answerTranscript(EMPTY)
    stream.write(frame(STARTED))
    await until((state) => state.status === 'ready' && state.view.live !== null)
    stream.write('event: notice\ndata: {"type":"reset","code":"cursor_ahead","last_seq":0}\n\n')
    const again = await server.nextRequest()
    expect(feed.state.get().status).toBe('ready')
    again.answer(200, EMPTY)
    await until((state) => state.status === 'ready' && state.view.live === null)
    await close()
  })

  test('a deleted session is missing, while it is open and when it is opened', async () => {
    const first = openFeed(server)
    const stream = await answerTranscript(EMPTY)
    stream.write('event: notice\ndata: {"type":"session_deleted"}\n\n')
    await first.running
    expect(first.feed.state.get()).toEqual({ status: 'missing' })
    const second = openFeed(server)
    const request = await server.nextRequest()
    request.answer(404, { code: 'session_not_found', detail: 'no' })
    await second.running
    expect(second.feed.state.get()).toEqual({ status: 'missing' })
  })

  test('a server that is away is asked again until it is back', async () => {
    const { timers, until, close } = openFeed(server)
    const refused = await server.nextRequest()
    refused.cut()
    await until((state) => state.status === 'unavailable')
    timers.advance(await timers.untilWaitOf(() => true))
    await answerTranscript(EMPTY)
    await until((state) => state.status === 'ready' && state.connection === 'live')
    await close()
  })

  test('a turn of this tab is known as its own after a refresh', async () => {
    const { until, close } = openFeed(server)
    const active = {
      turn_id: 'turn-1',
      phase: 'running',
      started_at: '2026-01-01T00:00:00Z',
      last_seq: 2,
      holder: { kind: 'browser', label: 'Firefox on Linux', same_client: true },
      queue_length: 0,
      step: 1,
      tool: null,
      turns_ahead: null,
      prompt_progress: null,
    }
    await answerTranscript({ ...EMPTY, active_turn: active })
    const state = await until((current) => current.status === 'ready')
    expect(state).toMatchObject({ ownTurnIds: new Set(['turn-1']) })
    await close()
  })

  test('earlier messages are put before those that are there', async () => {
    const { feed, until, close } = openFeed(server)
    await answerTranscript({ ...EMPTY, messages: [message(5), message(6)], has_more: true })
    await until((state) => state.status === 'ready')
    const loading = feed.loadEarlier()
    const request = await server.nextRequest()
    expect(request.path).toContain('before=5')
    request.answer(200, { ...EMPTY, messages: [message(3), message(4)], has_more: false })
    await loading
    const state = feed.state.get()
    expect(state.status === 'ready' && state.view.settled.map((one) => one.messageId)).toEqual([3, 4, 5, 6])
    expect(state).toMatchObject({ earlier: 'idle', view: { hasEarlier: false } })
    await close()
  })
})

function message(messageId: number) {
  return {
    message_id: messageId,
    turn_id: null,
    role: 'user',
    content: `message ${messageId}`,
    steps: [],
    outcome: null,
    usage: null,
    created_at: '2026-01-01T00:00:00Z',
  }
}
