import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../protocol/entry.ts'
import { claimed, claimOf, fenceOf, hurriedClock, SqliteScenario, takenOver } from '../store/store-scenario.ts'
import type { Fence } from './fence.ts'
import { InterceptedStore } from './intercepted-store.ts'
import { COMPLETED, endOf, says, stepFinished, stepStarted, thinks, toolCalled } from './scripted-events.ts'
import { entryJson, type StoredEntry } from './stored-entry.ts'
import { type LogLoss, StaleFenceError, TurnLog } from './turn-log.ts'
import { StorageError } from './turn-store.ts'

const MAX_DELTA_LENGTH = 40_960
const HIGH_WATER_LENGTH = 262_144

/** A turn's log over a real store whose disk the test can hold up. */
class Scene implements AsyncDisposable {
  readonly stores: SqliteScenario
  readonly store: InterceptedStore
  readonly fence: Fence
  readonly losses: LogLoss[] = []
  readonly log: TurnLog

  private constructor(stores: SqliteScenario, fence: Fence) {
    this.stores = stores
    this.fence = fence
    this.store = new InterceptedStore(stores.turns)
    this.log = new TurnLog({ store: this.store, fence, onLost: (loss) => this.losses.push(loss) })
  }

  /** A turn whose first step has started. */
  static async open(): Promise<Scene> {
    const stores = await SqliteScenario.open({ pace: hurriedClock() })
    const scene = new Scene(stores, fenceOf(await claimed(stores, claimOf(await stores.addSession()))))
    scene.emits(stepStarted())
    await scene.log.committed()
    return scene
  }

  /** Says it all in one go, without waiting for the disk. */
  emits(...events: SessionEvent[]): void {
    for (const event of events) void this.log.emit(event)
  }

  /** The disk takes nothing until the returned function is called. */
  holdDisk(): () => void {
    const held = Promise.withResolvers<void>()
    this.store.intercept = async (_method, call) => {
      await held.promise
      return await call()
    }
    return held.resolve
  }

  breakDisk(): StorageError {
    const error = new StorageError('storage_full', 'refused by the test')
    this.store.intercept = () => Promise.reject(error)
    return error
  }

  /** Another program holds the database for so many tries. */
  lockDisk(times: number): void {
    let tries = 0
    this.store.intercept = (_method, call) => {
      tries += 1
      return tries > times ? call() : Promise.reject(new StorageError('storage_busy', 'refused by the test'))
    }
  }

  /** What was written after the step's start. */
  async written(): Promise<StoredEntry[]> {
    return (await this.stores.log(this.fence.sessionId)).slice(2)
  }

