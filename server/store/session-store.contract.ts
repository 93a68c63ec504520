import { describe, expect, test } from 'vitest'
import { type MessageId, messageIdSchema, type SessionId, seqSchema } from '../../protocol/ids.ts'
import { COMPLETED, endOf, says, stepFinished, stepStarted } from '../turns/scripted-events.ts'
import type { TurnRecord } from '../turns/turn-store.ts'
import {
  claimed,
  claimOf,
  fenceOf,
  newSessionId,
  type OpenedStores,
  type OpenStores,
  SESSION_FIELDS,
} from './store-scenario.ts'

/** What every `SessionStore` must do. */
export function testSessionStore(open: OpenStores): void {
  describe('sessions', () => testSessions(open))
  describe('transcript', () => testTranscript(open))
  describe('branch', () => testBranch(open))
  describe('remove messages', () => testRemoveMessages(open))
  describe('delete', () => testDelete(open))
}

function testSessions(open: OpenStores): void {
  test('a session is read as it was created', async () => {
    await using stores = await open()
    const fields = {
      ...SESSION_FIELDS,
      title: 'Ä\u{1f41a}',
      systemPrompt: 'be\nbrief',
      private: true,
      mailProvider: 'google',
    } as const
    const id = newSessionId()
    const created = await stores.sessions.createSession(id, fields)
    const now = stores.clock.nowMs()
    expect(created).toEqual({ ...fields, id, createdAt: now, updatedAt: now, messageCount: 0, pinned: false })
    expect(await stores.sessions.readSession(id)).toEqual(created)
  })

  test('an id that exists is refused and nothing is changed', async () => {
    await using stores = await open()
    const id = await stores.addSession({ title: 'first' })
    const before = await stores.tables()
    await expect(stores.sessions.createSession(id, SESSION_FIELDS)).rejects.toThrow()
    expect(await stores.tables()).toEqual(before)
  })

  test('an update changes what it names and touches the time', async () => {
    await using stores = await open()
    const id = await stores.addSession({ title: 'old', systemPrompt: 'stay' })
    const before = await stores.sessions.readSession(id)
    stores.clock.advance(1_000)
    const updated = await stores.sessions.updateSession(id, { title: 'new', titleIsCustom: true })
    const session = { ...before, title: 'new', titleIsCustom: true, updatedAt: stores.clock.nowMs() }
    expect(updated).toEqual({ status: 'updated', session })
    expect(await stores.sessions.readSession(id)).toEqual(session)
  })

  test('row 32: of many updates that have seen the same settings one is written, also in one commit', async () => {
    await using stores = await open()
    const id = await stores.addSession({ title: 'old' })
    const seen = { ...SESSION_FIELDS, title: 'old' }
    const titles = ['one', 'two', 'three']
    const updates = titles.map((title) => stores.sessions.updateSession(id, { title }, seen))
    const statuses = (await Promise.all(updates)).map(({ status }) => status)
    expect(statuses).toEqual(['updated', 'changed_meanwhile', 'changed_meanwhile'])
    expect(await stores.sessions.readSession(id)).toMatchObject({ title: 'one' })
    const present = { ...seen, title: 'one' }
    expect(await stores.sessions.updateSession(id, {}, { ...present, systemPrompt: '' })).toMatchObject({
      status: 'changed_meanwhile',
    })
    expect(await stores.sessions.updateSession(id, { title: 'four' }, present)).toMatchObject({ status: 'updated' })
  })

  test('what is pinned stands above the rest, and pinning is no change of the session', async () => {
    await using stores = await open()
    const order = async () =>
      (await stores.sessions.listSessions({ limit: 9, offset: 0 })).sessions.map(({ title }) => title)
    const first = await stores.addSession({ title: 'first' })
    for (const title of ['second', 'third']) {
      stores.clock.advance(1_000)
      await stores.addSession({ title })
    }
    const before = await stores.sessions.readSession(first)
    stores.clock.advance(1_000)
    expect(await stores.sessions.pinSession(first, true)).toEqual({ ...before, pinned: true })
    expect(await stores.sessions.pinSession(first, true)).toEqual({ ...before, pinned: true })
    expect(await order()).toEqual(['first', 'third', 'second'])
    await stores.reopen()
    expect(await order()).toEqual(['first', 'third', 'second'])
    expect(await stores.sessions.pinSession(first, false)).toEqual(before)
    expect(await order()).toEqual(['third', 'second', 'first'])
    expect(await stores.sessions.pinSession(newSessionId(), true)).toBeUndefined()
  })

  test('an unknown session is no session', async () => {
    await using stores = await open()
    const { sessions } = stores
    const id = newSessionId()
    expect(await sessions.readSession(id)).toBeUndefined()
    expect(await sessions.updateSession(id, { title: 'x' })).toEqual({ status: 'session_not_found' })
    expect(await sessions.deleteSession(id)).toBe(false)
    expect(await sessions.readTranscript({ sessionId: id, limit: 10, before: undefined })).toBeUndefined()
    expect(await sessions.listMessages(id, { limit: 10, offset: 0 })).toEqual({ messages: [], total: 0 })
    expect(await sessions.branchSession({ id: newSessionId(), from: id, upTo: undefined, title: '' })).toBeUndefined()
    const removal = { sessionId: id, messageId: messageIdSchema.parse(1), andBelow: false }
    expect(await sessions.removeMessages(removal)).toEqual({ status: 'session_not_found' })
    expect(await sessions.countRows()).toEqual({ sessions: 0, messages: 0 })
  })

  test('the list has the latest changed first, in pages', async () => {
    await using stores = await open()
    const ids: SessionId[] = []
    for (let n = 0; n < 5; n += 1) {
      stores.clock.advance(10)
      ids.push(await stores.addSession())
    }
    stores.clock.advance(10)
    const [oldest] = ids
    if (oldest) await runTurn(stores, oldest)
    const [a, b, c, d, e] = ids
    const listed = async (limit: number, offset: number) => {
      const { sessions, total } = await stores.sessions.listSessions({ limit, offset })
      expect(total).toBe(5)
      return sessions.map((session) => session.id)
    }
    expect(await listed(10, 0)).toEqual([a, e, d, c, b])
    expect(await listed(2, 1)).toEqual([e, d])
    expect(await listed(2, 4)).toEqual([b])
  })

  test('a session that nobody has named is called by its first question, once', async () => {
    await using stores = await open()
    const [unnamed, named] = [
      await stores.addSession(),
      await stores.addSession({ title: 'Mine', titleIsCustom: true }),
    ]
    for (const id of [unnamed, named]) {
      await runTurn(stores, id, 'How do snails sleep?')
      await runTurn(stores, id, 'And shells?')
    }
    expect(await stores.sessions.readSession(unnamed)).toMatchObject({
      title: 'How do snails sleep?',
      titleIsCustom: false,
    })
    expect(await stores.sessions.readSession(named)).toMatchObject({ title: 'Mine' })
  })

  test('messages are counted and listed, the running turn’s question among them', async () => {
    await using stores = await open()
    const id = await stores.addSession()
    await runTurn(stores, id, 'one')
    await claimed(stores, claimOf(id, { message: 'two' }))
    const { messages, total } = await stores.sessions.listMessages(id, { limit: 2, offset: 1 })
    expect([total, messages.map((message) => message.content)]).toEqual([3, ['answer to one', 'two']])
    expect((await stores.sessions.readSession(id))?.messageCount).toBe(3)
    expect(await stores.sessions.countRows()).toEqual({ sessions: 1, messages: 3 })
  })
}

