import { expect, test } from 'vitest'
import { SeededRandom } from '../../server/lib/seeded-random.ts'
import { type CrashState, crashStates } from './crash-states.ts'
import { parseTrace, type TraceEvent } from './trace.ts'

function write(offset: number, text: string, file = 'db'): TraceEvent {
  return { kind: 'write', file, offset, bytes: Buffer.from(text) }
}

/** What the disk may hold at the end of these events: what is certain, and all that is possible. */
function outcomes(events: readonly TraceEvent[]): { certain: string; possible: Set<string> } {
  const possible = new Set<string>()
  let certain = ''
  for (let seed = 1; seed <= 40; seed += 1) {
    const states = [...crashStates([...events, { kind: 'told', text: '' }], new SeededRandom(seed))]
    const [nothing, half] = states.slice(-2)
    certain = show(nothing)
    possible.add(show(half))
  }
  return { certain, possible }
}

function show(state: CrashState | undefined): string {
  return state?.files.get('db')?.toString() ?? 'no file'
}

test('F35: what a sync has covered is there; of what came after, each piece may be missing', () => {
  const { certain, possible } = outcomes([write(0, 'aa'), { kind: 'sync', file: 'db' }, write(0, 'b'), write(2, 'c')])
  expect(certain).toBe('aa')
  expect(possible).toEqual(new Set(['aa', 'ba', 'aac', 'bac']))
})

test('a sync covers its own file only', () => {
  expect(outcomes([write(0, 'a'), { kind: 'sync', file: 'other' }]).certain).toBe('no file')
})

test('a file that was removed is gone for certain with the next sync of any file', () => {
  const removed: TraceEvent[] = [write(0, 'a'), { kind: 'sync', file: 'db' }, { kind: 'remove', file: 'db' }]
  expect(outcomes(removed)).toEqual({ certain: 'a', possible: new Set(['a', 'no file']) })
  expect(outcomes([...removed, { kind: 'sync', file: 'other' }]).certain).toBe('no file')
})

test('what strace writes of two threads at once is put together again', () => {
  const hex = (text: string) => text.replaceAll(/./g, (letter) => `\\x${letter.charCodeAt(0).toString(16)}`)
  const trace = [
    `7  fsync(20<${hex('/d/db-wal')}> <unfinished ...>`,
    `8  pwrite64(21<${hex('/d/db')}>, "${hex('abc')}", 3, 4096) = 3`,
    `8  write(1<${hex('/d/out')}>, "${hex('told')}", 4) = 4`,
    '7  <... fsync resumed>)              = 0',
    `7  pwrite64(21<${hex('/d/db')}>, "${hex('x')}", 1, 0) = -1 EIO (Input/output error)`,
    `7  pwrite64(22<${hex('/d/db-shm')}>, "${hex('x')}", 1, 0) = 1`,
  ].join('\n')
  expect(parseTrace(trace, { files: '/d/db', stdout: '/d/out' })).toEqual([
    { kind: 'write', file: '/d/db', offset: 4096, bytes: Buffer.from('abc') },
    { kind: 'told', text: 'told' },
    { kind: 'sync', file: '/d/db-wal' },
  ])
})
