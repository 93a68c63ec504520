import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { refuseForeignDatabase, SchemaTooNewError } from './offered-database.ts'
import { failureOf } from './sqlite-failure.ts'

const MIGRATIONS = new URL('./migrations/', import.meta.url)
const BUSY_TIMEOUT_MS = 5_000

/** The one connection that writes, with the settings that durability rests on (R4, D3). */
export function openForWriting(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -16000;
  `)
  return database
}

/** A connection that only reads: it sees what is committed and never waits for the writer. */
export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  database.exec('PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY')
  return database
}

/** A database that is ours and cannot be written: its disk is read-only, or has no room for the files beside it (F34). */
export class DatabaseUnusableError extends Error {
  override readonly name = 'DatabaseUnusableError'
  readonly code = 'database_unusable'

  constructor(path: string, cause: unknown) {
    const advice = 'Look whether its disk may be written and has room, also for new files'
    super(`${path} cannot be opened for writing: ${failureOf(cause).message}. ${advice}. Nothing was lost.`, { cause })
  }
}

/**
 * Brings the file at `path` to this program's schema, each step whole or not at all (F27). Throws `SchemaTooNewError`
 * where the file is from a newer program, `DatabaseRefusedError` where it is not ours or is damaged (F38), and
 * `DatabaseUnusableError` where the disk does not let it be written.
 */
export function migrate(path: string, migrations: readonly string[] = readMigrations()): void {
  try {
    refuseForeignDatabase(path, migrations)
    using database = openForWriting(path)
    migrateDatabase(database, path, migrations)
  } catch (error) {
    if (failureOf(error).errcode !== null) throw new DatabaseUnusableError(path, error)
    throw error
  }
}

/** The same on an open connection; `name` is what a refusal calls it. */
export function migrateDatabase(database: DatabaseSync, name: string, migrations = readMigrations()): void {
  const found = schemaVersion(database)
  if (found > migrations.length) throw new SchemaTooNewError(name, found, migrations.length)
  for (const [index, sql] of migrations.entries()) {
    if (index >= found) applyMigration(database, sql, index + 1)
  }
}

function applyMigration(database: DatabaseSync, sql: string, version: number): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(sql)
    database.exec(`PRAGMA user_version = ${version}`)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** File names begin with their number, from 001 on, without gaps. */
function readMigrations(): readonly string[] {
  const names = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql'))
  return names.sort().map((name) => readFileSync(new URL(name, MIGRATIONS), 'utf8'))
}

function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
}