function testTranscript(open: OpenStores): void {
  test('pages backwards, oldest first in each page', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    for (const question of ['a', 'b', 'c']) await runTurn(stores, sessionId, question)
    const page = async (limit: number, before?: MessageId) => {
      const read = await stores.sessions.readTranscript({ sessionId, limit, before })
      return {
        contents: read?.messages.map((message) => message.content),
        hasMore: read?.hasMore,
        first: read?.messages[0],
      }
    }
    const newest = await page(3)
    expect(newest).toMatchObject({ contents: ['answer to b', 'c', 'answer to c'], hasMore: true })
    expect(await page(3, newest.first?.message_id)).toMatchObject({
      contents: ['a', 'answer to a', 'b'],
      hasMore: false,
    })
    expect(await page(6)).toMatchObject({ hasMore: false })
  })

  test('leaves the running turn out and continues just before it', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    await runTurn(stores, sessionId)
    const settled = await stores.sessions.readTranscript({ sessionId, limit: 10, before: undefined })
    expect(settled?.cursor).toBe(await stores.turns.readLastSeq(sessionId))
    const turn = await claimed(stores, claimOf(sessionId, { message: 'and now?' }))
    await stores.turns.append(fenceOf(turn), () => [stepStarted(), says('so f')])
    const running = await stores.sessions.readTranscript({ sessionId, limit: 10, before: undefined })
    expect(running).toEqual({ ...settled, activeTurnId: turn.turnId })
    expect(running?.cursor).toBe(turn.firstSeq - 1)
  })

  test('I13: messages and cursor are of one moment, whatever is written meanwhile', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const looks: { ended: number; cursor: number }[] = []
    let writing = true
    const look = async () => {
      while (writing) {
        const read = await stores.sessions.readTranscript({ sessionId, limit: 500, before: undefined })
        if (read) looks.push({ ended: read.messages.length / 2, cursor: read.cursor })
        await new Promise(setImmediate)
      }
    }
    const looking = look()
    for (let n = 0; n < 60; n += 1) await runTurn(stores, sessionId, `${n}`)
    writing = false
    await looking
    const ends = (await stores.log(sessionId)).filter((entry) => entry.type === 'turn.ended')
    for (const { ended, cursor } of looks) expect(ends.filter((end) => end.seq <= cursor)).toHaveLength(ended)
    expect(new Set(looks.map((one) => one.ended)).size).toBeGreaterThan(20)
  })
}

