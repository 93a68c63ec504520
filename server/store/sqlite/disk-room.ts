import type { Ballast } from '../ballast.ts'
import type { WriteFailure, WriteOp } from './write-op.ts'

const SQLITE_FULL = 13

/** What a write is told that is not even tried while the disk is full. */
export const DISK_FULL: WriteFailure = { message: 'the disk is full', errcode: SQLITE_FULL }

/**
 * Whether the disk has room, as the writer sees it (F32). Once a write has found it full the ballast is given back, and only
 * what ends turns or makes room is tried, so that nothing else uses up what these need. That lasts until the ballast fits
 * again, however that came about: nobody has to restart anything.
 */
export class DiskRoom {
  readonly #ballast: Ballast | null
  #isFull: boolean

  /** Without ballast every write is tried, and the disk decides. `wasFull`: the start has given the ballast back already. */
  constructor(ballast: Ballast | null, wasFull: boolean) {
    this.#ballast = ballast
    this.#isFull = ballast !== null && !ballast.fill() && (wasFull || !ballast.hasRoomAround(0))
    if (this.#isFull) ballast?.release()
  }

  noteFull(): void {
    this.#isFull = this.#ballast !== null
    this.#ballast?.release()
  }

  /** True where the disk has so much, and leaves enough for what ends turns or makes room. */
  fits(bytes: number): boolean {
    return this.#ballast?.hasRoomAround(bytes) ?? true
  }

  /** Looks again where the disk was full. */
  isFull(): boolean {
    if (this.#isFull && this.#ballast?.fill()) this.#isFull = false
    return this.#isFull
  }
}

/** True for what may use the ballast. A turn that a crash has cut off is not taken over on it: it could not go on. */
export function endsOrMakesRoom({ kind }: WriteOp): boolean {
  switch (kind) {
    case 'end':
    case 'end_orphan':
    case 'record_stop':
    case 'cancel_send':
    case 'delete_session':
    case 'delete_all_sessions':
    case 'remove_messages':
      return true
    default:
      return false
  }
}
