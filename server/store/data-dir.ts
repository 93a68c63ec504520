import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { codeOf } from '../lib/error-code.ts'

export class DataDirError extends Error {
  override readonly name = 'DataDirError'
  readonly code: 'data_dir_unsafe' | 'data_dir_in_use' | 'data_dir_unusable'

  constructor(code: DataDirError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Where the running server can be reached; written for `conch link` and for the message of a second server. */
const serverNoteSchema = z.object({ pid: z.number(), url: z.string() })
export type ServerNote = z.infer<typeof serverNoteSchema>

/**
 * A data directory that is ours alone while this object lives (D5): a second process is refused (F26).
 *
 * The lock is SQLite's own exclusive lock on a file of its own. The system drops it with the process, however that ends, so
 * there is never a stale lock to judge.
 */
export class DataDir implements Disposable {
  readonly path: string
  readonly #lock: DatabaseSync

  private constructor(path: string, lock: DatabaseSync) {
    this.path = path
    this.#lock = lock
  }

  /** Creates the directory where it is missing, for its owner only (S8). Throws `DataDirError`. */
  static open(path: string): DataDir {
    prepareDirectory(path)
    const lock = takeLock(path)
    rmSync(join(path, NOTE_FILE), { force: true }) // of one that was killed: whoever listens there now is not this server
    return new DataDir(path, lock)
  }

  get database(): string {
    return join(this.path, 'conch.db')
  }

  get images(): string {
    return join(this.path, 'images')
  }

  /** The reserve for a full disk. */
  get ballast(): string {
    return join(this.path, 'ballast')
  }

  noteServer(note: ServerNote): void {
    writeFileSync(join(this.path, NOTE_FILE), `${JSON.stringify(note)}\n`, { mode: 0o600 })
  }

  [Symbol.dispose](): void {
    rmSync(join(this.path, NOTE_FILE), { force: true })
    this.#lock.close()
  }
}

const NOTE_FILE = 'server.json'
const SQLITE_BUSY = 5

/** What the server that uses `path` has noted of itself; undefined where none has, or its note is damaged. */
export function readServerNote(path: string): ServerNote | undefined {
  try {
    return serverNoteSchema.parse(JSON.parse(readFileSync(join(path, NOTE_FILE), 'utf8')))
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError || codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function prepareDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const stats = lstatSync(path)
    if (stats.isSymbolicLink()) {
      throw new DataDirError(
        'data_dir_unsafe',
        `${path} is a symbolic link. Name the directory itself with --data-dir.`,
      )
    }
    const uid = process.getuid?.()
    if (uid !== undefined && stats.uid !== uid) {
      throw new DataDirError('data_dir_unsafe', `${path} belongs to another user. Choose another --data-dir.`)
    }
    if (uid !== undefined && (stats.mode & 0o077) !== 0) chmodSync(path, 0o700)
  } catch (cause) {
    if (cause instanceof DataDirError) throw cause
    throw unusable(`The data directory ${path}`, cause)
  }
}

function takeLock(path: string): DatabaseSync {
  const file = join(path, 'lock')
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(file, { timeout: 0 })
    // Nothing is ever written to this file, so that a full disk does not keep a server from starting (F32).
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return lock
  } catch (cause) {
    lock?.close()
    throw isBusy(cause) ? inUse(path, cause) : unusable(`The lock ${file}`, cause)
  }
}

function inUse(path: string, cause: unknown): DataDirError {
  const other = readServerNote(path)
  const who = other ? `the Conch at ${other.url} (process ${other.pid})` : 'another Conch'
  const advice = 'Stop it first, or choose another directory with --data-dir.'
  return new DataDirError('data_dir_in_use', `${path} is in use by ${who}. ${advice}`, { cause })
}

function unusable(what: string, cause: unknown): DataDirError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new DataDirError('data_dir_unusable', `${what} cannot be used: ${reason}`, { cause })
}

/** SQLite's answer where another connection has the lock. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY
}