function testBranch(open: OpenStores): void {
  test('copies what is settled, up to a message, and leaves the running turn out', async () => {
    await using stores = await open()
    const from = await stores.addSession({ title: 'Source', systemPrompt: 'be brief', titleIsCustom: true })
    await runTurn(stores, from, 'one')
    const second = await runTurn(stores, from, 'two')
    await claimed(stores, claimOf(from, { message: 'running' }))
    const source = await stores.tables()
    const branch = async (upTo: MessageId | undefined) => {
      const id = newSessionId()
      const record = await stores.sessions.branchSession({ id, from, upTo, title: 'Branch' })
      const messages = await stores.history(id)
      expect(record).toMatchObject({ id, title: 'Branch', titleIsCustom: false, systemPrompt: 'be brief' })
      expect(record?.messageCount).toBe(messages.length)
      return { id, messages }
    }
    const whole = await branch(undefined)
    expect(whole.messages.map((message) => message.content)).toEqual(['one', 'answer to one', 'two', 'answer to two'])
    const part = await branch(second.userMessageId)
    expect(part.messages.map((message) => message.content)).toEqual(['one', 'answer to one', 'two'])
    const log = await stores.log(part.id)
    expect(log).toMatchObject([{ seq: 1, epoch: 0, turnId: null, type: 'messages.copied' }])
    expect(JSON.parse(log[0]?.data ?? '')).toEqual({ from_session_id: from, messages: part.messages })
    const after = await stores.tables()
    for (const name of ['turn', 'live']) expect(after[name]).toEqual(source[name])
    expect(await claimed(stores, claimOf(part.id))).toMatchObject({ epoch: 1, firstSeq: 2 })
  })

  test('copies have ids of their own, greater than every one before', async () => {
    await using stores = await open()
    const from = await stores.addSession()
    const turn = await runTurn(stores, from)
    const id = newSessionId()
    await stores.sessions.branchSession({ id, from, upTo: undefined, title: '' })
    const copies = await stores.history(id)
    expect(copies.map((message) => message.message_id)).toEqual([
      turn.assistantMessageId + 1,
      turn.assistantMessageId + 2,
    ])
    expect(copies.map((message) => message.turn_id)).toEqual([null, null])
    expect(copies[1]?.outcome).toEqual(COMPLETED)
    expect((await claimed(stores, claimOf(from))).userMessageId).toBe(turn.assistantMessageId + 3)
  })

  test('of an empty session is empty and can be used', async () => {
    await using stores = await open()
    const id = newSessionId()
    const from = await stores.addSession()
    expect(await stores.sessions.branchSession({ id, from, upTo: undefined, title: '' })).toMatchObject({
      messageCount: 0,
    })
    expect(await claimed(stores, claimOf(id))).toMatchObject({ firstSeq: 1 })
  })
}

function testRemoveMessages(open: OpenStores): void {
  test('removes one message, or it and all after it, and logs that', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const [first, second] = [await runTurn(stores, sessionId, 'one'), await runTurn(stores, sessionId, 'two')]
    const remove = (messageId: MessageId, andBelow: boolean) =>
      stores.sessions.removeMessages({ sessionId, messageId, andBelow })
    const gone = [first.assistantMessageId]
    expect(await remove(first.assistantMessageId, false)).toEqual({ status: 'removed', messageIds: gone })
    expect((await stores.log(sessionId)).at(-1)).toMatchObject({
      type: 'messages.removed',
      turnId: null,
      epoch: 2,
      data: JSON.stringify({ message_ids: gone }),
    })
    expect(await remove(first.assistantMessageId, false)).toEqual({ status: 'message_not_found' })
    const below = [second.userMessageId, second.assistantMessageId]
    expect(await remove(second.userMessageId, true)).toEqual({ status: 'removed', messageIds: below })
    expect((await stores.history(sessionId)).map((message) => message.content)).toEqual(['one'])
    expect((await stores.sessions.readSession(sessionId))?.messageCount).toBe(1)
  })

  test('F14: history does not change under a running turn', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const { userMessageId: messageId } = await runTurn(stores, sessionId)
    await claimed(stores, claimOf(sessionId))
    const before = await stores.tables()
    expect(await stores.sessions.removeMessages({ sessionId, messageId, andBelow: true })).toEqual({
      status: 'turn_active',
    })
    expect(await stores.tables()).toEqual(before)
  })

  test('I17: a message of another session is not found', async () => {
    await using stores = await open()
    const [mine, other] = [await stores.addSession(), await stores.addSession()]
    await runTurn(stores, mine)
    const { userMessageId: messageId } = await runTurn(stores, other)
    const before = await stores.tables()
    const result = await stores.sessions.removeMessages({ sessionId: mine, messageId, andBelow: false })
    expect([result.status, await stores.tables()]).toEqual(['message_not_found', before])
  })
}

