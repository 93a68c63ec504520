import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'
import { StorageError } from '../../turns/turn-store.ts'
import { failureOf, leavesDoubt, storageErrorOf } from './sqlite-failure.ts'

type Row = Record<string, SQLOutputValue>

/** A statement that reads. Where the database cannot be read it throws a `StorageError`. */
export interface ReadStatement {
  get(...parameters: readonly SQLInputValue[]): Row | undefined
  all(...parameters: readonly SQLInputValue[]): Row[]
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
