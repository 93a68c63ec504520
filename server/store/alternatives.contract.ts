import { describe, expect, test } from 'vitest'
import { type MessageId, messageIdSchema, type SessionId } from '../../protocol/ids.ts'
import { COMPLETED, endOf, stepFinished, stepStarted } from '../turns/scripted-events.ts'
import { parseEntry } from '../turns/stored-entry.ts'
import type { TurnClaim, TurnRecord } from '../turns/turn-store.ts'
import { claimed, claimOf, fenceOf, newSessionId, type OpenedStores, type OpenStores } from './store-scenario.ts'

/** What every store must do where a turn takes the place of another. */
export function testAlternatives(open: OpenStores): void {
  describe('a turn that takes the place of another', () => testReplacing(open))
  describe('showing another alternative', () => testShowing(open))
  describe('deleting among alternatives', () => testDeleting(open))
  describe('how many messages there are', () => testCounts(open))
}

function testReplacing(open: OpenStores): void {
  test('puts it and all below it aside in the transaction that starts it', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const [one, two, three] = [
      await say(stores, { sessionId, message: 'one' }),
      await say(stores, { sessionId, message: 'two' }),
      await say(stores, { sessionId, message: 'three' }),
    ]
    const again = await claimed(stores, claimOf(sessionId, { message: 'two again', replaces: two.userMessageId }))
    expect(again.epoch).toBe(three.epoch + 1)
    expect(await shown(stores, sessionId)).toEqual(['one', 'answer to one'])
    const log = (await stores.log(sessionId)).slice(-2)
    expect(log).toMatchObject([
      { seq: again.firstSeq - 1, turnId: null, epoch: three.epoch, type: 'messages.removed' },
      { seq: again.firstSeq, turnId: again.turnId, epoch: again.epoch, type: 'turn.started' },
    ])
    const gone = [two, three].flatMap((turn) => [turn.userMessageId, turn.assistantMessageId])
    expect(log.map((entry) => parseEntry(entry).data)).toMatchObject([
      { message_ids: gone },
      { message: 'two again', alternatives: [two.userMessageId, again.userMessageId] },
    ])
    expect((await stores.sessions.readSession(sessionId))?.messageCount).toBe(3)
    expect(one.userMessageId).toBeLessThan(again.userMessageId)
  })

  test('D2: is told to followers as it is stored', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const first = await say(stores, { sessionId, message: 'one' })
    const heard: unknown[] = []
    stores.turns.onCommitted((_session, entries) => heard.push(...entries))
    await claimed(stores, claimOf(sessionId, { replaces: first.userMessageId }))
    expect(heard).toEqual((await stores.log(sessionId)).slice(-2))
  })

  test('I4: on a busy session is refused and puts nothing aside', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const first = await say(stores, { sessionId, message: 'one' })
    const active = await claimed(stores, claimOf(sessionId, { message: 'two' }))
    const before = await stores.tables()
    const claim = claimOf(sessionId, { message: 'one again', replaces: first.userMessageId })
    expect(await stores.turns.claimTurn(claim)).toMatchObject({ status: 'turn_active', turn: active })
    expect(await stores.tables()).toEqual(before)
  })

  test('I1, I4: of 50 at once one is started, and the others leave no trace', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const first = await say(stores, { sessionId, message: 'one' })
    const claims = Array.from({ length: 50 }, (_, n) =>
      stores.turns.claimTurn(claimOf(sessionId, { message: `again ${n}`, replaces: first.userMessageId })),
    )
    const results = (await Promise.all(claims)).map(({ status }) => status)
    // those that come after it do not find the question any more, or find the session busy
    expect(results.filter((status) => status === 'claimed')).toHaveLength(1)
    expect(new Set(JSON.stringify(await stores.tables()).match(/again \d+/g)).size).toBe(1)
  })

  test('I4, I17: a question that is not shown, or not of this session, starts nothing', async () => {
    await using stores = await open()
    const [sessionId, other] = [await stores.addSession(), await stores.addSession()]
    const first = await say(stores, { sessionId, message: 'one' })
    const elsewhere = await say(stores, { sessionId: other, message: 'elsewhere' })
    await say(stores, { sessionId, message: 'one again', replaces: first.userMessageId })
    const before = await stores.tables()
    const unknown = messageIdSchema.parse(999)
    for (const replaces of [first.userMessageId, first.assistantMessageId, elsewhere.userMessageId, unknown]) {
      const result = await stores.turns.claimTurn(claimOf(sessionId, { replaces }))
      expect(result).toMatchObject({ status: 'message_not_found' })
    }
    expect(await stores.tables()).toEqual(before)
  })

  test('I12: the same key again is the same turn, though what it replaced is not shown any more', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const first = await say(stores, { sessionId, message: 'one' })
    const idempotency = { key: 'again', fingerprint: 'of the body' }
    const claim: Partial<TurnClaim> = { message: 'one again', replaces: first.userMessageId, idempotency }
    const turn = await claimed(stores, claimOf(sessionId, claim))
    const earlier = { status: 'started', turn }
    expect(await stores.turns.claimTurn(claimOf(sessionId, claim))).toMatchObject({ status: 'repeated', earlier })
  })

  test('D4: stopping a turn and taking the place of one are one transaction', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const first = await say(stores, { sessionId, message: 'one' })
    const active = await claimed(stores, claimOf(sessionId, { message: 'two' }))
    const end = () => endOf({ status: 'cancelled' }, 'half')
    const stray = claimOf(sessionId, { message: 'stray', replaces: active.assistantMessageId })
    const before = await stores.tables()
    expect(await stores.turns.replaceTurn(fenceOf(active), end, stray)).toMatchObject({ status: 'message_not_found' })
    expect(await stores.tables()).toEqual(before)
    const claim = claimOf(sessionId, { message: 'one again', replaces: first.userMessageId })
    expect(await stores.turns.replaceTurn(fenceOf(active), end, claim)).toMatchObject({ status: 'started' })
    expect((await stores.log(sessionId)).slice(-3).map(({ type }) => type)).toEqual([
      'turn.ended',
      'messages.removed',
      'turn.started',
    ])
    expect(await shown(stores, sessionId)).toEqual([])
  })

  test('the question of an answer is found, where it is still there', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const [one, two] = [
      await say(stores, { sessionId, message: 'one' }),
      await say(stores, { sessionId, message: 'two' }),
    ]
    const read = (id: MessageId) => stores.turns.readQuestion(sessionId, id)
    const question = { messageId: two.userMessageId, content: 'two' }
    expect([await read(two.userMessageId), await read(two.assistantMessageId)]).toEqual([question, question])
    await stores.sessions.removeMessages({ sessionId, messageId: two.userMessageId, andBelow: false })
    expect([await read(two.userMessageId), await read(two.assistantMessageId)]).toEqual([undefined, undefined])
    expect(await stores.turns.readQuestion(newSessionId(), one.userMessageId)).toBeUndefined()
  })
}

