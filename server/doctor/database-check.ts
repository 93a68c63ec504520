import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Finding, ok, problem, reasonOf } from './finding.ts'
import { openReadOnly } from './open-read-only.ts'

const SUBJECT = 'database'

export interface DatabaseQuestion {
  /** The newest schema that this program knows. */
  readonly knownSchema: number
  /** What is wrong with the journal beside it, in words that follow its name; undefined where nothing is. Changes nothing. */
  readonly findJournalFault: (path: string) => string | undefined
}

/** Whether the database can be read, is whole, and is of a schema that this program knows. Changes nothing. */
export function checkDatabase(dataDir: string, { knownSchema, findJournalFault }: DatabaseQuestion): Finding {
  const path = join(dataDir, 'conch.db')
  try {
    const fault = findJournalFault(path) && findJournalFault(path) // a server may be writing: what passes is none
    if (fault) return problem(SUBJECT, `${path} ${fault}`, RESTORE)
    if (!existsSync(path)) return ok(SUBJECT, 'none yet; the first start makes it')
    const { version, faults } = examine(path)
    if (faults.length > 0) return problem(SUBJECT, `${path} is damaged: ${faults.slice(0, 3).join('; ')}`, RESTORE)
    if (version > knownSchema) {
      const found = `${path} is from a newer Conch (schema ${version}, this one knows ${knownSchema})`
      return problem(SUBJECT, found, 'Update Conch, or use the backup from before.')
    }
    const next = version < knownSchema ? `; the next start brings it to ${knownSchema}` : ''
    return ok(SUBJECT, `whole, schema ${version}${next}`)
  } catch (error) {
    return problem(SUBJECT, `${path} cannot be read: ${reasonOf(error)}`, RESTORE)
  }
}

const RESTORE =
  'Stop Conch, keep a copy of the whole data directory, and put a backup in its place: conch.db without a -wal or -shm beside it.'

function examine(path: string): { readonly version: number; readonly faults: readonly string[] } {
  const database = openReadOnly(path)
  try {
    const rows = database.prepare('PRAGMA quick_check(3)').all()
    const messages = rows.map((row) => String(row.quick_check))
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
    return { version, faults: messages.filter((message) => message !== 'ok') }
  } finally {
    database.close()
  }
}
