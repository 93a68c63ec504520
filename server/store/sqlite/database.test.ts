import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { TempDir } from '../store-scenario.ts'
import { migrate, openForReading, openForWriting } from './database.ts'
import { SchemaTooNewError } from './offered-database.ts'
import { Reader } from './reader.ts'
import { SqliteTurnStore } from './turn-store.ts'

const MODULE = fileURLToPath(new URL('./database.ts', import.meta.url))

test('a fresh file gets the whole schema, and a second start changes nothing', () => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  migrate(path)
  const schema = schemaOf(path)
  expect(schema.version).toBeGreaterThan(0)
  expect(schema.tables).toEqual(
    expect.arrayContaining(['counter', 'entry', 'head', 'live', 'message', 'session', 'turn']),
  )
  migrate(path)
  expect(schemaOf(path)).toEqual(schema)
})

test('R4: the connection that writes flushes every commit', () => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  migrate(path)
  using database = openForWriting(path)
  expect(pragma(database, 'synchronous')).toBe(2) // FULL
  expect(pragma(database, 'journal_mode')).toBe('wal')
  expect(pragma(database, 'foreign_keys')).toBe(1)
})

test('the connection that reads cannot write', () => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  migrate(path)
  using database = openForReading(path)
  expect(() => database.exec(`UPDATE counter SET value = 7`)).toThrow(/readonly/)
})

test('F27: a step that fails in the middle leaves nothing of itself', () => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  const steps = ['CREATE TABLE one (x)', 'CREATE TABLE two (x); CREATE TABLE one (x)']
  migrate(path, steps.slice(0, 1))
  expect(() => migrate(path, steps)).toThrow(/one already exists/)
  expect(schemaOf(path)).toEqual({ version: 1, tables: ['one'] })
  migrate(path, [...steps.slice(0, 1), 'CREATE TABLE two (x)'])
  expect(schemaOf(path)).toEqual({ version: 2, tables: ['one', 'two'] })
})

test('F27: a start that is killed at any statement of the migrations leaves each whole or not begun', () => {
  using temp = new TempDir()
  const whole = temp.file('whole.db')
  migrate(whole)
  const last = schemaOf(whole).version
  const seen = new Map([[last, definitionsOf(whole)]])
  for (let statement = 1; ; statement += 1) {
    const path = temp.file(`killed-${statement}.db`)
    const { signal } = migrateAndDieAt(path, statement)
    const { version } = schemaOf(path)
    // a version has one form, whichever statement was the last
    const definitions = definitionsOf(path)
    expect(definitions).toEqual(seen.get(version) ?? definitions)
    seen.set(version, definitions)
    migrate(path)
    expect(definitionsOf(path)).toEqual(definitionsOf(whole))
    if (signal === null) break
  }
  expect([...seen.keys()].sort()).toEqual(Array.from({ length: last + 1 }, (_, version) => version))
  expect(seen.get(0)).toEqual([])
}, 60_000)

test('R9, F27: a turn that was cut off under the wide rows is found under the narrow ones, with its owner and its deltas', async () => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  migrate(path, migrationsBefore('003-'))
  inDatabase(path, (database) => {
    database.exec(`
      INSERT INTO session (key, id, title, title_is_custom, created_at, updated_at, model, private, agent_type, device)
        VALUES (7, 's', '', 0, 0, 0, 'm', 0, 'chat', 'gpu');
      INSERT INTO head (session, epoch, active_turn, lease_holder, last_seq) VALUES (7, 2, 'cut off', 'dead worker', 5);
      INSERT INTO turn (id, session, epoch, user_message, assistant_message, holder, first_seq, started_at, ended_at)
        VALUES ('ended', 7, 1, 1, 2, '{"kind":"api","label":""}', 1, 0, 1),
          ('cut off', 7, 2, 3, 4, '{"kind":"api","label":""}', 3, 0, NULL);
      INSERT INTO live (id, session, seq, turn, epoch, type, data, at)
        VALUES (1, 7, 2, 'ended', 1, 'text.delta', '{}', 0), (2, 7, 5, 'cut off', 2, 'text.delta', '{"step":1,"text":"so far"}', 0)`)
  })
  migrate(path)
  using connection = openForReading(path)
  const reader = new Reader(connection, () => undefined)
  const turns = new SqliteTurnStore({
    reader,
    submit: () => new Promise(() => undefined),
    listen: () => undefined,
    listenToQueues: () => undefined,
  })
  expect(await turns.readOrphans('dead worker')).toEqual([])
  const [orphan, ...others] = await turns.readOrphans('new worker')
  if (!orphan) throw new Error('the turn is no orphan')
  expect([orphan, others]).toEqual([{ sessionId: 's', turnId: 'cut off', epoch: 2 }, []])
  expect(await turns.readTurnEntries(orphan)).toMatchObject([{ seq: 5, turnId: 'cut off' }])
})

test('F27: a newer program’s file is refused, named, and left as it is', () => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  migrate(path)
  inDatabase(path, (database) => database.exec('PRAGMA user_version = 99; CREATE TABLE from_the_future (x)'))
  const before = schemaOf(path)
  expect(() => migrate(path)).toThrow(SchemaTooNewError)
  expect(() => migrate(path)).toThrow(`${path} was written by a newer Conch (schema 99`)
  expect(schemaOf(path)).toEqual(before)
})

test('F38: a file that is no database is refused and kept', () => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  migrate(path)
  const content = 'not a database, but somebody’s only copy'.repeat(99)
  writeFileSync(path, content)
  expect(() => migrate(path)).toThrow(/not a database/)
  expect(readFileSync(path, 'utf8')).toBe(content)
})

/** The steps that led to the schema before the one whose file begins with `next`. */
function migrationsBefore(next: string): readonly string[] {
  const folder = new URL('./migrations/', import.meta.url)
  const names = readdirSync(folder).sort()
  return names
    .slice(
      0,
      names.findIndex((name) => name.startsWith(next)),
    )
    .map((name) => {
      return readFileSync(new URL(name, folder), 'utf8')
    })
}

/** Migrates in a process that is killed when it comes to its `statement`-th call of the database, just before it is done. */
function migrateAndDieAt(path: string, statement: number) {
  const script = `
    const { DatabaseSync } = await import('node:sqlite')
    const exec = DatabaseSync.prototype.exec
    let calls = 0
    DatabaseSync.prototype.exec = function (sql) {
      calls += 1
      if (calls === ${statement}) process.kill(process.pid, 'SIGKILL')
      return exec.call(this, sql)
    }
    const { migrate } = await import(${JSON.stringify(MODULE)})
    migrate(${JSON.stringify(path)})`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script])
}

function schemaOf(path: string): { version: number; tables: string[] } {
  return inDatabase(path, (database) => {
    const sql = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`
    const tables = database
      .prepare(sql)
      .all()
      .map((row) => String(row.name))
    return { version: Number(pragma(database, 'user_version')), tables }
  })
}

/** All that the schema says, as SQL. */
function definitionsOf(path: string): readonly unknown[] {
  const sql = 'SELECT name, sql FROM sqlite_schema ORDER BY name'
  return inDatabase(path, (database) => database.prepare(sql).all().map(Object.values))
}

function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name]
}

function inDatabase<T>(path: string, work: (database: DatabaseSync) => T): T {
  using database = new DatabaseSync(path)
  return work(database)
}