function testShowing(open: OpenStores): void {
  test('brings back what followed it and puts aside what stood there, as the log tells it', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const one = await say(stores, { sessionId, message: 'one' })
    const two = await say(stores, { sessionId, message: 'two' })
    const again = await say(stores, { sessionId, message: 'one again', replaces: one.userMessageId })
    expect(await choose(stores, sessionId, one.userMessageId)).toMatchObject({
      status: 'shown',
      messageIds: [one.userMessageId, one.assistantMessageId, two.userMessageId, two.assistantMessageId],
    })
    const history = await stores.history(sessionId)
    expect(history.map(({ content }) => content)).toEqual(['one', 'answer to one', 'two', 'answer to two'])
    expect(history[0]?.alternatives).toEqual([one.userMessageId, again.userMessageId])
    const log = (await stores.log(sessionId)).slice(-2)
    expect(log.map(({ turnId, epoch }) => [turnId, epoch])).toEqual([
      [null, again.epoch],
      [null, again.epoch],
    ])
    expect(log.map((entry) => parseEntry(entry))).toMatchObject([
      { type: 'messages.removed', data: { message_ids: [again.userMessageId, again.assistantMessageId] } },
      { type: 'messages.restored', data: { messages: history } },
    ])
    expect((await stores.sessions.readSession(sessionId))?.messageCount).toBe(4)
    expect((await say(stores, { sessionId, message: 'three' })).firstSeq).toBe((log.at(-1)?.seq ?? 0) + 1)
  })

  test('what was put aside below another alternative comes back with it, and only with it', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const a1 = await say(stores, { sessionId, message: 'A1' })
    const b1 = await say(stores, { sessionId, message: 'B1' })
    const b2 = await say(stores, { sessionId, message: 'B2', replaces: b1.userMessageId })
    const a2 = await say(stores, { sessionId, message: 'A2', replaces: a1.userMessageId })
    expect(await questions(stores, sessionId)).toEqual(['A2'])
    expect(await choose(stores, sessionId, b1.userMessageId)).toEqual({ status: 'message_not_found' })
    expect(await choose(stores, sessionId, b2.userMessageId)).toEqual({ status: 'message_not_found' })
    await choose(stores, sessionId, a1.userMessageId)
    expect(await questions(stores, sessionId)).toEqual(['A1', 'B2'])
    await choose(stores, sessionId, b1.userMessageId)
    expect(await questions(stores, sessionId)).toEqual(['A1', 'B1'])
    await choose(stores, sessionId, a2.userMessageId)
    expect(await questions(stores, sessionId)).toEqual(['A2'])
    await choose(stores, sessionId, a1.userMessageId)
    expect(await questions(stores, sessionId)).toEqual(['A1', 'B1'])
  })

  test('what is shown already is answered so, and nothing is written', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const one = await say(stores, { sessionId, message: 'one' })
    const before = await stores.tables()
    expect(await choose(stores, sessionId, one.userMessageId)).toEqual({ status: 'shown', messageIds: [] })
    expect(await choose(stores, sessionId, one.assistantMessageId)).toEqual({ status: 'message_not_found' })
    expect(await choose(stores, newSessionId(), one.userMessageId)).toEqual({ status: 'session_not_found' })
    expect(await stores.tables()).toEqual(before)
  })

  test('F14: history does not change under a running turn', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const one = await say(stores, { sessionId, message: 'one' })
    const active = await claimed(stores, claimOf(sessionId, { message: 'again', replaces: one.userMessageId }))
    const before = await stores.tables()
    expect(await choose(stores, sessionId, one.userMessageId)).toEqual({ status: 'turn_active', turn: active })
    expect(await stores.tables()).toEqual(before)
  })

  test('a branch copies what is shown and knows no alternatives', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const one = await say(stores, { sessionId, message: 'one' })
    await say(stores, { sessionId, message: 'one again', replaces: one.userMessageId })
    const id = newSessionId()
    await stores.sessions.branchSession({ id, from: sessionId, upTo: undefined, title: '' })
    const copies = await stores.history(id)
    expect(copies.map(({ content, alternatives }) => [content, alternatives])).toEqual([
      ['one again', undefined],
      ['answer to one again', undefined],
    ])
    const [copy] = copies
    const again = await say(stores, { sessionId: id, message: 'in the branch', replaces: copy?.message_id })
    expect((await stores.history(id))[0]?.alternatives).toEqual([copy?.message_id, again.userMessageId])
  })
}

