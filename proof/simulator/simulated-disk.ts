import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { migrateDatabase } from '../../server/store/sqlite/database.ts'
import type { BatchWriter } from '../../server/store/sqlite/sqlite-store.ts'
import type { BatchReply, WriteBatch, WriteOp } from '../../server/store/sqlite/write-op.ts'
import { Writer } from '../../server/store/sqlite/writer.ts'
import { tablesOf } from '../evidence/stored.ts'

/** Emptied on their own: they follow the other tables by triggers. */
const INDEXES_OF_WORDS = ['message_word', 'title_word'] as const

/** SQLite's codes for a full disk and for a database that another program holds. */
const REFUSALS = { full: 13, busy: 5 } as const

/**
 * A database in memory that runs the server's own SQL, with each commit in the schedule's hands: it is written, its answer
 * is delivered, or it is refused, as separate acts. A crash keeps what was committed and nothing else.
 */
export class SimulatedDisk {
  readonly database = new RememberingDatabase(':memory:')
  readonly #firstRows: ReadonlyMap<string, readonly Row[]>
  /** Writes that were refused because their fence was stale (I8). */
  staleWrites = 0

  constructor() {
    this.database.exec('PRAGMA foreign_keys = ON')
    migrateDatabase(this.database, 'the simulation')
    this.#firstRows = new Map(
      this.#tables().map((table) => [table, this.database.prepare(`SELECT * FROM ${table}`).all()]),
    )
  }

  /** As it was when it was new. Cheaper than a new one, whose statements would have to be prepared again. */
  reset(): void {
    this.loseUncommitted()
    this.staleWrites = 0
    this.database.exec('PRAGMA foreign_keys = OFF')
    for (const table of this.#firstRows.keys()) this.database.exec(`DELETE FROM ${table}`)
    for (const index of INDEXES_OF_WORDS) this.database.exec(`INSERT INTO ${index} (${index}) VALUES ('delete-all')`)
    // last: what is deleted above counts down in rows that are put back here
    for (const [table, rows] of this.#firstRows) {
      for (const row of rows) this.#insert(table, row)
    }
    this.database.exec('PRAGMA foreign_keys = ON')
  }

  /** What one start of the server writes with. */
  newWriter(): SimulatedWriter {
    return new SimulatedWriter(new Writer(this.database), (stale) => {
      this.staleWrites += stale
    })
  }

  /** Whatever was written and not committed is lost. */
  loseUncommitted(): void {
    if (this.database.isTransaction) this.database.exec('ROLLBACK')
  }

  /** `sqlite_sequence` among them, which remembers the highest keys. */
  #tables(): string[] {
    return tablesOf(this.database).map((table) => `"${table}"`)
  }

  #insert(table: string, row: Row): void {
    const columns = Object.keys(row).map((name) => `"${name}"`)
    const places = columns.map(() => '?')
    this.database.prepare(`INSERT INTO ${table} (${columns}) VALUES (${places})`).run(...Object.values(row))
  }
}

type Row = ReturnType<StatementSync['all']>[number]

/** Prepares each statement once, however many servers start on it. */
class RememberingDatabase extends DatabaseSync {
  readonly #statements = new Map<string, StatementSync>()

  override prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? super.prepare(sql)
    this.#statements.set(sql, known)
    return known
  }
}

interface InFlight {
  readonly batch: WriteBatch
  readonly reply: PromiseWithResolvers<BatchReply>
  written: BatchReply | null
}

/** One server's way to the disk: at most one batch is on it. */
export class SimulatedWriter implements BatchWriter {
  readonly #writer: Writer
  readonly #onStale: (count: number) => void
  #inFlight: InFlight | null = null
  #isGone = false

  constructor(writer: Writer, onStale: (count: number) => void) {
    this.#writer = writer
    this.#onStale = onStale
  }

  commit(batch: WriteBatch): Promise<BatchReply> {
    this.#inFlight = { batch, reply: Promise.withResolvers(), written: null }
    return this.#inFlight.reply.promise
  }

  close(): Promise<void> {
    return Promise.resolve() // the database outlives its servers
  }

  /** What the disk could do now for this server. */
  get waitsFor(): 'nothing' | 'write' | 'answer' {
    if (!this.#inFlight || this.#isGone) return 'nothing'
    return this.#inFlight.written ? 'answer' : 'write'
  }

  /** Commits the batch that waits. */
  write(): void {
    if (this.#inFlight) this.#inFlight.written = this.#commit(this.#inFlight.batch)
  }

  /** Tells the server what became of its batch. */
  answer(): void {
    const inFlight = this.#inFlight
    if (!inFlight?.written) return
    this.#inFlight = null
    inFlight.reply.resolve(inFlight.written)
  }

  /** Refuses the batch that waits: nothing of it is written. */
  refuse(why: keyof typeof REFUSALS): void {
    if (!this.#inFlight) return
    const failure = { message: `the disk is ${why}`, errcode: REFUSALS[why] }
    this.#inFlight.written = this.#inFlight.batch.ops.map(() => ({ ok: false, failure }))
  }

  /** The server is dead: its disk answers nobody any more. */
  die(): void {
    this.#isGone = true
  }

  /**
   * The server was taken for dead and is not. Of what it still wants to write only what an owner writes goes through, to
   * be refused: a new claim would need the lock on the data directory, which it has lost.
   */
  writeAsZombie(): void {
    const inFlight = this.#inFlight
    if (!inFlight) return
    if (inFlight.batch.ops.every(isOwnersWrite)) this.write()
    else this.die()
  }

  #commit(batch: WriteBatch): BatchReply {
    const reply = this.#writer.commit(batch)
    this.#onStale(reply.filter((one) => one.ok && one.result.kind === 'not_written' && isStale(one.result)).length)
    return reply
  }
}

function isStale({ status }: { readonly status: string }): boolean {
  return status === 'stale'
}

function isOwnersWrite({ kind }: WriteOp): boolean {
  return kind === 'append' || kind === 'end' || kind === 'record_stop' || kind === 'replace'
}
