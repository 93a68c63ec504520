import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { TempDir } from '../store-scenario.ts'
import { migrate, openForWriting } from './database.ts'
import { DatabaseRefusedError } from './offered-database.ts'

/** A database of ours in a file that nobody has open, after `change`. */
function offer(path: string, change: (database: DatabaseSync) => void = () => undefined): void {
  migrate(path)
  using database = new DatabaseSync(path, { defensive: false })
  database.exec('PRAGMA journal_mode = DELETE')
  for (let n = 1; n <= 50; n += 1) {
    database.exec(`INSERT INTO session (id, title, title_is_custom, created_at, updated_at, model, private, agent_type, device)
      VALUES ('s${n}', '${'t'.repeat(500)}', 0, 0, 0, 'm', 0, 'chat', 'gpu')`)
    database.exec(`INSERT INTO head (session) VALUES (${n})`)
  }
  change(database)
}

/** The refusal of what lies at `path`, which has kept every byte and has nothing new beside it. */
function refusalOf(path: string): string {
  const before = readFileSync(path)
  let message = 'it was accepted'
  try {
    migrate(path)
  } catch (error) {
    if (!(error instanceof DatabaseRefusedError)) throw error
    message = error.message
  }
  expect(readFileSync(path).equals(before)).toBe(true)
  expect(existsSync(`${path}-wal`)).toBe(false)
  expect(message).toContain(path)
  return message
}

const exec = (sql: string) => (database: DatabaseSync) => database.exec(sql)

test.each([
  [
    'somebody else’s table',
    exec('PRAGMA user_version = 0; CREATE TABLE mine (x); DROP TABLE entry'),
    /not a database of Conch/,
  ],
  ['a table more', exec('CREATE TABLE mine (x)'), /its table mine/],
  ['a trigger', exec('CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry; END'), /its trigger t/],
  ['a view', exec('CREATE VIEW v AS SELECT * FROM entry'), /its view v/],
  ['a table less', exec('DROP TABLE live'), /it has no table live/],
  ['a guard less', exec('DROP INDEX one_active_turn'), /it has no index one_active_turn/],
  ['another column', exec('ALTER TABLE entry ADD COLUMN more TEXT'), /its table entry/],
  ['a session’s seq of 2^63-1', exec('UPDATE head SET last_seq = 9223372036854775807'), /numbers/],
  [
    'a message’s id of 2^53',
    exec(`INSERT INTO message (id, session, role, content, created_at) VALUES (9007199254740992, 1, 'user', 'x', 0)`),
    /numbers/,
  ],
  ['a counter below zero', exec('UPDATE counter SET value = -9223372036854775808'), /numbers/],
])('row 113: F38: a database with %s is refused before anything is written', (_what, change, reason) => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  offer(path, change)
  expect(refusalOf(path)).toMatch(reason)
})

test.each([0.9, 0.5, 0.1, 0.01])('row 113: F38: a file cut to %d of its length is refused', (share) => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  offer(path)
  truncateSync(path, Math.ceil(readFileSync(path).length * share))
  expect(refusalOf(path)).toMatch(/cannot be read|is damaged/)
})

test('row 113: F38: a page of noise is found', () => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  offer(path)
  const bytes = readFileSync(path)
  bytes.fill(0x5a, 4096 * 3, 4096 * 4)
  writeFileSync(path, bytes)
  expect(refusalOf(path)).toMatch(/is damaged|cannot be read/)
})

test.each([
  ['half a header', 'SQLite format 3\0'],
  ['text', 'not a database'.repeat(999)],
  ['zeros', '\0'.repeat(9_000)],
])('row 113: F38: %s is no database, and is kept', (_what, content) => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  writeFileSync(path, content)
  expect(refusalOf(path)).toMatch(/cannot be read/)
})

test('a file without a byte is a database that has not begun', () => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  writeFileSync(path, '')
  migrate(path)
})

test('row 113: what people wrote is no reason to refuse, and neither are statistics or an unfinished journal', () => {
  using temp = new TempDir()
  const path = temp.file('conch.db')
  offer(path, exec(`UPDATE session SET title = '<script>alert(1)</script>'; ANALYZE`))
  migrate(path)
  using writer = openForWriting(path)
  writer.exec(`UPDATE session SET title = 'in the journal'`)
  expect(existsSync(`${path}-wal`)).toBe(true)
  migrate(path)
  expect(writer.prepare('SELECT DISTINCT title FROM session').all()).toEqual([{ title: 'in the journal' }])
})