function testDeleting(open: OpenStores): void {
  test('I10: with the last that is shown of a place its alternatives go, and what was aside with them', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const kept = await say(stores, { sessionId, message: 'kept' })
    const a1 = await say(stores, { sessionId, message: 'A1' })
    const b1 = await say(stores, { sessionId, message: 'B1' })
    await say(stores, { sessionId, message: 'B2', replaces: b1.userMessageId })
    const a2 = await say(stores, { sessionId, message: 'A2', replaces: a1.userMessageId })
    await stores.sessions.removeMessages({ sessionId, messageId: a2.userMessageId, andBelow: true })
    expect(await questions(stores, sessionId)).toEqual(['kept'])
    const { message } = await stores.tables()
    expect(message).toHaveLength(2)
    expect(await choose(stores, sessionId, a1.userMessageId)).toEqual({ status: 'message_not_found' })
    expect(kept.epoch).toBe(1)
  })

  test('what is aside cannot be deleted by its id', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const one = await say(stores, { sessionId, message: 'one' })
    await say(stores, { sessionId, message: 'one again', replaces: one.userMessageId })
    const removal = { sessionId, messageId: one.userMessageId, andBelow: false }
    expect(await stores.sessions.removeMessages(removal)).toEqual({ status: 'message_not_found' })
  })
}

function testCounts(open: OpenStores): void {
  test('I10: is known through all that puts aside, brings back, copies and deletes', async () => {
    await using stores = await open()
    const sessionId = await stores.addSession()
    const expectCounts = async (counts: { readonly sessions: number; readonly messages: number }) => {
      expect(await stores.sessions.countRows()).toEqual(counts)
    }
    const one = await say(stores, { sessionId, message: 'one' })
    const two = await say(stores, { sessionId, message: 'two' })
    await expectCounts({ sessions: 1, messages: 4 })
    await say(stores, { sessionId, message: 'one again', replaces: one.userMessageId })
    await expectCounts({ sessions: 1, messages: 2 })
    await choose(stores, sessionId, one.userMessageId)
    await expectCounts({ sessions: 1, messages: 4 })
    const branch = newSessionId()
    await stores.sessions.branchSession({ id: branch, from: sessionId, upTo: undefined, title: '' })
    await expectCounts({ sessions: 2, messages: 8 })
    await stores.sessions.removeMessages({ sessionId, messageId: two.userMessageId, andBelow: true })
    await expectCounts({ sessions: 2, messages: 6 })
    const { total } = await stores.sessions.listMessages(sessionId, { limit: 1, offset: 0 })
    expect(total).toBe(2)
    await stores.sessions.deleteSession(sessionId)
    await expectCounts({ sessions: 1, messages: 4 })
    expect((await stores.sessions.listSessions({ limit: 0, offset: 0 })).total).toBe(1)
  })
}

/** A turn from its question to its answer, at the place of another where `replaces` says so. */
async function say(
  stores: OpenedStores,
  said: Pick<TurnClaim, 'sessionId' | 'message' | 'replaces'>,
): Promise<TurnRecord> {
  const { message } = said
  const turn = await claimed(stores, claimOf(said.sessionId, said))
  const content = `answer to ${message}`
  await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED, content, [stepStarted(), stepFinished(content)]))
  return turn
}

function choose(stores: OpenedStores, sessionId: SessionId, messageId: MessageId) {
  return stores.turns.showAlternative({ sessionId, messageId })
}

async function shown(stores: OpenedStores, sessionId: SessionId): Promise<readonly string[]> {
  return (await stores.history(sessionId)).map(({ content }) => content)
}

async function questions(stores: OpenedStores, sessionId: SessionId): Promise<readonly string[]> {
  return (await shown(stores, sessionId)).filter((content) => !content.startsWith('answer'))
}
