import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { openReadOnly } from './open-read-only.ts'

/** What people have set, as JSON under each name; nothing before the first start, and in a database of before there were settings. */
export function readStoredSettings(dataDir: string): ReadonlyMap<string, string> {
  const path = join(dataDir, 'conch.db')
  if (!existsSync(path)) return new Map()
  const database = openReadOnly(path)
  try {
    return hasSettings(database) ? readAll(database) : new Map()
  } finally {
    database.close()
  }
}

function hasSettings(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'setting'").get() !== undefined
}

function readAll(database: DatabaseSync): ReadonlyMap<string, string> {
  const rows = database.prepare('SELECT name, value FROM setting').all()
  return new Map(rows.map(({ name, value }) => [String(name), String(value)]))
}
