import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sessionSchema } from '../../../protocol/session.ts'
import { SqliteScenario } from '../../store/store-scenario.ts'
import { GaiaScenario } from './gaia-scenario.ts'

let gaia: GaiaScenario
beforeEach(async () => {
  gaia = await GaiaScenario.start(await SqliteScenario.open())
})
afterEach(() => gaia[Symbol.asyncDispose]())

const create = (body: unknown) => gaia.post('/api/sessions', body)
const change = (id: string, body: unknown) => gaia.request('PUT', `/api/sessions/${id}`, body)
const read = (id: string) => gaia.get(`/api/sessions/${id}`)
const NOT_FOUND = { status: 404, json: { detail: 'Session not found' } }

describe('create and read', () => {
  test('contract 1.2: POST answers 200 with a whole session and its defaults', async () => {
    const { status, json } = await create({})
    expect(status).toBe(200)
    expect(sessionSchema.parse(json)).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      title: 'New Chat',
      title_is_custom: false,
      created_at: '2026-01-01T00:00:00.000000+00:00',
      updated_at: '2026-01-01T00:00:00.000000+00:00',
      model: 'hand',
      system_prompt: null,
      message_count: 0,
      document_ids: [],
      private: false,
      pinned: false,
      agent_type: 'chat',
      device: 'gpu',
      mail_provider: null,
    })
    expect((await read(String((json as { id: string }).id))).json).toEqual(json)
  })

  test('contract 1.2: every field may be given; null counts as absent, unknown ones are ignored', async () => {
    const given = {
      title: 'Plans',
      model: 'org/model:Q4_K_M',
      system_prompt: 'Be brief.',
      private: true,
      agent_type: 'doc',
      device: 'npu',
      mail_provider: 'google',
    }
    expect((await create({ ...given, document_ids: [], whatever: 1 })).json).toMatchObject({
      ...given,
      title_is_custom: true,
    })
    const nothing = Object.fromEntries(Object.keys(given).map((name) => [name, null]))
    expect((await create({ ...nothing, document_ids: null })).json).toMatchObject({ title: 'New Chat', model: 'hand' })
  })

  test.each(['', 'New Chat', ' new task ', 'Untitled'])(
    'contract 1.2: %j is a placeholder and not custom',
    async (title) => {
      expect((await create({ title })).json).toMatchObject({ title, title_is_custom: false })
    },
  )

  test('row 24: a title of 512 code points is kept exactly, markup and all', async () => {
    for (const title of ['😀'.repeat(512), '<img src=x onerror=alert(1)>', 'left\u202eright']) {
      expect((await create({ title })).json).toMatchObject({ title })
    }
  })

  test.each([
    ['row 24: title too long', { title: '😀'.repeat(513) }],
    ['row 24: title of a megabyte', { title: 'x'.repeat(1_000_000) }],
    ['row 24: title with a NUL', { title: 'canary\0' }],
    ['row 25: agent_type a path', { agent_type: '../x' }],
    ['row 25: agent_type too long', { agent_type: 'a'.repeat(65) }],
    ['row 25: agent_type a command', { agent_type: 'chat;rm' }],
    ['row 26: model too long', { model: 'm'.repeat(10_000) }],
    ['row 26: model an address', { model: 'http://169.254.169.254/latest' }],
    ['row 26: model a path', { model: '/etc/passwd' }],
    ['row 26: model a path upwards', { model: 'a/../../etc/passwd' }],
    ['row 26: model a Windows path', { model: 'C:\\models\\x.gguf' }],
    ['row 26: model with a line break', { model: 'a\nb' }],
    ['row 27: document_ids numbers', { document_ids: [1] }],
    ['row 27: document_ids too many', { document_ids: Array.from({ length: 100_000 }, () => 'd') }],
    ['row 28: mail_provider', { mail_provider: 'x' }],
    ['row 28: device', { device: 'tpu' }],
    ['row 28: private', { private: 'maybe' }],
    ['system_prompt with a lone surrogate', { system_prompt: '\ud800' }],
  ])('%s is 422 and creates nothing', async (_, fields) => {
    const { status, json } = await create({ system_prompt: 'canary', ...fields })
    expect(status).toBe(422)
    expect(json).toMatchObject({ detail: [{ loc: expect.arrayContaining(['body', Object.keys(fields)[0]]) }] })
    expect(await gaia.countSessions()).toBe(0) // I4
  })

  test('rows 25 and 27: an unknown agent or document is 404 and creates nothing', async () => {
    expect(await create({ agent_type: 'nobody' })).toMatchObject({
      status: 404,
      json: { detail: "Agent 'nobody' not found" },
    })
    const unknown = { status: 404, json: { detail: 'Document not found' } }
    expect(await create({ document_ids: ['a', 'a'] })).toMatchObject(unknown)
    expect(await gaia.countSessions()).toBe(0)
  })

  test('row 29: past so many sessions in a minute it is 429, until a minute has gone by', async () => {
    await gaia[Symbol.asyncDispose]()
    gaia = await GaiaScenario.start(await SqliteScenario.open(), { maxSessionsPerMinute: 3 })
    const { turn } = await gaia.busySession()
    gaia.clock.advance(20_000)
    const id = await gaia.createSession()
    await gaia.createSession()
    const refused = await create({ title: 'canary' })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('40')
    expect(refused.json).toEqual({ detail: expect.stringContaining('Too many sessions') })
    expect((await create({ agent_type: 'nobody' })).status).toBe(404) // it goes before 429, and counts for nothing
    expect(await gaia.dump()).not.toContain('canary')
    expect(await read(id)).toMatchObject({ status: 200 })
    gaia.clock.advance(39_999)
    expect((await create({})).status).toBe(429)
    gaia.clock.advance(1)
    expect((await create({})).status).toBe(200)
    expect((await create({})).status).toBe(429)
    expect(await gaia.countSessions()).toBe(4)
    turn.answer('a') // the one that ran has gone on
    await gaia.idle(turn.work.turn.sessionId)
  })

  test.each(['none', '..%2f..', '%F0%9F%98%80', 'x'.repeat(90)])('row 30: %s is 404', async (id) => {
    expect(await read(id)).toMatchObject(NOT_FOUND)
    expect(await change(id, {})).toMatchObject(NOT_FOUND)
    expect(await gaia.request('DELETE', `/api/sessions/${id}`)).toMatchObject(NOT_FOUND)
    expect(await gaia.request('PATCH', `/api/sessions/${id}/private`)).toMatchObject(NOT_FOUND)
  })
})

