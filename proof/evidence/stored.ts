import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { LogEntry } from './history.ts'

/** What the database holds, read directly, by statements of its own: the server has no part in it. */
export interface Stored {
  readonly sessions: readonly StoredSession[]
  readonly turns: readonly StoredTurn[]
  /** Those that are shown; what stands aside for another is in `text` alone. */
  readonly messages: readonly StoredMessage[]
  /** Every row of every table as text, to look for what must be nowhere (I4, I10), and for what still moves (I20). */
  readonly text: string
  /** Rows that belong to a session which is not there, by table (I10). */
  readonly ownerless: readonly string[]
}

export interface StoredSession {
  readonly id: string
  readonly title: string
  readonly epoch: number
  readonly activeTurn: string | null
  readonly lastSeq: number
  readonly queue: StoredQueue
  /** In the order of their seqs, deltas that are still kept among them. */
  readonly log: readonly LogEntry[]
}

/** What waits in a session, in the order of its places. */
export interface StoredQueue {
  readonly isPaused: boolean
  readonly messages: readonly StoredQueuedMessage[]
}

const queuedRow = z.object({
  sessionId: z.string(),
  turnId: z.string(),
  message: z.string(),
  key: z.string().nullable(),
  afterStop: z.number().transform((flag) => flag !== 0),
})
export type StoredQueuedMessage = z.infer<typeof queuedRow>

const turnRow = z.object({
  id: z.string(),
  sessionId: z.string(),
  epoch: z.number(),
  userMessageId: z.number(),
  assistantMessageId: z.number(),
  key: z.string().nullable(),
  firstSeq: z.number(),
  outcome: z.string().nullable(),
})
export type StoredTurn = z.infer<typeof turnRow>

const messageRow = z.object({
  id: z.number(),
  sessionId: z.string(),
  turnId: z.string().nullable(),
  role: z.string(),
  content: z.string(),
  outcome: z.string().nullable(),
  usage: z.string().nullable(),
})
export type StoredMessage = z.infer<typeof messageRow>

const sessionRow = z.object({
  key: z.number(),
  pauseReason: z.string().nullable(),
  id: z.string(),
  title: z.string(),
  epoch: z.number(),
  activeTurn: z.string().nullable(),
  lastSeq: z.number(),
})

const entryRow = z.object({
  session: z.number(),
  seq: z.number(),
  turnId: z.string().nullable(),
  epoch: z.number(),
  at: z.number(),
  type: z.string(),
  data: z.string(),
})

/** Reads one snapshot. */
export function readStored(database: DatabaseSync): Stored {
  database.exec('BEGIN')
  try {
    const rows = (sql: string) => database.prepare(sql).all()
    const logs = readLogs(database)
    const queued = Map.groupBy(
      rows(`SELECT session.id AS sessionId, turn AS turnId, message, idempotency_key AS key, after_stop AS afterStop
        FROM queued_message JOIN session ON session.key = queued_message.session ORDER BY place`).map((row) =>
        queuedRow.parse(row),
      ),
      ({ sessionId }) => sessionId,
    )
    const sessions = rows(`SELECT key, id, title, epoch, active_turn AS activeTurn, last_seq AS lastSeq,
      pause_reason AS pauseReason FROM session JOIN head ON head.session = session.key
      LEFT JOIN queue ON queue.session = session.key ORDER BY key`).map((row) => sessionRow.parse(row))
    return {
      sessions: sessions.map(({ key, pauseReason, ...session }) => ({
        ...session,
        queue: { isPaused: pauseReason !== null, messages: queued.get(session.id) ?? [] },
        log: logs.get(key) ?? [],
      })),
      turns: rows(`SELECT turn.id, session.id AS sessionId, epoch, user_message AS userMessageId,
        assistant_message AS assistantMessageId, idempotency_key AS key, first_seq AS firstSeq, outcome
        FROM turn JOIN session ON session.key = turn.session ORDER BY first_seq`).map((row) => turnRow.parse(row)),
      messages: rows(`SELECT message.id, session.id AS sessionId, turn AS turnId, role, content, outcome, usage
        FROM message JOIN session ON session.key = message.session WHERE aside IS NULL ORDER BY message.id`).map(
        (row) => messageRow.parse(row),
      ),
      ...readEveryRow(database),
    }
  } finally {
    database.exec('COMMIT')
  }
}

function readLogs(database: DatabaseSync): Map<number, LogEntry[]> {
  const logs = new Map<number, LogEntry[]>()
  // rows of `live` name no turn: they are of the one that had started last
  const sql = `SELECT session, seq, turn AS turnId, epoch, at, type, data FROM entry UNION ALL
    SELECT session, seq, (SELECT id FROM turn WHERE turn.session = live.session AND first_seq <= live.seq
      ORDER BY first_seq DESC LIMIT 1), epoch, at, type, data FROM live ORDER BY session, seq`
  for (const row of database.prepare(sql).all()) {
    const { session, ...entry } = entryRow.parse(row)
    const log = logs.get(session) ?? []
    logs.set(session, log)
    log.push(entry)
  }
  return logs
}

/** All tables but those of the index of words, which follows the others by triggers and says nothing that can be read. */
export function tablesOf(database: DatabaseSync): string[] {
  const sql = `SELECT name FROM pragma_table_list
    WHERE schema = 'main' AND type = 'table' AND name <> 'sqlite_schema' AND name NOT LIKE 'sqlite_stat%' ORDER BY name`
  return database
    .prepare(sql)
    .all()
    .map(({ name }) => String(name))
}

/** Every row as text, and those without an owner. */
export function readEveryRow(database: DatabaseSync): Pick<Stored, 'text' | 'ownerless'> {
  const known = new Set(
    database
      .prepare('SELECT key FROM session')
      .all()
      .map((row) => row.key),
  )
  const lines: string[] = []
  const ownerless: string[] = []
  for (const name of tablesOf(database)) {
    for (const row of database.prepare(`SELECT * FROM "${name}"`).all()) {
      const line = `${name} ${JSON.stringify(row)}`
      lines.push(line)
      if (typeof row.session === 'number' && !known.has(row.session)) ownerless.push(line)
    }
  }
  return { text: lines.join('\n'), ownerless }
}
