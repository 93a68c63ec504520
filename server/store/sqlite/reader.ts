import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'
import { StorageError } from '../../turns/turn-store.ts'
import { failureOf, leavesDoubt, storageErrorOf } from './sqlite-failure.ts'

type Row = Record<string, SQLOutputValue>

/** A statement that reads. Where the database cannot be read it throws a `StorageError`. */
export interface ReadStatement {
  get(...parameters: readonly SQLInputValue[]): Row | undefined
  all(...parameters: readonly SQLInputValue[]): Row[]
  /** The first rows, until `maxBytes` are full, and at least one (R15): what comes after is not read. */
  page(maxBytes: number, ...parameters: readonly SQLInputValue[]): { readonly rows: Row[]; readonly isCut: boolean }
}

/** The connection that reads, and who hears of a database that should not be written any more either (R16). */
export class Reader {
  readonly database: DatabaseSync
  readonly #onDamage: (error: StorageError) => void

  constructor(database: DatabaseSync, onDamage: (error: StorageError) => void) {
    this.database = database
    this.#onDamage = onDamage
  }

  prepare(sql: string): ReadStatement {
    const statement = this.database.prepare(sql)
    return {
      get: (...parameters) => this.read(() => statement.get(...parameters)),
      all: (...parameters) => this.read(() => statement.all(...parameters)),
      page: (maxBytes, ...parameters) => this.read(() => firstRows(statement.iterate(...parameters), maxBytes)),
    }
  }

  /** Does `look`, whose failures are those of storage. */
  read<T>(look: () => T): T {
    try {
      return look()
    } catch (error) {
      const failure = failureOf(error)
      if (failure.errcode === null) throw error
      const storageError = storageErrorOf(failure)
      if (storageError instanceof StorageError && leavesDoubt(failure)) this.#onDamage(storageError)
      throw storageError
    }
  }
}

function firstRows(found: Iterable<Row>, maxBytes: number): { rows: Row[]; isCut: boolean } {
  const rows: Row[] = []
  let bytes = 0
  for (const row of found) {
    bytes += bytesOf(row)
    if (bytes > maxBytes && rows.length > 0) return { rows, isCut: true }
    rows.push(row)
  }
  return { rows, isCut: false }
}

/** Of its texts: the rest of a row is small. */
function bytesOf(row: Row): number {
  let bytes = 0
  for (const value of Object.values(row)) if (typeof value === 'string') bytes += Buffer.byteLength(value)
  return bytes
}