describe('list', () => {
  const list = async (query: string) => {
    const { status, json } = await gaia.get(`/api/sessions${query}`)
    const titles = status === 200 ? (json as { sessions: { title: string }[] }).sessions.map(({ title }) => title) : []
    return { status, json, titles }
  }

  beforeEach(async () => {
    for (const title of ['a', 'b', 'c']) {
      gaia.clock.advance(1_000)
      await gaia.createSession({ title })
    }
  })

  test('contract 1.2: newest first, with the total', async () => {
    expect(await list('')).toMatchObject({ status: 200, json: { total: 3 }, titles: ['c', 'b', 'a'] })
    expect(await list('?limit=1&offset=1')).toMatchObject({ json: { total: 3 }, titles: ['b'] })
  })

  test.each([
    ['?limit=-1', 1],
    ['?limit=0', 1],
    ['?limit=201', 3],
    ['?limit=9007199254740993', 3],
    [`?limit=${'9'.repeat(400)}`, 3],
    ['?offset=-1', 3],
    ['?offset=9007199254740993', 0],
    [`?offset=${'9'.repeat(400)}`, 0],
  ])('row 23: integers are clamped: %s', async (query, count) => {
    const { status, titles } = await list(query)
    expect(status).toBe(200)
    expect(titles).toHaveLength(count)
  })

  test.each(['1e9', '1.5', 'abc', '', '0x10', '1&limit=2'])(
    'row 23: what is no integer is 422: limit=%s',
    async (limit) => {
      const { status, json } = await list(`?limit=${limit}`)
      expect(status).toBe(422)
      expect(json).toMatchObject({ detail: [{ loc: ['query', 'limit'] }] })
    },
  )

  test('row 23: 201 and more are answered with 200 at most', async () => {
    for (let count = 3; count < 203; count += 1) await gaia.parts.sessions.create({})
    expect((await list('?limit=1000')).titles).toHaveLength(200)
    expect((await list('')).titles).toHaveLength(50)
  })
})

