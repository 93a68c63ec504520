import { getEventListeners } from 'node:events'
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
  return feed.after(seqSchema.parse(cursor), { limit: 100, maxBytes: 1_000_000 })?.map((entry) => entry.seq)
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

  test('R15: a page ends where its bytes are full, never before its first entry', () => {
    const feed = new SessionFeed()
    feed.publish(entries(1, 'turn.started', 'step.started', 'text.delta'))
    const page = (maxBytes: number) => feed.after(seqSchema.parse(0), { limit: 100, maxBytes })?.map(({ seq }) => seq)
    expect([page(30), page(29), page(1)]).toEqual([[1, 2, 3], [1, 2], [1]])
  })

  test('D6, D7: after a restart holds the open step’s deltas, until its take-over says that they are void', () => {
    const feed = new SessionFeed()
    feed.seed(entries(5, 'text.delta', 'turn.phase_changed', 'text.delta'))
    feed.seed(entries(5, 'text.delta')) // twice is once
    expect([feed.base, seqsAfter(feed, 4)]).toEqual([4, [5, 6, 7]])
    const [resumed] = entries(8, 'turn.resumed')
    if (!resumed) throw new Error('nothing is resumed')
    const kept = new SessionFeed()
    kept.seed(entries(5, 'text.delta', 'turn.phase_changed', 'text.delta'))
    kept.publish([{ ...resumed, data: '{"attempt":2,"void_after":null}' }])
    expect(seqsAfter(kept, 4)).toEqual([5, 6, 7, 8])
    feed.publish([{ ...resumed, data: '{"attempt":2,"void_after":3}' }])
    expect(seqsAfter(feed, 4)).toEqual([6, 8])
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
    feed.close('deleted')
    await closing
    expect(feed.end).toBe('deleted')
  })

  test('hands what is published to a follower that is up to date, until it is behind', async () => {
    const feed = new SessionFeed()
    feed.publish(entries(1, 'turn.started'))
    const drained = Promise.withResolvers<void>()
    const taken: number[] = []
    const take = (given: readonly StoredEntry[]) => {
      taken.push(...given.map((entry) => entry.seq))
      return taken.includes(3) ? drained.promise : undefined
    }
    const passing = feed.passOn(take, seqSchema.parse(1), new AbortController().signal)
    feed.publish(entries(2, 'step.started'))
    feed.publish(entries(3, 'text.delta', 'text.delta'))
    feed.publish(entries(5, 'text.delta')) // F9: it is not given more than it can take
    expect(taken).toEqual([2, 3, 4])
    drained.resolve()
    expect(await passing).toBe(4)
  })

  test('I2: a follower that has read a commit before it was published is not given it again', async () => {
    const feed = new SessionFeed()
    const taken: StoredEntry[] = []
    const passing = feed.passOn((given) => void taken.push(...given), seqSchema.parse(2), new AbortController().signal)
    feed.publish(entries(1, 'turn.started', 'step.started', 'text.delta'))
    expect(await passing).toBe(2)
    expect(taken).toEqual([])
  })

  test('a follower that fails takes nobody else along', async () => {
    const feed = new SessionFeed()
    const { signal } = new AbortController()
    const taken: StoredEntry[] = []
    const failing = feed.passOn(
      () => {
        throw new Error('cannot be shown')
      },
      seqSchema.parse(0),
      signal,
    )
    const passing = feed.passOn((given) => void taken.push(...given), seqSchema.parse(0), signal)
    feed.publish(entries(1, 'turn.started'))
    await expect(failing).rejects.toThrow('cannot be shown')
    feed.close('deleted')
    expect(await passing).toBe(1)
    expect(taken).toHaveLength(1)
  })

  test('I14: a follower that leaves is forgotten, with its listener', async () => {
    const feed = new SessionFeed()
    const controller = new AbortController()
    const taken: StoredEntry[] = []
    const passing = feed.passOn((given) => void taken.push(...given), seqSchema.parse(0), controller.signal)
    controller.abort()
    expect(await passing).toBe(0)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    feed.publish(entries(1, 'turn.started'))
    expect(taken).toEqual([])
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
    expect(feeds.join(SESSION).after(seqSchema.parse(2), { limit: 100, maxBytes: 1_000_000 })).toHaveLength(2)
  })

  test('a follower of a deleted session leaves the feed of its successor alone', () => {
    const feeds = new SessionFeeds()
    const old = feeds.join(SESSION)
    feeds.close(SESSION, 'deleted')
    expect([old.end, feeds.size]).toEqual(['deleted', 0])
    const next = feeds.join(SESSION)
    feeds.leave(SESSION, old)
    expect([next.end, feeds.size]).toEqual([null, 1])
  })
})
