import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { JOURNAL_HEADER_BYTES, readJournal } from './journal.ts'

const DATABASE_HEADER_BYTES = 100

/**
 * What is wrong with the journal beside the database at `path`, in words that go on after its name; undefined where nothing
 * is. SQLite would drop a journal that does not fit, apply one of another state, or begin an empty database, without a word
 * (F38). Only reads.
 */
export function findJournalFault(path: string): string | undefined {
  const bytes = sizeOf(path)
  if (sizeOf(`${path}-wal`) <= JOURNAL_HEADER_BYTES) {
    // The first start makes its token when its database is whole. One that is missing somebody has put away; one cut to nothing nobody has.
    const wasUsed = existsSync(path) && sizeOf(join(dirname(path), 'token')) > 0
    return bytes === 0 && wasUsed ? 'is empty, although it has been used' : undefined
  }
  if (bytes === 0) return 'is missing or empty, but its journal (conch.db-wal) is not'
  const journal = readJournal(readFileSync(`${path}-wal`))
  if (!journal) return 'has a journal (conch.db-wal) that is damaged'
  // After a power cut the last commit may lie there in pieces. Every one before it was flushed.
  if (journal.unreachableCommits > 1) return 'has a journal (conch.db-wal) that is damaged in the middle'
  const pageSize = pageSizeOf(path)
  if (journal.pageSize !== pageSize) return 'has the journal (conch.db-wal) of another database beside it'
  for (let page = Math.floor(bytes / pageSize) + 1; page <= journal.databasePages; page += 1) {
    if (!journal.pages.has(page)) return 'has the journal (conch.db-wal) of another state of it beside it'
  }
  return undefined
}

function pageSizeOf(path: string): number {
  const header = Buffer.alloc(DATABASE_HEADER_BYTES)
  const file = openSync(path, 'r')
  try {
    readSync(file, header)
  } finally {
    closeSync(file)
  }
  const pageSize = header.readUInt16BE(16)
  return pageSize === 1 ? 65_536 : pageSize
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}
