import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { findJournalFault } from './journal-fault.ts'

/** Checking all of a file reads all of it: beyond this a start would take noticeably longer. The doctor has no such limit. */
const WHOLE_CHECK_BYTES = 64 * 1024 ** 2
const BUSY_TIMEOUT_MS = 5_000

/** Ids and seqs are numbers in JSON (R20); one beyond this could be neither told nor counted on from. */
const LARGEST = Number.MAX_SAFE_INTEGER
/** Whose numbers the next ones are counted from. */
const COUNTING_TABLES = ['counter', 'head']

/** A file that is no database of ours, or a damaged one. It is named, left alone and never replaced by an empty one (F38). */
export class DatabaseRefusedError extends Error {
  override readonly name = 'DatabaseRefusedError'
  readonly code = 'database_refused'

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`${path} ${reason}. Nothing was changed. Put a backup in its place, or name another --data-dir.`, options)
  }
}

export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError'
  readonly code = 'schema_too_new'

  constructor(path: string, found: number, known: number) {
    super(
      `${path} was written by a newer Conch (schema ${found}, this program knows ${known}). Update Conch; nothing was changed.`,
    )
  }
}

/**
 * Refuses what must not be migrated or written to, before anything is: somebody else's database, a damaged or truncated one,
 * one with tables or triggers that no Conch has made, and numbers that no Conch has given. What people wrote is data and
 * is not judged. Throws `DatabaseRefusedError` or `SchemaTooNewError`; the file keeps every byte.
 */
export function refuseForeignDatabase(path: string, migrations: readonly string[]): void {
  const journalFault = findJournalFault(path)
  if (journalFault !== undefined) throw new DatabaseRefusedError(path, journalFault)
  if (!existsSync(path) || statSync(path).size === 0) return
  using database = openUntouched(path)
  try {
    judge(database, { path, migrations, isSmall: statSync(path).size <= WHOLE_CHECK_BYTES })
  } catch (cause) {
    if (cause instanceof DatabaseRefusedError || cause instanceof SchemaTooNewError) throw cause
    throw new DatabaseRefusedError(path, `cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

function judge(
  database: DatabaseSync,
  {
    path,
    migrations,
    isSmall,
  }: { readonly path: string; readonly migrations: readonly string[]; readonly isSmall: boolean },
): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  if (version > migrations.length) throw new SchemaTooNewError(path, version, migrations.length)
  const found = schemaOf(database)
  const difference = differenceOf(found, schemaAfter(migrations.slice(0, version)))
  if (difference !== undefined) throw new DatabaseRefusedError(path, `is not a database of Conch: ${difference}`)
  const fault = isSmall ? findFault(database) : undefined
  if (fault !== undefined) throw new DatabaseRefusedError(path, `is damaged: ${fault}`)
  const tables = [...found.keys()]
    .filter((name) => name.startsWith('table '))
    .map((name) => name.slice('table '.length))
  if (!numbersFit(database, isSmall ? tables : tables.filter((name) => COUNTING_TABLES.includes(name)))) {
    throw new DatabaseRefusedError(path, 'holds numbers that no Conch has written')
  }
}

/** Without a journal beside it nobody has the file open, and it can be read without leaving new files there. */
function openUntouched(path: string): DatabaseSync {
  if (existsSync(`${path}-wal`)) return new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  const address = pathToFileURL(path)
  address.searchParams.set('immutable', '1')
  return new DatabaseSync(address, { readOnly: true })
}

/** Name and definition of each table, index, trigger and view. */
type Schema = ReadonlyMap<string, string>

function schemaOf(database: DatabaseSync): Schema {
  const rows = database
    .prepare(`SELECT type, name, sql FROM sqlite_schema
      WHERE sql IS NOT NULL AND name NOT IN ('sqlite_sequence', 'sqlite_stat1', 'sqlite_stat4')`)
    .all()
  return new Map(rows.map(({ type, name, sql }) => [`${type} ${name}`, String(sql)]))
}

/** What these migrations make of an empty database. */
function schemaAfter(migrations: readonly string[]): Schema {
  using database = new DatabaseSync(':memory:')
  for (const sql of migrations) database.exec(sql)
  return schemaOf(database)
}

/** The first difference, in words. */
function differenceOf(found: Schema, ours: Schema): string | undefined {
  for (const [name, sql] of found) if (ours.get(name) !== sql) return `its ${name} is not one that Conch makes`
  for (const name of ours.keys()) if (!found.has(name)) return `it has no ${name}`
  return undefined
}

function findFault(database: DatabaseSync): string | undefined {
  const message = String(database.prepare('PRAGMA quick_check(1)').get()?.quick_check)
  return message === 'ok' ? undefined : message.replaceAll('\n', ' ')
}

/** Whether every whole number in these tables is one that JavaScript can hold. */
function numbersFit(database: DatabaseSync, tables: readonly string[]): boolean {
  return tables.every((table) => {
    const columns = database.prepare(`SELECT name FROM pragma_table_info(?) WHERE type = 'INTEGER'`).all(table)
    if (columns.length === 0) return true
    const tooLarge = columns.map(({ name }) => `"${name}" NOT BETWEEN ${-LARGEST} AND ${LARGEST}`).join(' OR ')
    return database.prepare(`SELECT 1 FROM "${table}" WHERE ${tooLarge} LIMIT 1`).get() === undefined
  })
}
