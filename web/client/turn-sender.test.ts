import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TurnId } from '../../protocol/ids.ts'
import { queuedTurn, SendingTab, startedTurn } from '../../tests/browser/web-sending-tab.ts'

const TURN = startedTurn('turn-1', 7)

const MISMATCH = { code: 'idempotency_mismatch', detail: 'another body' }

const TOO_LONG = { path: 'message', message: 'too long' }

const HELD = {
  type: 'about:blank',
  title: 'Turn active',
  status: 409,
  detail: 'A chat request is already in progress for this session. Please wait for it to finish.',
  code: 'turn_active',
  active_turn: {
    turn_id: 'turn-0',
    phase: 'running',
    started_at: '2026-01-01T00:00:00Z',
    last_seq: 5,
    holder: { kind: 'cli', label: 'laptop', same_client: false },
    queue_length: 0,
    step: 2,
    tool: null,
    turns_ahead: null,
    prompt_progress: null,
  },
  actions: ['watch', 'stop', 'branch'],
}

describe('sending', () => {
  let tab: SendingTab
  beforeEach(async () => {
    tab = await SendingTab.open()
  })
  afterEach(async () => {
    await tab[Symbol.asyncDispose]()
  })

  test('the text stands until the server accepts, and is gone then', async () => {
    const { sender, draft, type } = tab.load()
    type('hello\n')
    const sent = sender.send('reject')
    const request = await tab.server.nextRequest()
    expect(JSON.parse(request.body)).toEqual({ message: 'hello', on_busy: 'reject', expected_seq: 6 })
    expect(request.headers).toMatchObject({ 'x-gaia-ui': '1', 'x-client-id': 'tab', 'idempotency-key': 'key-1' })
    expect(draft.get()).toBe('hello\n')
    expect(sender.state.get()).toEqual({ status: 'sending', message: 'hello', isInBox: true, waiting: [] })
    request.answer(201, TURN)
    await sent
    expect(draft.get()).toBe('')
    expect(tab.accepted).toEqual(['turn-1'])
    expect(sender.state.get()).toEqual({ status: 'accepted', message: 'hello', firstSeq: 7 })
  })

  test('what is typed while a send is under way stays', async () => {
    const { sender, draft, type } = tab.load()
    type('hello')
    const sent = sender.send('reject')
    const request = await tab.server.nextRequest()
    type('hello and more')
    request.answer(201, TURN)
    await sent
    expect(draft.get()).toBe('and more')
  })

  test('a busy session is told by its holder, and the text stands', async () => {
    const { sender, draft, type } = tab.load()
    type('hello')
    const sent = sender.send('reject')
    const request = await tab.server.nextRequest()
    request.answer(409, HELD)
    await sent
    expect(draft.get()).toBe('hello')
    expect(tab.accepted).toEqual([])
    expect(sender.state.get()).toMatchObject({
      status: 'busy',
      heldBy: { turn_id: 'turn-0', holder: { kind: 'cli', label: 'laptop' } },
      actions: ['watch', 'stop', 'branch'],
      draft: 'hello',
    })
    sender.dismiss()
    expect(sender.state.get()).toEqual({ status: 'idle' })
    expect(draft.get()).toBe('hello')
  })

  test('a message that is queued is gone from the box, and its turn will be known as this tab’s own', async () => {
    const { sender, draft, type } = tab.load()
    type('hello')
    const sent = sender.send('queue')
    const request = await tab.server.nextRequest()
    expect(JSON.parse(request.body)).toEqual({ message: 'hello', on_busy: 'queue' })
    const queued = queuedTurn('turn-9')
    request.answer(202, queued)
    await sent
    expect([draft.get(), tab.accepted, tab.queues]).toEqual(['', ['turn-9'], [queued.queue]])
    expect(sender.state.get()).toEqual({ status: 'queued' })
  })

  test('what this tab has not shown is shown before anything is sent, and the text stands', async () => {
    const { sender, draft, type } = tab.load()
    type('hello')
    const sent = sender.send('reject')
    const stale = { ...HELD, code: 'stale_view', last_seq: 9, missed: [], reload: true }
    ;(await tab.server.nextRequest()).answer(409, stale)
    await sent
    expect(tab.staleViews).toMatchObject([{ last_seq: 9, reload: true }])
    expect([draft.get(), tab.accepted]).toEqual(['hello', []])
    expect(sender.state.get()).toMatchObject({ status: 'refused', reason: 'stale_view' })
  })

  test('what is sent after a stop is sent when the stop has arrived', async () => {
    const { sender, type } = tab.load()
    const stopped = sender.stop('turn-1' as TurnId)
    const stop = await tab.server.nextRequest()
    type('instead of that')
    const sent = sender.send('queue')
    const next = tab.server.nextRequest()
    stop.answer(200, { ...TURN, phase: 'stopping' })
    await stopped
    const request = await next
    expect(request.path).toContain('/turns')
    request.answer(201, TURN)
    await sent
  })

  test.each([
    { status: 429, body: { code: 'queue_full', detail: 'full' }, reason: 'queue_full', detail: 'full' },
    { status: 429, body: { code: 'server_busy', detail: 'busy' }, reason: 'line_full', detail: 'busy' },
    { status: 422, body: { detail: 'bad', errors: [TOO_LONG] }, reason: 'invalid', detail: 'too long' },
    { status: 404, body: { code: 'session_not_found', detail: 'gone' }, reason: 'missing', detail: 'gone' },
    { status: 503, body: { code: 'shutting_down', detail: 'later' }, reason: 'unavailable', detail: 'later' },
    { status: 500, body: 'no problem details at all', reason: 'unavailable', detail: '' },
    { status: 409, body: { code: 'something_else', detail: 'odd' }, reason: 'unavailable', detail: 'odd' },
  ])('$status keeps the text and says why', async ({ status, body, reason, detail }) => {
    const { sender, draft, type } = tab.load()
    type('hello')
    const sent = sender.send('reject')
    const request = await tab.server.nextRequest()
    request.answer(status, body)
    await sent
    expect(draft.get()).toBe('hello')
    expect(sender.state.get()).toEqual({ status: 'refused', reason, detail })
  })

  describe('after a lost answer', () => {
    /** Says `hello`, whose answer is cut off under `key-1`. */
    async function loseHello() {
      const page = tab.load()
      page.type('hello')
      const sent = page.sender.send('reject')
      ;(await tab.server.nextRequest()).cut()
      await sent
      expect(page.sender.state.get()).toMatchObject({ status: 'refused', reason: 'unreachable' })
      expect(page.draft.get()).toBe('hello')
      return page
    }

    test('I12: the same words are sent under the same key until there is an answer', async () => {
      const { sender, type } = await loseHello()
      for (const answer of ['none', 'some'] as const) {
        const sent = sender.send('reject')
        const request = await tab.server.nextRequest()
        expect(request.headers['idempotency-key']).toBe('key-1')
        if (answer === 'none') request.cut()
        else request.answer(201, TURN)
        await sent
      }
      type('next')
      const next = sender.send('reject')
      const request = await tab.server.nextRequest()
      expect(request.headers['idempotency-key']).toBe('key-2')
      request.answer(201, TURN)
      await next
    })

    test('I12: other words have the lost key too, so that the lost ones cannot come after them', async () => {
      const { sender, draft, type } = await loseHello()
      type('hello and more')
      const sent = sender.send('reject')
      const request = await tab.server.nextRequest()
      expect(request.headers['idempotency-key']).toBe('key-1')
      expect(JSON.parse(request.body).message).toBe('hello and more')
      request.answer(201, TURN)
      await sent
      expect(draft.get()).toBe('')
    })

    test('I12: words that had arrived are taken from the box, and the rest is not sent unasked', async () => {
      const { sender, draft, type } = await loseHello()
      type('hello and more')
      const sent = sender.send('reject')
      ;(await tab.server.nextRequest()).answer(422, MISMATCH)
      await sent
      expect(draft.get()).toBe('and more')
      expect(sender.state.get()).toMatchObject({ status: 'refused', reason: 'said_before' })
      const rest = sender.send('reject')
      const request = await tab.server.nextRequest()
      expect(request.headers['idempotency-key']).toBe('key-2')
      expect(JSON.parse(request.body).message).toBe('and more')
      request.answer(201, TURN)
      await rest
    })

    test('I12: the same words sent another way are not said twice', async () => {
      const { sender, draft } = await loseHello()
      const sent = sender.send('queue')
      ;(await tab.server.nextRequest()).answer(422, MISMATCH)
      await sent
      expect([draft.get(), sender.state.get()]).toEqual(['', { status: 'idle' }])
    })

    test('I12: a refusal in between does not settle what became of the lost ones', async () => {
      const { sender, type } = await loseHello()
      type('hello you')
      for (const _attempt of ['refused', 'again']) {
        const sent = sender.send('reject')
        const request = await tab.server.nextRequest()
        expect(request.headers['idempotency-key']).toBe('key-1')
        request.answer(409, HELD)
        await sent
      }
    })

    test('where several words may have arrived, none is taken from the box', async () => {
      const { sender, draft, type } = await loseHello()
      type('hello and')
      const second = sender.send('reject')
      ;(await tab.server.nextRequest()).cut()
      await second
      type('hello and more')
      const third = sender.send('reject')
      ;(await tab.server.nextRequest()).answer(422, MISMATCH)
      await third
      expect(draft.get()).toBe('hello and more')
      expect(sender.state.get()).toMatchObject({ status: 'refused', reason: 'said_before' })
    })
  })

  test('nothing is sent twice at once, and nothing empty at all', async () => {
    const { sender, type } = tab.load()
    type('  \n')
    await sender.send('reject')
    expect(sender.state.get()).toEqual({ status: 'idle' })
    type('hello')
    const sent = sender.send('reject')
    await sender.send('reject')
    const request = await tab.server.nextRequest()
    request.answer(201, TURN)
    await sent
    type('next')
    const next = sender.send('interrupt')
    expect(JSON.parse((await tab.server.nextRequest()).body)).toEqual({ message: 'next', on_busy: 'interrupt' })
    await tab.server[Symbol.asyncDispose]()
    await next
  })

  test('a stop names its turn and is believed only when the log confirms it', async () => {
    const { sender } = tab.load()
    const stopped = sender.stop('turn-1' as TurnId)
    const request = await tab.server.nextRequest()
    expect(request.path).toBe('/api/turns/turn-1/cancel')
    request.answer(200, { ...TURN, phase: 'stopping' })
    await stopped
    expect(sender.stopping.get()).toBe('turn-1')
  })

  test('a stop that does not reach the server is not claimed to have', async () => {
    const { sender } = tab.load()
    const stopped = sender.stop('turn-1' as TurnId)
    const request = await tab.server.nextRequest()
    request.cut()
    await stopped
    expect(sender.stopping.get()).toBeNull()
    expect(sender.state.get()).toMatchObject({ status: 'refused', reason: 'stop_failed' })
  })

  test('a branch takes the text along', async () => {
    const { sender, drafts, draft, type } = tab.load()
    type('hello')
    const branching = sender.branch()
    const request = await tab.server.nextRequest()
    request.answer(201, SESSION)
    expect(await branching).toMatchObject({ id: 'copy' })
    expect(draft.get()).toBe('')
    expect(drafts.of('copy').get()).toBe('hello')
  })

  test('a branch that fails leaves the text where it is', async () => {
    const { sender, draft, type } = tab.load()
    type('hello')
    const branching = sender.branch()
    const request = await tab.server.nextRequest()
    request.answer(503, { code: 'storage_unavailable', detail: 'full' })
    expect(await branching).toBeNull()
    expect(draft.get()).toBe('hello')
    expect(sender.state.get()).toMatchObject({ status: 'refused', reason: 'branch_failed' })
  })
})

const SESSION = {
  id: 'copy',
  title: 'Copy',
  title_is_custom: false,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  model: 'practice',
  system_prompt: null,
  message_count: 2,
  document_ids: [],
  private: false,
  pinned: false,
  agent_type: 'chat',
  device: 'cpu',
  mail_provider: null,
}