describe('change', () => {
  test('contract 1.2: {} and nulls change nothing but the time', async () => {
    const id = await gaia.createSession({ title: 'Plans', system_prompt: 'Be brief.', private: true })
    const before = (await read(id)).json
    gaia.clock.advance(1_500)
    const updated_at = '2026-01-01T00:00:01.500000+00:00'
    expect(await change(id, {})).toMatchObject({ status: 200, json: { ...(before as object), updated_at } })
    const nulls = { title: null, title_is_custom: null, system_prompt: null, document_ids: null, private: null }
    const more = { agent_type: null, device: null, mail_provider: null }
    expect((await change(id, { ...nulls, ...more })).json).toEqual({ ...(before as object), updated_at })
  })

  test('contract 1.2: a new title pins, unless the caller or a placeholder says otherwise', async () => {
    const id = await gaia.createSession()
    const rename = async (body: object) => (await change(id, body)).json
    expect(await rename({ title: 'Plans' })).toMatchObject({ title: 'Plans', title_is_custom: true })
    expect(await rename({ title: 'First words', title_is_custom: false })).toMatchObject({ title_is_custom: false })
    expect(await rename({ title: 'New Task', title_is_custom: true })).toMatchObject({ title_is_custom: false })
    expect(await rename({ title_is_custom: true })).toMatchObject({ title: 'New Task', title_is_custom: true })
    expect(await rename({ private: true })).toMatchObject({ title_is_custom: true, private: true })
  })

  describe('row 32: If-Match', () => {
    const changeIf = async (id: string, tag: string, body: object) =>
      await gaia.fetch(`/api/sessions/${id}`, {
        method: 'PUT',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', 'if-match': tag },
      })

    test('a stale write from a second tab is 412 and changes nothing; one that has read again passes', async () => {
      const id = await gaia.createSession({ title: 'old' })
      const seen = (await read(id)).headers.get('etag') ?? ''
      expect(seen).toMatch(/^"[\w-]{22}"$/)
      const first = await changeIf(id, seen, { title: 'first' })
      expect(first).toMatchObject({ status: 200, json: { title: 'first' } })
      expect(await changeIf(id, seen, { title: 'canary' })).toMatchObject({
        status: 412,
        json: { detail: expect.stringContaining('Read it again') },
      })
      expect(await gaia.dump()).not.toContain('canary')
      expect(await changeIf(id, first.headers.get('etag') ?? '', { title: 'second' })).toMatchObject({ status: 200 })
      expect(await changeIf(id, `"other", ${(await read(id)).headers.get('etag')}`, {})).toMatchObject({ status: 200 })
      expect(await changeIf(id, '*', { title: 'third' })).toMatchObject({ status: 200 })
      expect(await change(id, { title: 'last wins' })).toMatchObject({ status: 200, json: { title: 'last wins' } })
    })

    test('of ten at once that have seen the same settings one is written', async () => {
      const id = await gaia.createSession()
      const seen = (await read(id)).headers.get('etag') ?? ''
      const writes = Array.from({ length: 10 }, (_, n) => changeIf(id, seen, { title: `title ${n}` }))
      const statuses = (await Promise.all(writes)).map(({ status }) => status)
      expect(statuses.sort()).toEqual([200, ...Array.from({ length: 9 }, () => 412)])
    })

    test.each([
      ['nothing', ''],
      ['no tag', 'old'],
      ['a weak tag', 'W/"x"'],
      ['another tag', '"x"'],
      ['bytes', '\xff'.repeat(9)],
      ['thousands of tags', '"a"'.repeat(2_000)],
    ])('what names no settings of the session fits nothing: %s', async (_what, tag) => {
      const id = await gaia.createSession({ title: 'kept' })
      expect((await changeIf(id, tag, { title: 'canary' })).status).toBe(412)
      expect((await read(id)).json).toMatchObject({ title: 'kept' })
    })

    test('a turn that ends in between refuses nobody’s change', async () => {
      const { sessionId, turn } = await gaia.busySession()
      const seen = (await read(sessionId)).headers.get('etag') ?? ''
      turn.answer('a')
      await gaia.idle(sessionId)
      expect(await changeIf(sessionId, seen, { title: 'mine' })).toMatchObject({ status: 200 })
    })
  })

  test('contract 1.2: PATCH private toggles', async () => {
    const id = await gaia.createSession()
    const toggle = async () => (await gaia.request('PATCH', `/api/sessions/${id}/private`)).json
    expect(await toggle()).toMatchObject({ private: true })
    expect(await toggle()).toMatchObject({ private: false })
  })

  test('row 31: what a running turn was started with cannot be changed under it; the rest can', async () => {
    const { sessionId, turn } = await gaia.busySession()
    for (const body of [{ agent_type: 'doc' }, { system_prompt: 'canary', title: 'canary' }]) {
      expect(await change(sessionId, body)).toMatchObject({
        status: 409,
        json: { detail: expect.stringContaining('already in progress'), active_turn: { phase: 'running' } },
      })
    }
    expect(await gaia.dump()).not.toContain('canary')
    expect(await change(sessionId, { title: 'Plans', agent_type: 'chat' })).toMatchObject({ status: 200 })
    turn.answer('a')
    await gaia.idle(sessionId)
    expect(await change(sessionId, { agent_type: 'doc' })).toMatchObject({ status: 200, json: { agent_type: 'doc' } })
  })

  test('rows 25 and 27: an unknown agent or document is 404 and changes nothing', async () => {
    const id = await gaia.createSession()
    expect(await change(id, { title: 'canary', agent_type: 'nobody' })).toMatchObject({ status: 404 })
    const unknown = { status: 404, json: { detail: 'Document not found' } }
    expect(await change(id, { title: 'canary', document_ids: ['d'] })).toMatchObject(unknown)
    expect((await change(id, { document_ids: [] })).status).toBe(200)
    expect(await gaia.dump()).not.toContain('canary')
  })
})