  async writtenTexts(): Promise<string[]> {
    return (await this.written()).map((entry) => JSON.parse(entry.data).text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stores[Symbol.asyncDispose]()
  }
}

describe('gathering', () => {
  test('D3: pieces of one text that wait for the same commit become one event', async () => {
    await using scene = await Scene.open()
    for (const piece of ['one', ' two', ' three']) expect(scene.log.emit(says(piece))).toBeUndefined()
    await scene.log.committed()
    expect(await scene.writtenTexts()).toEqual(['one two three'])
  })

  test('other kinds, other steps and what stands between keep them apart, in order', async () => {
    await using scene = await Scene.open()
    const events = [
      thinks('a'),
      thinks('b'),
      says('c'),
      toolCalled('x'),
      says('d'),
      stepFinished('cd'),
      stepStarted(2),
      says('e', 2),
      says('f', 2),
    ]
    scene.emits(...events)
    await scene.log.committed()
    const words = (await scene.written()).map(({ type, data }) => `${type} ${JSON.parse(data).text ?? ''}`.trim())
    expect(words).toEqual([
      'reasoning.delta ab',
      'text.delta c',
      'tool.called',
      'text.delta d',
      'step.finished cd',
      'step.started',
      'text.delta ef',
    ])
  })

  test('D3: while the disk is busy everything gathers for one write, and nothing overtakes', async () => {
    await using scene = await Scene.open()
    const releaseDisk = scene.holdDisk()
    scene.emits(says('a'))
    await new Promise(setImmediate)
    scene.emits(says('b'))
    const commits: number[] = []
    scene.stores.turns.onCommitted((_sessionId, entries) => commits.push(entries.length))
    releaseDisk()
    await scene.log.committed()
    scene.emits(says('c'))
    await scene.log.committed()
    expect([await scene.writtenTexts(), commits]).toEqual([
      ['ab', 'c'],
      [1, 1],
    ])
  })

  test('F37: past the high water mark the caller is asked to wait for the disk', async () => {
    await using scene = await Scene.open()
    const releaseDisk = scene.holdDisk()
    const half = 'x'.repeat(HIGH_WATER_LENGTH / 2)
    expect(scene.log.emit(says(half))).toBeUndefined()
    expect(scene.log.emit(says(half))).toBeUndefined()
    const wait = scene.log.emit(says('!'))
    expect(wait).toBeInstanceOf(Promise)
    releaseDisk()
    await wait
    expect((await scene.writtenTexts()).join('')).toBe(`${half}${half}!`)
    expect(scene.log.emit(says('on'))).toBeUndefined()
    await scene.log.committed()
  })
})

describe('long pieces', () => {
  test('F54, R18: are split, never inside a character', async () => {
    await using scene = await Scene.open()
    const shells = fc.array(fc.record({ letters: fc.nat(70_000), shells: fc.nat(40_000) }), {
      minLength: 1,
      maxLength: 2,
    })
    const runs = fc.asyncProperty(shells, async (parts) => {
      const before = (await scene.written()).length
      const texts = parts.map((part) => 'a'.repeat(part.letters) + '\u{1f41a}'.repeat(part.shells))
      scene.emits(...texts.map((text) => says(text)))
      await scene.log.committed()
      const pieces = (await scene.writtenTexts()).slice(before)
      expect(pieces.join('') === texts.join('')).toBe(true)
      expect(pieces.filter((piece) => piece.length > MAX_DELTA_LENGTH || !piece.isWellFormed())).toEqual([])
    })
    await fc.assert(runs, { numRuns: 15 })
  })

  test('R15, F54: no event is larger than 256 KB, whatever JSON makes of its characters', async () => {
    await using scene = await Scene.open()
    for (const character of ['\u0001', '\\', '\u20ac', '\u{1f41a}']) scene.emits(says(character.repeat(200_000)))
    await scene.log.committed()
    const sizes = (await scene.written()).map((entry) => Buffer.byteLength(entryJson(entry)))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024)
    expect(Math.max(...sizes)).toBeGreaterThan(200 * 1024)
  })

  test('a split is as long as it may be', async () => {
    await using scene = await Scene.open()
    scene.emits(says(`a${'\u{1f41a}'.repeat(MAX_DELTA_LENGTH)}`))
    await scene.log.committed()
    const lengths = (await scene.writtenTexts()).map((piece) => piece.length)
    expect(lengths).toEqual([MAX_DELTA_LENGTH - 1, MAX_DELTA_LENGTH, 2])
  })
})

