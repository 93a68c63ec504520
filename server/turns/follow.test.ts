import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type SessionId, seqSchema } from '../../protocol/ids.ts'
import { claimed, claimOf, fenceOf, hurriedClock, newSessionId, SqliteScenario } from '../store/store-scenario.ts'
import type { Fence } from './fence.ts'
import { follow } from './follow.ts'
import { InterceptedStore } from './intercepted-store.ts'
import { assertFaithful, assertUpToDate } from './log-check.ts'
import { COMPLETED, endOf, says, stepFinished, stepStarted, toolCalled } from './scripted-events.ts'
import { SessionFeeds } from './session-feed.ts'
import { SessionReader } from './session-reader.ts'
import { entriesOf, LateAnswers, SlowReaders } from './slow-readers.ts'
import type { StoredEntry } from './stored-entry.ts'

/** A session that somebody writes to, with every entry it was ever given. */
class Scene implements AsyncDisposable {
  readonly stores: SqliteScenario
  readonly store: InterceptedStore
  feeds = new SessionFeeds()
  sessionId: SessionId = newSessionId()
  /** As committed, deltas that were trimmed since among them. */
  full: StoredEntry[] = []
  #fence: Fence | null = null
  #step = 0
  #text: string | null = null

  private constructor(stores: SqliteScenario) {
    this.stores = stores
    this.store = new InterceptedStore(stores.turns)
    stores.turns.onCommitted((sessionId, entries) => {
      if (sessionId === this.sessionId) this.full.push(...entries)
      this.feeds.publish(sessionId, entries)
    })
  }

  static async open(): Promise<Scene> {
    const scene = new Scene(await SqliteScenario.open({ pace: hurriedClock() }))
    await scene.nextSession()
    return scene
  }

  async nextSession(): Promise<void> {
    this.sessionId = await this.stores.addSession()
    this.feeds = new SessionFeeds()
    this.full = []
    this.#fence = null
    this.#text = null
  }

  read(cursor: number): SessionReader {
    const parts = { store: this.store, feeds: this.feeds }
    return new SessionReader(parts, { sessionId: this.sessionId, cursor: seqSchema.parse(cursor) })
  }

  async says(...words: string[]): Promise<void> {
    const fence = await this.#openStep()
    const step = this.#step
    this.#text = `${this.#text ?? ''}${words.join('')}`
    await this.stores.turns.append(fence, () => words.map((word) => says(word, step)))
  }

