import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { TempDir } from '../store-scenario.ts'
import { migrate, openForWriting } from './database.ts'
import { DatabaseRefusedError } from './offered-database.ts'

const PAGE_BYTES = 4096
const FRAME_BYTES = PAGE_BYTES + 24

/** The files of a server that was killed: `commits` of them stand in the journal alone. */
function killedServer(dir: string, commits = 40): string {
  const source = join(dir, 'source.db')
  migrate(source)
  using database = openForWriting(source)
  database.exec('PRAGMA wal_autocheckpoint = 0')
  const insert = database.prepare('INSERT INTO entry VALUES (?, ?, NULL, 1, ?, ?, 0)')
  database.exec('PRAGMA foreign_keys = OFF')
  for (let seq = 1; seq <= commits; seq += 1) insert.run(7, seq, 'text', 'a word and a half '.repeat(90))
  const path = join(dir, 'conch.db')
  for (const suffix of ['', '-wal']) copyFileSync(source + suffix, path + suffix)
  return path
}

function flipBit(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(path, bytes)
}

function rowsOf(path: string): unknown {
  using database = new DatabaseSync(path)
  return database.prepare('SELECT count(*) AS rows FROM entry').get()?.rows
}

test('F38: a database whose server was killed is accepted with its journal, and nothing is lost', () => {
  using dir = new TempDir()
  const path = killedServer(dir.path)
  migrate(path)
  expect(rowsOf(path)).toBe(40)
})

test('F38: a last commit of which a power cut has left pieces is no fault', () => {
  using dir = new TempDir()
  const path = killedServer(dir.path)
  truncateSync(`${path}-wal`, readFileSync(`${path}-wal`).length - 100)
  migrate(path)
  expect(rowsOf(path)).toBe(39)
})

const DAMAGES: Record<string, readonly [RegExp, (path: string) => void]> = {
  'a database that is gone while its journal is there': [
    /is missing or empty, but its journal/,
    (path) => rmSync(path),
  ],
  'an empty database beside its journal': [/is missing or empty, but its journal/, (path) => truncateSync(path, 0)],
  'a journal whose header is damaged': [/that is damaged\./, (path) => flipBit(`${path}-wal`, 20)],
  'a journal with a bit flipped in the middle': [
    /that is damaged in the middle/,
    (path) => flipBit(`${path}-wal`, 32 + 9 * FRAME_BYTES + 500),
  ],
  'the journal of another state of the database': [
    /of another state of it/,
    (path) => {
      const journal = readFileSync(`${path}-wal`)
      rmSync(path)
      rmSync(`${path}-wal`)
      using database = new DatabaseSync(path)
      database.exec('CREATE TABLE other (x)')
      writeFileSync(`${path}-wal`, journal)
    },
  ],
  'a journal of other pages': [
    /of another database beside it/,
    (path) => {
      const journal = readFileSync(`${path}-wal`)
      rmSync(path)
      rmSync(`${path}-wal`)
      using database = new DatabaseSync(path)
      database.exec('PRAGMA page_size = 8192; CREATE TABLE other (x)')
      writeFileSync(`${path}-wal`, journal)
    },
  ],
  'a damaged page of the database': [
    /is damaged|cannot be read/,
    (path) => {
      const bytes = readFileSync(path)
      bytes.fill(0xff, PAGE_BYTES * 3, PAGE_BYTES * 4)
      writeFileSync(path, bytes)
    },
  ],
}

test.for(Object.entries(DAMAGES))(
  'F38: %s is named, with what to do, and every byte is kept',
  ([, [message, damage]]) => {
    using dir = new TempDir()
    const path = killedServer(dir.path)
    damage(path)
    const bytesOf = () =>
      readdirSync(dir.path)
        .filter((name) => name === 'conch.db' || name === 'conch.db-wal')
        .map((name) => [name, readFileSync(dir.file(name)).toString('base64')])
    const before = bytesOf()
    expect(() => migrate(path)).toThrow(DatabaseRefusedError)
    expect(() => migrate(path)).toThrow(message)
    expect(() => migrate(path)).toThrow(/conch\.db .*Nothing was changed\. Put a backup in its place/s)
    expect(bytesOf()).toEqual(before)
    expect(existsSync(path)).toBe(before.some(([name]) => name === 'conch.db'))
  },
)