describe('delete', () => {
  test('row 33: once 200, then 404, also of ten at once; others stay', async () => {
    const [id, other] = [await gaia.createSession(), await gaia.createSession({ title: 'other' })]
    const deletes = Array.from({ length: 10 }, () => gaia.request('DELETE', `/api/sessions/${id}`))
    const answers = await Promise.all(deletes)
    expect(answers.filter(({ status }) => status === 200).map(({ json }) => json)).toEqual([{ deleted: true }])
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(9)
    expect(await read(other)).toMatchObject({ status: 200, json: { title: 'other' } })
  })

  test('row 33: F13: a running turn ends with its session, and another can be sent elsewhere', async () => {
    const { sessionId, turn } = await gaia.busySession()
    expect((await gaia.request('DELETE', `/api/sessions/${sessionId}`)).status).toBe(200)
    expect(turn.work.signal.aborted).toBe(true)
    expect((await gaia.get('/api/chat/active')).json).toEqual({ session_ids: [] })
    expect(await gaia.countSessions()).toBe(0) // I10
    const next = await gaia.busySession()
    next.turn.answer('a')
  })

  test('row 50: a session that is deleted while a send is on its way: 404, or accepted and gone; nothing stays behind', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await gaia.createSession()
      const sending = gaia.post('/api/chat/send', { session_id: id, message: 'canary', stream: false })
      const deleting = gaia.request('DELETE', `/api/sessions/${id}`)
      expect((await deleting).status).toBe(200)
      expect(await sending).toMatchObject(NOT_FOUND)
    }
    expect(await gaia.countSessions()).toBe(0)
    expect((await gaia.get('/api/chat/active')).json).toEqual({ session_ids: [] })
  })
})

describe('documents of a session', () => {
  test('row 38: what does not exist cannot be attached, and is never attached', async () => {
    const id = await gaia.createSession()
    const path = `/api/sessions/${id}/documents`
    const attach = { document_id: 'd' }
    expect(await gaia.post(path, attach)).toMatchObject({ status: 404, json: { detail: 'Document not found' } })
    expect(await gaia.post('/api/sessions/none/documents', attach)).toMatchObject(NOT_FOUND)
    expect((await gaia.post(path, {})).status).toBe(422)
    expect(await gaia.request('DELETE', `${path}/d`)).toMatchObject({ status: 200, json: { detached: true } })
  })
})
