import { StorageError } from '../../turns/turn-store.ts'
import type { WriteFailure } from './write-op.ts'

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_NOMEM = 7
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14
const SQLITE_NOTADB = 26
/** The file that all connections share cannot grow: no room, and nothing has been written. */
const SQLITE_IOERR_SHMSIZE = SQLITE_IOERR | (19 << 8)

/** What an error of SQLite says of itself. */
export function failureOf(error: unknown): WriteFailure {
  const message = error instanceof Error ? error.message : String(error)
  const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : null
  return { message, errcode }
}

/** True where another connection held the database past the time limit. */
export function isBusy(failure: WriteFailure): boolean {
  return hasCode(failure, [SQLITE_BUSY, SQLITE_LOCKED])
}

export function isFull(failure: WriteFailure): boolean {
  return hasCode(failure, [SQLITE_FULL]) || failure.errcode === SQLITE_IOERR_SHMSIZE
}

/** True where nobody can say what the disk holds now: the next flush may only seem to work, so none is tried (R16). */
export function leavesDoubt(failure: WriteFailure): boolean {
  return !isFull(failure) && hasCode(failure, [SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB])
}

/** What a failure means to those who asked: make room, try again, restore a backup, or restart (R16). */
export function storageErrorOf(failure: WriteFailure): Error {
  const { errcode, message } = failure
  if (errcode === null) return new Error(message)
  const cause = new Error(message)
  if (isFull(failure)) {
    return new StorageError('storage_full', 'The disk is full. Make room, then try again.', { cause })
  }
  if (isBusy(failure) || hasCode(failure, [SQLITE_NOMEM, SQLITE_CANTOPEN])) {
    const words = 'The database cannot be written right now. Try again in a moment.'
    return new StorageError('storage_busy', words, { cause })
  }
  if (hasCode(failure, [SQLITE_READONLY])) {
    const words =
      'The database may not be written: its disk or its permissions are read-only. Change that, then try again.'
    return new StorageError('storage_busy', words, { cause })
  }
  if (hasCode(failure, [SQLITE_CORRUPT, SQLITE_NOTADB])) {
    const words = 'The database is damaged. Nothing more is written; `npm start -- doctor` says what to do.'
    return new StorageError('storage_failed', words, { cause })
  }
  return new StorageError(
    'storage_failed',
    'The database cannot be used any more. Restart Conch and look at its log.',
    { cause },
  )
}

/** By SQLite's result code without what an extended one adds to it. */
function hasCode({ errcode }: WriteFailure, codes: readonly number[]): boolean {
  return errcode !== null && codes.includes(errcode & 0xff)
}
