import { describe, expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { GroupCommit, type OpOutcome } from './group-commit.ts'

const GAP_MS = 5

/** A group commit whose disk is in the test's hands. */
class Scene {
  readonly clock = new ManualClock()
  /** Batches handed to the disk, with the time it got them. */
  readonly batches: { readonly ops: readonly string[]; readonly atMs: number }[] = []
  readonly told: string[] = []
  readonly commits: GroupCommit<string, string>
  #open: PromiseWithResolvers<readonly OpOutcome<string>[]> | undefined
  inFlight = 0

  constructor() {
    this.commits = new GroupCommit<string, string>({
      clock: this.clock,
      gapMs: GAP_MS,
      deliver: (op, result) => this.told.push(`${op}=${result}`),
      commit: async (ops) => {
        this.batches.push({ ops, atMs: this.clock.monotonicMs() })
        this.inFlight += 1
        expect(this.inFlight).toBe(1)
        this.#open = Promise.withResolvers()
        try {
          return await this.#open.promise
        } finally {
          this.inFlight -= 1
        }
      },
    })
  }

  submit(op: string): Promise<string> {
    return this.commits.submit(() => op)
  }

  get opsOfBatches(): readonly (readonly string[])[] {
    return this.batches.map((batch) => batch.ops)
  }

  /** The disk answers the batch it has: `done` for each op, unless `answers` says otherwise. */
  async finish(answers?: readonly OpOutcome<string>[]): Promise<void> {
    const ops = this.batches.at(-1)?.ops ?? []
    this.#open?.resolve(answers ?? ops.map(() => ({ ok: true, result: 'done' })))
    await turnOfTheLoop()
  }

  async breakDown(error: unknown): Promise<void> {
    this.#open?.reject(error)
    await turnOfTheLoop()
  }
}

describe('pace', () => {
  test('D3: the first write of a lull goes at once, with all that its tick submits', async () => {
    const scene = new Scene()
    const writes = [scene.submit('a'), scene.submit('b')]
    expect(scene.batches).toEqual([])
    await turnOfTheLoop()
    expect(scene.opsOfBatches).toEqual([['a', 'b']])
    await scene.finish()
    expect(await Promise.all(writes)).toEqual(['done', 'done'])
  })

  test('D3: at least the gap lies between the starts of two commits', async () => {
    const scene = new Scene()
    const first = scene.submit('a')
    await turnOfTheLoop()
    scene.clock.advance(2)
    await scene.finish()
    await first
    const second = scene.submit('b')
    scene.clock.advance(GAP_MS - 2 - 1)
    await turnOfTheLoop()
    expect(scene.batches).toHaveLength(1)
    scene.clock.advance(1)
    await turnOfTheLoop()
    await scene.finish()
    expect(await second).toBe('done')
    expect(scene.batches.map((batch) => batch.atMs)).toEqual([0, GAP_MS])
  })

  test('D3: a slow commit is followed at once, and never joined by a second one', async () => {
    const scene = new Scene()
    const writes = [scene.submit('a')]
    await turnOfTheLoop()
    for (const op of ['b', 'c', 'd']) {
      writes.push(scene.submit(op))
      scene.clock.advance(10 * GAP_MS)
      await turnOfTheLoop()
    }
    expect(scene.opsOfBatches).toEqual([['a']])
    await scene.finish()
    expect(scene.opsOfBatches).toEqual([['a'], ['b', 'c', 'd']])
    await scene.finish()
    await Promise.all(writes)
  })
})

describe('order', () => {
  test('R3: each success is told in order, before any promise resolves and before the next commit', async () => {
    const scene = new Scene()
    const order: string[] = []
    const writes = ['a', 'b', 'c'].map((op) =>
      scene.submit(op).then(() => order.push(`${op} after ${scene.told.length}`)),
    )
    await turnOfTheLoop()
    await scene.finish()
    await Promise.all(writes)
    expect(scene.told).toEqual(['a=done', 'b=done', 'c=done'])
    expect(order).toEqual(['a after 3', 'b after 3', 'c after 3'])
  })

  test('D3: an op is prepared when its commit begins, once, in the order of submission', async () => {
    const scene = new Scene()
    const prepared: string[] = []
    const submit = (op: string) =>
      scene.commits.submit(() => {
        prepared.push(op)
        return `${op} of batch ${scene.batches.length}`
      })
    const writes = [submit('a'), submit('b')]
    expect(prepared).toEqual([])
    await turnOfTheLoop()
    writes.push(submit('c'))
    expect(prepared).toEqual(['a', 'b'])
    scene.clock.advance(GAP_MS)
    await scene.finish()
    await scene.finish()
    await Promise.all(writes)
    expect(scene.opsOfBatches).toEqual([['a of batch 0', 'b of batch 0'], ['c of batch 1']])
  })

  test('what a preparation submits goes with the next commit', async () => {
    const scene = new Scene()
    let inner: Promise<string> | undefined
    const outer = scene.commits.submit(() => {
      inner = scene.submit('inner')
      return 'outer'
    })
    await turnOfTheLoop()
    scene.clock.advance(GAP_MS)
    await scene.finish()
    await scene.finish()
    await Promise.all([outer, inner])
    expect(scene.opsOfBatches).toEqual([['outer'], ['inner']])
  })
})

describe('failures', () => {
  test('an op whose preparation throws is refused alone', async () => {
    const scene = new Scene()
    const bad = scene.commits.submit(() => {
      throw new Error('cannot be prepared')
    })
    const results = Promise.allSettled([scene.submit('a'), bad, scene.submit('b')])
    await turnOfTheLoop()
    await scene.finish()
    expect((await results).map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(scene.opsOfBatches).toEqual([['a', 'b']])
  })

  test('where no op can be prepared the disk is left alone and the next write goes on', async () => {
    const scene = new Scene()
    const bad = scene.commits.submit(() => {
      throw new Error('cannot be prepared')
    })
    await expect(bad).rejects.toThrow('cannot be prepared')
    expect(scene.batches).toEqual([])
    const good = scene.submit('a')
    scene.clock.advance(GAP_MS)
    await turnOfTheLoop()
    await scene.finish()
    expect(await good).toBe('done')
  })

  test('one failed op is refused with its own error, and not told', async () => {
    const scene = new Scene()
    const results = Promise.allSettled([scene.submit('a'), scene.submit('b'), scene.submit('c')])
    await turnOfTheLoop()
    const error = new Error('row refused')
    await scene.finish([
      { ok: true, result: '1' },
      { ok: false, error },
      { ok: true, result: '3' },
    ])
    expect(await results).toMatchObject([{ value: '1' }, { status: 'rejected', reason: error }, { value: '3' }])
    expect(scene.told).toEqual(['a=1', 'c=3'])
  })

  test('a commit that throws refuses its whole batch, and the next one goes on', async () => {
    const scene = new Scene()
    const results = Promise.allSettled([scene.submit('a'), scene.submit('b')])
    await turnOfTheLoop()
    const next = scene.submit('c')
    scene.clock.advance(GAP_MS)
    const error = new Error('the disk is gone')
    await scene.breakDown(error)
    expect(await results).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ])
    expect(scene.told).toEqual([])
    await scene.finish()
    expect(await next).toBe('done')
  })

  test('an op that the disk forgot to answer is refused', async () => {
    const scene = new Scene()
    const results = Promise.allSettled([scene.submit('a'), scene.submit('b')])
    await turnOfTheLoop()
    await scene.finish([{ ok: true, result: '1' }])
    expect((await results).map((result) => result.status)).toEqual(['fulfilled', 'rejected'])
  })
})

describe('drained', () => {
  test('resolves when nothing waits and nothing is in flight', async () => {
    const scene = new Scene()
    await scene.commits.drained()
    const writes = [scene.submit('a')]
    await turnOfTheLoop()
    writes.push(scene.submit('b'))
    let drained = false
    const waiting = scene.commits.drained().then(() => {
      drained = true
    })
    scene.clock.advance(GAP_MS)
    await scene.finish()
    expect([scene.opsOfBatches.length, drained]).toEqual([2, false])
    await scene.finish()
    await Promise.all([...writes, waiting])
  })
})

/** Lets everything run that is due in this turn of the event loop. */
async function turnOfTheLoop(): Promise<void> {
  await new Promise(setImmediate)
  await new Promise(setImmediate)
}