function testDelete(open: OpenStores): void {
  test('I10: leaves no row of the session in any table, also of its running turn', async () => {
    await using stores = await open()
    const other = await stores.addSession({ title: 'stays' })
    await runTurn(stores, other, 'stays')
    const withoutCounters = async () => {
      const { counter: _ids, sqlite_sequence: _keys, ...tables } = await stores.tables()
      return tables
    }
    const before = await withoutCounters()
    const id = await stores.addSession({ title: 'canary' })
    await runTurn(stores, id, 'canary')
    const turn = await claimed(stores, claimOf(id, { message: 'canary', clientId: 'canary' }))
    await stores.turns.append(fenceOf(turn), () => [stepStarted(), says('canary')])
    expect(await stores.sessions.deleteSession(id)).toBe(true)
    expect(await withoutCounters()).toEqual(before)
    expect(JSON.stringify(await stores.tables())).not.toContain('canary')
    expect(await stores.sessions.deleteSession(id)).toBe(false)
    expect(await stores.turns.readTurn(turn.turnId)).toBeUndefined()
    expect(await stores.turns.recordStop(turn)).toEqual({ status: 'not_active' })
  })

  test('I10: a session of the same id has nothing of the one before', async () => {
    await using stores = await open()
    const id = await stores.addSession()
    const old = await claimed(stores, claimOf(id))
    await stores.sessions.deleteSession(id)
    await stores.sessions.createSession(id, SESSION_FIELDS)
    expect(await stores.log(id)).toEqual([])
    const next = await claimed(stores, claimOf(id))
    expect(next.userMessageId).toBeGreaterThan(old.assistantMessageId)
    expect(await stores.turns.append(fenceOf(old), () => [says('stray')])).toEqual({ status: 'stale' })
  })

  test('I4, I10: all sessions are deleted in one transaction, or none is', async () => {
    await using stores = await open()
    const [one, other] = [await stores.addSession({ title: 'canary' }), await stores.addSession({ title: 'canary' })]
    await runTurn(stores, one, 'canary')
    const turn = await claimed(stores, claimOf(other, { message: 'canary' }))
    const running = await stores.tables()
    expect(await stores.sessions.deleteAllSessions({ sessions: 2, messages: 3 })).toEqual({ status: 'turn_active' })
    expect(await stores.tables()).toEqual(running)
    await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED))
    const ended = await stores.tables()
    for (const seen of [
      { sessions: 1, messages: 3 },
      { sessions: 2, messages: 9 },
    ]) {
      expect(await stores.sessions.deleteAllSessions(seen)).toEqual({ status: 'changed_meanwhile' })
    }
    expect(await stores.tables()).toEqual(ended)
    const seen = await stores.sessions.countRows()
    const result = await stores.sessions.deleteAllSessions(seen)
    expect(result).toEqual({ status: 'deleted', ids: expect.arrayContaining([one, other]) })
    const { counter: _ids, sqlite_sequence: _keys, ...tables } = await stores.tables()
    expect(Object.values(tables).flat()).toEqual([])
  })

  test('a branch keeps its copies when its source is deleted', async () => {
    await using stores = await open()
    const from = await stores.addSession()
    await runTurn(stores, from, 'one')
    const id = newSessionId()
    await stores.sessions.branchSession({ id, from, upTo: undefined, title: '' })
    const copies = await stores.history(id)
    await stores.sessions.deleteSession(from)
    expect(await stores.history(id)).toEqual(copies)
    const range = { sessionId: id, cursor: seqSchema.parse(0), upTo: undefined, limit: 10 }
    expect(await stores.turns.readEntries(range)).toHaveLength(1)
  })
}

/** A turn from its question to its answer. */
async function runTurn(stores: OpenedStores, sessionId: SessionId, message = 'hello'): Promise<TurnRecord> {
  const turn = await claimed(stores, claimOf(sessionId, { message }))
  const content = `answer to ${message}`
  await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED, content, [stepStarted(), stepFinished(content)]))
  return turn
}
