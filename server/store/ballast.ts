import { randomFillSync } from 'node:crypto'
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const BALLAST_BYTES = 8 * 1024 * 1024
const PIECE_BYTES = 1024 * 1024
/** What must be free beside the ballast before it is made: a disk that is nearly full is not filled by us. */
const HEADROOM_BYTES = 4 * 1024 * 1024

/**
 * Room that is kept for a full disk (F32, R16): a file that is given back when the disk is full, so that running turns can
 * record their end and people can delete things, which takes room as well.
 */
export class Ballast {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** True where the ballast is there, whole. Leaves nothing of it where it does not fit. */
  fill(): boolean {
    return this.#isWhole() || (this.hasRoomAround(BALLAST_BYTES) && this.#write())
  }

  /** Gives the room back. False where there was none to give. */
  release(): boolean {
    return doneBySystem(() => {
      const { size } = statSync(this.#path)
      rmSync(this.#path)
      return size > 0
    })
  }

  /** Gives the room back where the disk has none but this. True where that is so. */
  releaseIfFull(): boolean {
    return !this.hasRoomAround(0) && this.release()
  }

  /** True where the disk has so much room, and some more. */
  hasRoomAround(bytes: number): boolean {
    return doneBySystem(() => {
      const { bavail, bsize } = statfsSync(dirname(this.#path))
      return bavail * bsize >= bytes + HEADROOM_BYTES
    })
  }

  #isWhole(): boolean {
    return doneBySystem(() => statSync(this.#path).size === BALLAST_BYTES)
  }

  /** Noise, because a file system that compresses would keep no room for anything else. */
  #write(): boolean {
    const isWritten = doneBySystem(() => {
      const file = openSync(this.#path, 'w', 0o600)
      try {
        const piece = randomFillSync(new Uint8Array(PIECE_BYTES))
        let written = 0
        while (written < BALLAST_BYTES)
          written += writeSync(file, piece, 0, Math.min(PIECE_BYTES, BALLAST_BYTES - written))
      } finally {
        closeSync(file)
      }
      return true
    })
    if (!isWritten) this.release()
    return isWritten
  }
}

/** False where the file system refused, or `work` says so. A disk without ballast is no reason to stop. */
function doneBySystem(work: () => boolean): boolean {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return false
    throw error
  }
}
