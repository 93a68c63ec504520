import type { SeededRandom } from '../../server/lib/seeded-random.ts'
import type { TraceEvent } from './trace.ts'

type Change = Extract<TraceEvent, { kind: 'write' | 'truncate' | 'remove' }>

/** The disk as the power may have left it, and what had been told by then. */
export interface CrashState {
  /** Index of the event in the trace before which the power failed. */
  readonly cut: number
  readonly mode: 'nothing unsynced' | 'half of the unsynced'
  readonly files: ReadonlyMap<string, Buffer>
  readonly told: string
}

/**
 * For every change of a file, and for every line that was told: the files as they could look had the power failed right
 * before. What a sync has covered is there; of what was written since, either nothing is, or each piece with even chances.
 * Names follow the journal of the file system: that a file was removed is settled by the next sync, of whatever file.
 */
export function* crashStates(events: readonly TraceEvent[], random: SeededRandom): Generator<CrashState> {
  const synced = new Map<string, Buffer>()
  const unsynced = new Map<string, Change[]>()
  let told = ''
  for (const [cut, event] of events.entries()) {
    if (event.kind !== 'sync') {
      yield { cut, mode: 'nothing unsynced', files: new Map(synced), told }
      yield { cut, mode: 'half of the unsynced', files: withHalf(synced, unsynced, random), told }
    }
    switch (event.kind) {
      case 'told':
        told += event.text
        break
      case 'sync':
        apply(synced, unsynced.get(event.file) ?? [])
        unsynced.delete(event.file)
        settleRemovals(synced, unsynced)
        break
      default:
        unsynced.set(event.file, [...(unsynced.get(event.file) ?? []), event])
    }
  }
}

function withHalf(
  synced: ReadonlyMap<string, Buffer>,
  unsynced: ReadonlyMap<string, readonly Change[]>,
  random: SeededRandom,
): Map<string, Buffer> {
  const files = new Map(synced)
  for (const changes of unsynced.values()) {
    apply(
      files,
      changes.filter(() => random.below(2) === 0),
    )
  }
  return files
}

function settleRemovals(synced: Map<string, Buffer>, unsynced: Map<string, Change[]>): void {
  for (const [file, changes] of unsynced) {
    const removal = changes.findLastIndex(({ kind }) => kind === 'remove')
    if (removal < 0) continue
    synced.delete(file)
    unsynced.set(file, changes.slice(removal + 1))
  }
}

function apply(files: Map<string, Buffer>, changes: readonly Change[]): void {
  for (const change of changes) {
    const old = files.get(change.file) ?? Buffer.alloc(0)
    if (change.kind === 'remove') files.delete(change.file)
    else if (change.kind === 'truncate') files.set(change.file, resized(old, change.size))
    else files.set(change.file, written(old, change))
  }
}

function written(old: Buffer, { offset, bytes }: Extract<Change, { kind: 'write' }>): Buffer {
  const file = resized(old, Math.max(old.length, offset + bytes.length))
  bytes.copy(file, offset)
  return file
}

/** Always a copy: earlier states keep theirs. */
function resized(old: Buffer, size: number): Buffer {
  const file = Buffer.alloc(size)
  old.copy(file)
  return file
}