  /** Something that lasts, after deltas that do not. */
  async callsTool(): Promise<void> {
    const fence = await this.#openStep()
    const called = toolCalled(`call-${this.full.length}`, this.#step)
    await this.stores.turns.append(fence, () => [called])
  }

  async finishesStep(): Promise<void> {
    if (!this.#fence || this.#text === null) return
    const finished = stepFinished(this.#text, this.#step)
    this.#text = null
    await this.stores.turns.append(this.#fence, () => [finished])
  }

  async endsTurn(): Promise<void> {
    const fence = this.#fence
    if (!fence) return
    const open = this.#text === null ? [] : [stepFinished(this.#text, this.#step)]
    this.#fence = null
    this.#text = null
    await this.stores.turns.endTurn(fence, () => endOf(COMPLETED, '', open))
  }

  async removesMessage(): Promise<void> {
    const [message] = await this.stores.history(this.sessionId)
    if (!message) return
    const removal = { sessionId: this.sessionId, messageId: message.message_id, andBelow: false }
    await this.stores.sessions.removeMessages(removal)
  }

  async delete(): Promise<void> {
    await this.stores.sessions.deleteSession(this.sessionId)
    this.feeds.close(this.sessionId, 'deleted')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stores[Symbol.asyncDispose]()
  }

  async #openStep(): Promise<Fence> {
    if (!this.#fence) {
      this.#fence = fenceOf(await claimed(this.stores, claimOf(this.sessionId)))
      this.#step = 0
    }
    if (this.#text === null) {
      this.#step += 1
      this.#text = ''
      const started = stepStarted(this.#step)
      await this.stores.turns.append(this.#fence, () => [started])
    }
    return this.#fence
  }
}

function finishOf(delta: StoredEntry, full: readonly StoredEntry[]): StoredEntry | undefined {
  const stepOf = (entry: StoredEntry) => JSON.parse(entry.data).step
  return full.find(
    (entry) => entry.type === 'step.finished' && entry.turnId === delta.turnId && stepOf(entry) === stepOf(delta),
  )
}

/** What a reader who joins now must be shown after `cursor`: everything but deltas of finished steps. */
function lasting(full: readonly StoredEntry[], cursor: number): StoredEntry[] {
  return full.filter((entry) => entry.seq > cursor && (entry.type !== 'text.delta' || !finishOf(entry, full)))
}

describe('joining', () => {
  test('I2: at any cursor one is shown the rest of the log, and then what comes', async () => {
    await using scene = await Scene.open()
    await scene.says('old')
    await scene.endsTurn()
    await scene.says('one ', 'two ')
    await scene.finishesStep()
    await scene.says('three ', 'four ')
    await new Promise(setImmediate)
    const before = [...scene.full]
    const readers = Array.from({ length: before.length + 1 }, (_, cursor) => scene.read(cursor))
    const upTo = async (seq: number) => {
      for (const reader of readers) if (reader.cursor < seq) await reader.until((entry) => entry.seq === seq)
    }
    await upTo(before.length)
    for (const reader of readers) {
      assertFaithful(reader.entries, reader.cursor, scene.full)
      expect(lasting(reader.entries, 0)).toEqual(lasting(before, reader.cursor))
    }
    await scene.says('five')
    await scene.endsTurn()
    await upTo(scene.full.length)
    for (const reader of readers) {
      assertFaithful(reader.entries, reader.cursor, scene.full)
      await reader.stop()
    }
    await new Promise(setImmediate)
    expect(scene.feeds.size).toBe(0)
  })

  test('F3: a cursor ahead of the log gets a reset, and the log from its start', async () => {
    await using scene = await Scene.open()
    await scene.says('old')
    await scene.endsTurn()
    await new Promise(setImmediate)
    for (const _phase of ['idle', 'running']) {
      const reader = scene.read(999)
      await reader.until((entry) => entry.seq === scene.full.length)
      expect(reader.notices).toEqual([{ type: 'reset', code: 'cursor_ahead', last_seq: scene.full.length }])
      expect(lasting(reader.entries, 0)).toEqual(lasting(scene.full, 0))
      await reader.stop()
      await scene.says('now')
    }
  })

  test('D7: a cursor among trimmed deltas goes on after them', async () => {
    await using scene = await Scene.open()
    await scene.says('a', 'b', 'c', 'd')
    await scene.endsTurn()
    await new Promise(setImmediate)
    const reader = scene.read(4) // between b and c
    await reader.untilType('turn.ended')
    expect(reader.types).toEqual(['step.finished', 'turn.ended'])
    await reader.stop()
  })

  test('F11: a long log is read in pages', async () => {
    await using scene = await Scene.open()
    for (let n = 0; n < 260; n += 1) {
      await scene.says()
      await scene.endsTurn()
    }
    await new Promise(setImmediate)
    const reader = scene.read(0)
    await reader.until((entry) => entry.seq === scene.full.length)
    expect(reader.entries.length).toBeGreaterThan(1_000)
    assertFaithful(reader.entries, 0, scene.full)
    await reader.stop()
  })
})

describe('a database whose answers come late', () => {
  test('I2: a turn that comes and goes while the log is read is not skipped', async () => {
    await using scene = await Scene.open()
    await scene.says('old')
    await scene.endsTurn()
    await new Promise(setImmediate)
    const held = holdFirstRead(scene.store, 'after it has looked')
    const reader = scene.read(scene.full.length)
    await held.reached
    await scene.says('new')
    await scene.endsTurn()
    await new Promise(setImmediate)
    held.release()
    await scene.says('newer')
    await reader.until((entry) => entry.seq === scene.full.length)
    assertFaithful(reader.entries, reader.cursor, scene.full)
    await reader.stop()
  })
  test('D7: a read that looks only when a turn has begun does not leave its deltas out', async () => {
    await using scene = await Scene.open()
    await scene.says('old')
    await scene.endsTurn()
    await new Promise(setImmediate)
    const held = holdFirstRead(scene.store, 'before it looks')
    const reader = scene.read(scene.full.length)
    await held.reached
    await scene.says('new')
    await scene.callsTool()
    held.release()
    await reader.until((entry) => entry.seq === scene.full.length)
    assertUpToDate(reader.entries, reader.cursor, scene.full)
    expect(reader.text).toBe('new')
    await reader.stop()
  })
})

describe('the end of a stream', () => {
  test('F13: a deleted session’s readers are shown what is left, told, and let go', async () => {
    await using scene = await Scene.open()
    await scene.says('last words')
    const readers = [scene.read(0), scene.read(3)]
    await readers[0]?.until((entry) => entry.seq === 3)
    await scene.delete()
    for (const reader of readers) {
      await reader.ended
      expect(reader.notices).toEqual([{ type: 'session_deleted' }])
    }
    expect(scene.feeds.size).toBe(0)
  })

  test('F13: whoever joins a session that is already gone is told so', async () => {
    await using scene = await Scene.open()
    await scene.delete()
    const reader = scene.read(0)
    await reader.ended
    expect(reader.notices).toEqual([{ type: 'session_deleted' }])
    expect(scene.feeds.size).toBe(0)
  })

  test('I14: an abort ends it at any point and leaves nothing behind', async () => {
    await using scene = await Scene.open()
    const waiting = scene.read(0)
    await new Promise(setImmediate)
    await waiting.stop()
    const early = scene.read(0)
    await early.stop()
    expect(scene.feeds.size).toBe(0)
    await scene.says('x')
    const late = scene.read(0)
    await late.until((entry) => entry.seq === 3)
    await late.stop()
    await scene.endsTurn()
    await new Promise(setImmediate)
    expect(scene.feeds.size).toBe(0)
  })

  test('F9: a reader that stands still is not waited for, and finds the log when it goes on', async () => {
    await using scene = await Scene.open()
    const request = { sessionId: scene.sessionId, cursor: seqSchema.parse(0), signal: new AbortController().signal }
    const items = follow({ store: scene.store, feeds: scene.feeds }, request)
    const first = items.next()
    await scene.says('one ', 'two ')
    const shown = [...entriesOf(await first)]
    await scene.finishesStep()
    await scene.says('three ')
    await scene.endsTurn()
    await scene.says('next turn')
    while (shown.at(-1)?.seq !== scene.full.length) shown.push(...entriesOf(await items.next()))
    assertFaithful(shown, 0, scene.full)
    await items.return()
  })
})

/** Holds the first read of entries up, before or after the database has looked. */
function holdFirstRead(store: InterceptedStore, when: 'before it looks' | 'after it has looked') {
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let reads = 0
  store.intercept = async (method, call) => {
    reads += Number(method === 'readEntries')
    if (method !== 'readEntries' || reads > 1) return await call()
    const early = when === 'after it has looked' ? await call() : undefined
    reached.resolve()
    await released.promise
    return early ?? (await call())
  }
  return { reached: reached.promise, release: released.resolve }
}

type Act =
  | 'says'
  | 'calls tool'
  | 'finishes step'
  | 'ends turn'
  | 'removes'
  | { readonly joins: 'start' | 'middle' | 'end' }
  | { readonly pulls: number }

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('says' as const) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'calls tool' as const,
      'finishes step' as const,
      'ends turn' as const,
      'removes' as const,
    ),
  },
  { weight: 2, arbitrary: fc.record({ joins: fc.constantFrom('start' as const, 'middle' as const, 'end' as const) }) },
  { weight: 4, arbitrary: fc.record({ pulls: fc.nat(3) }) },
)

async function perform(scene: Scene, readers: SlowReaders, one: Act): Promise<void> {
  if (one === 'says') return await scene.says('some ', 'words ')
  if (one === 'calls tool') return await scene.callsTool()
  if (one === 'finishes step') return await scene.finishesStep()
  if (one === 'ends turn') return await scene.endsTurn()
  if (one === 'removes') return await scene.removesMessage()
  if ('pulls' in one) return void readers.pull(one.pulls)
  const cursors = { start: 0, middle: Math.floor(scene.full.length / 2), end: scene.full.length }
  readers.join(cursors[one.joins])
}

test('I2: however reading, writing, trimming and the ends of turns interleave, each reader is shown the log', async () => {
  await using scene = await Scene.open()
  const runs = fc.asyncProperty(
    fc.array(act, { minLength: 5, maxLength: 40 }),
    fc.array(fc.integer({ min: -8, max: 8 })),
    async (acts, delays) => {
      await scene.nextSession()
      const late = new LateAnswers(scene.store, delays)
      const readers = new SlowReaders(scene)
      for (const one of acts) {
        await perform(scene, readers, one)
        late.actDone()
      }
      late.bePunctual()
      await scene.says('the end')
      await scene.endsTurn()
      await readers.readAll()
      await new Promise(setImmediate)
      expect(scene.feeds.size).toBe(0) // I14
    },
  )
  await fc.assert(runs, { numRuns: 200 })
}, 60_000)