describe('loss', () => {
  test('a write that fails is told once; what it had and what came after is kept, in order', async () => {
    await using scene = await Scene.open()
    const error = scene.breakDisk()
    scene.emits(says('a'))
    await expect(scene.log.committed()).rejects.toBe(error)
    scene.emits(says('too late'))
    expect(scene.losses).toEqual([{ kind: 'failed', error }])
    scene.store.intercept = (_method, call) => call()
    await expect(scene.log.committed()).rejects.toBe(error)
    expect(await scene.written()).toEqual([])
  })

  test('I2: the database refuses one write: no later one overtakes it, and all of it is kept for the end', async () => {
    await using scene = await Scene.open()
    scene.stores.beside((database) =>
      database.exec(
        `CREATE TRIGGER refuse BEFORE INSERT ON live WHEN NEW.data LIKE '%first%'
           BEGIN SELECT RAISE(ABORT, 'refused by the test'); END`,
      ),
    )
    scene.emits(says('first'))
    await new Promise(setImmediate)
    scene.emits(says('second'))
    scene.emits(stepFinished('firstsecond'))
    await expect(scene.log.committed()).rejects.toThrow(StorageError)
    expect(await scene.written()).toEqual([])
    const kept = scene.log.unwritten.map((event) => ('text' in event.data ? event.data.text : event.type))
    expect(kept).toEqual(['first', 'second', 'firstsecond'])
  })

  test('F36: a write that meets a locked database is tried again, nothing overtakes it, and everything comes once', async () => {
    await using scene = await Scene.open()
    scene.lockDisk(5)
    scene.emits(says('one '))
    scene.emits(toolCalled('a'))
    scene.emits(says('two '), stepFinished('one two '))
    await scene.log.committed()
    const types = (await scene.written()).map((entry) => entry.type)
    expect(types).toEqual(['text.delta', 'tool.called', 'text.delta', 'step.finished'])
    expect(scene.losses).toEqual([])
  })

  test('F36: a database that stays locked is a loss, and all of it is kept for the end', async () => {
    await using scene = await Scene.open()
    scene.lockDisk(6)
    scene.emits(says('one '), says('two'))
    await expect(scene.log.committed()).rejects.toMatchObject({ code: 'storage_busy' })
    expect(scene.losses).toMatchObject([{ kind: 'failed' }])
    expect(scene.log.unwritten.map((event) => ('text' in event.data ? event.data.text : event.type)).join('')).toBe(
      'one two',
    )
  })

  test('F36: an end that overtakes what a locked database has put back carries it', async () => {
    await using scene = await Scene.open()
    const held = Promise.withResolvers<void>()
    scene.store.intercept = async () => {
      scene.store.intercept = async (_method, call) => {
        await held.promise
        return await call()
      }
      throw new StorageError('storage_busy', 'refused by the test')
    }
    scene.emits(says('one'))
    await new Promise(setImmediate) // the first try is over, the second hangs
    const events = [...scene.log.unwritten, ...endOf(COMPLETED).events]
    await scene.stores.turns.endTurn(scene.fence, () => ({ ...endOf(COMPLETED), events }))
    held.resolve()
    await expect(scene.log.committed()).rejects.toThrow(StaleFenceError)
    expect((await scene.written()).map((entry) => entry.type)).toEqual(['text.delta', 'turn.ended'])
  })

  test('nothing is left over while nothing has failed', async () => {
    await using scene = await Scene.open()
    scene.emits(says('a'))
    expect(scene.log.unwritten).toEqual([])
    await scene.log.committed()
    expect(scene.log.unwritten).toEqual([])
  })

  test('I8: a stale fence is told as that, and nothing more is written', async () => {
    await using scene = await Scene.open()
    await takenOver(scene.stores, 'another worker')
    scene.emits(says('stray'))
    await expect(scene.log.committed()).rejects.toThrow(StaleFenceError)
    scene.emits(says('stray'))
    await expect(scene.log.committed()).rejects.toThrow(StaleFenceError)
    expect(scene.losses).toMatchObject([{ kind: 'fenced' }])
    expect(await scene.written()).toEqual([])
  })
})

describe('sealed', () => {
  test('R14: takes nothing more; what was taken stands before the end', async () => {
    await using scene = await Scene.open()
    scene.emits(says('a'))
    scene.log.seal()
    expect(scene.log.emit(says('b'))).toBeUndefined()
    await scene.stores.turns.endTurn(scene.fence, () => endOf(COMPLETED))
    expect((await scene.written()).map((entry) => entry.type)).toEqual(['text.delta', 'turn.ended'])
    expect((await scene.writtenTexts())[0]).toBe('a')
  })
})
