import { describe, expect, test } from 'vitest'
import { epochSchema, type SessionId, seqSchema, sessionIdSchema, turnIdSchema } from '../../protocol/ids.ts'
import { SessionFeed, SessionFeeds } from './session-feed.ts'
import type { StoredEntry } from './stored-entry.ts'

const SESSION: SessionId = sessionIdSchema.parse('session-1')

/** Entries from `firstSeq` on, by their types. */
function entries(firstSeq: number, ...types: StoredEntry['type'][]): StoredEntry[] {
  const common = { turnId: turnIdSchema.parse('turn-1'), epoch: epochSchema.parse(1), at: 0, data: '{"step":1}' }
  return types.map((type, index) => ({ ...common, seq: seqSchema.parse(firstSeq + index), type }))
}

function seqsAfter(feed: SessionFeed, cursor: number): number[] | undefined {
  return feed.after(seqSchema.parse(cursor), 100)?.map((entry) => entry.seq)
}

describe('a feed', () => {
  test('holds what was published, and says where it begins', () => {
    const feed = new SessionFeed()
    expect([feed.base, feed.lastSeq, seqsAfter(feed, 0)]).toEqual([undefined, undefined, undefined])
    feed.publish(entries(8, 'turn.started', 'step.started'))
    expect([feed.base, feed.lastSeq]).toEqual([7, 9])
    expect(seqsAfter(feed, 6)).toBeUndefined() // the database has it
    expect(seqsAfter(feed, 7)).toEqual([8, 9])
    expect(seqsAfter(feed, 8)).toEqual([9])
    expect(seqsAfter(feed, 9)).toEqual([])
  })

  test('D7: drops the deltas of a finished step at the commit after it, and no others', () => {
    const feed = new SessionFeed()
    feed.publish(entries(1, 'turn.started', 'step.started', 'text.delta', 'reasoning.delta'))
    feed.publish(entries(5, 'step.finished', 'step.started', 'text.delta'))
    expect(seqsAfter(feed, 0)).toEqual([1, 2, 3, 4, 5, 6, 7]) // those who were awake have yet to read them
    feed.publish(entries(8, 'text.delta'))
    expect(seqsAfter(feed, 0)).toEqual([1, 2, 5, 6, 7, 8])
    expect(seqsAfter(feed, 3)).toEqual([5, 6, 7, 8]) // a cursor among the dropped ones goes on after them
  })

  test('forgets what the database has', () => {
    const feed = new SessionFeed()
    feed.publish(entries(1, 'turn.started', 'turn.ended'))
    feed.forgetUpTo(seqSchema.parse(2))
    expect([feed.base, feed.lastSeq, seqsAfter(feed, 1), seqsAfter(feed, 2)]).toEqual([2, 2, undefined, []])
  })

  test('wakes who waits once for each change, and at once who has missed one', async () => {
    const feed = new SessionFeed()
    const { signal } = new AbortController()
    const seen = feed.version
    const waiting = feed.changed(seen, signal)
    feed.publish(entries(1, 'turn.started'))
    await waiting
    await feed.changed(seen, signal)
    const closing = feed.changed(feed.version, signal)
    feed.close()
    await closing
    expect(feed.closed).toBe(true)
  })

  test('an abort ends the wait', async () => {
    const feed = new SessionFeed()
    const controller = new AbortController()
    const waiting = feed.changed(feed.version, controller.signal)
    controller.abort()
    await waiting
    await feed.changed(feed.version, controller.signal)
  })
})

describe('I14: the feeds of all sessions', () => {
  test('hold a session while it has a follower', () => {
    const feeds = new SessionFeeds()
    const [first, second] = [feeds.join(SESSION), feeds.join(SESSION)]
    expect([feeds.size, first === second]).toEqual([1, true])
    feeds.leave(SESSION, first)
    expect(feeds.size).toBe(1)
    feeds.leave(SESSION, second)
    expect(feeds.size).toBe(0)
  })

  test('hold a session while it has an active turn, and let it go after the end', async () => {
    const feeds = new SessionFeeds()
    feeds.publish(SESSION, entries(1, 'turn.started', 'text.delta'))
    expect([feeds.size, feeds.lastSeq(SESSION)]).toEqual([1, 2])
    feeds.publish(SESSION, entries(3, 'turn.ended'))
    await new Promise(setImmediate)
    expect([feeds.size, feeds.lastSeq(SESSION)]).toEqual([0, undefined])
  })

  test('a turn that begins right after an end is not forgotten with it', async () => {
    const feeds = new SessionFeeds()
    feeds.publish(SESSION, entries(1, 'turn.started', 'turn.ended'))
    feeds.publish(SESSION, entries(3, 'turn.started', 'text.delta'))
    await new Promise(setImmediate)
    expect(feeds.join(SESSION).after(seqSchema.parse(2), 100)).toHaveLength(2)
  })

  test('a follower of a deleted session leaves the feed of its successor alone', () => {
    const feeds = new SessionFeeds()
    const old = feeds.join(SESSION)
    feeds.close(SESSION)
    expect([old.closed, feeds.size]).toEqual([true, 0])
    const next = feeds.join(SESSION)
    feeds.leave(SESSION, old)
    expect([next.closed, feeds.size]).toEqual([false, 1])
  })
})
