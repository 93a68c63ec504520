/**
 * SQLite's journal (the `-wal` file) as it lies on the disk, read without SQLite: that one stops at the first frame that does
 * not add up and takes the rest for something left over, in silence. The format: https://sqlite.org/fileformat2.html#walformat
 */

export const JOURNAL_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const MAGIC_LITTLE_ENDIAN = 0x377f0682
const MAGIC_BIG_ENDIAN = 0x377f0683

export interface Journal {
  readonly pageSize: number
  /** Pages that SQLite will take from the journal. */
  readonly pages: ReadonlySet<number>
  /** Pages of the database after the last commit in the journal; 0 where it holds none. */
  readonly databasePages: number
  /** Commits behind a frame that does not add up, of the same life of the journal as the frames before it. */
  readonly unreachableCommits: number
}

/** Undefined where the bytes do not begin with the header of a journal. */
export function readJournal(bytes: Buffer): Journal | undefined {
  const magic = bytes.readUInt32BE(0)
  if (magic !== MAGIC_LITTLE_ENDIAN && magic !== MAGIC_BIG_ENDIAN) return undefined
  const sum = new RunningSum(magic === MAGIC_BIG_ENDIAN)
  sum.add(bytes.subarray(0, 24))
  if (!sum.isAt(bytes, 24)) return undefined
  const pageSize = bytes.readUInt32BE(8)
  const salts = bytes.subarray(16, 24)
  const committed = new CommittedPages()
  let isWhole = true
  let unreachableCommits = 0
  const frameBytes = FRAME_HEADER_BYTES + pageSize
  for (let at = JOURNAL_HEADER_BYTES; at + frameBytes <= bytes.length; at += frameBytes) {
    const isOfThisLife = bytes.subarray(at + 8, at + 16).equals(salts)
    const pagesAfterCommit = bytes.readUInt32BE(at + 4)
    if (isWhole) {
      sum.add(bytes.subarray(at, at + 8))
      sum.add(bytes.subarray(at + FRAME_HEADER_BYTES, at + frameBytes))
      isWhole = isOfThisLife && sum.isAt(bytes, at + 16)
    }
    if (isWhole) committed.add(bytes.readUInt32BE(at), pagesAfterCommit)
    else if (isOfThisLife && pagesAfterCommit > 0) unreachableCommits += 1
  }
  return { pageSize, pages: committed.pages, databasePages: committed.databasePages, unreachableCommits }
}

/** Frames count once the frame of their commit is there. */
class CommittedPages {
  readonly pages = new Set<number>()
  databasePages = 0
  #uncommitted: number[] = []

  /** `pagesAfterCommit` is 0 in every frame but the last of its commit. */
  add(page: number, pagesAfterCommit: number): void {
    this.#uncommitted.push(page)
    if (pagesAfterCommit === 0) return
    for (const one of this.#uncommitted) this.pages.add(one)
    this.#uncommitted = []
    this.databasePages = pagesAfterCommit
  }
}

/** The checksum that runs from the header through all frames. */
class RunningSum {
  readonly #isBigEndian: boolean
  #first = 0
  #second = 0

  constructor(isBigEndian: boolean) {
    this.#isBigEndian = isBigEndian
  }

  /** Takes whole pairs of words. */
  add(bytes: Buffer): void {
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      this.#first = (this.#first + this.#word(bytes, at) + this.#second) >>> 0
      this.#second = (this.#second + this.#word(bytes, at + 4) + this.#first) >>> 0
    }
  }

  isAt(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#first && bytes.readUInt32BE(at + 4) === this.#second
  }

  #word(bytes: Buffer, at: number): number {
    return this.#isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)
  }
}
