import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type SessionId, sessionIdSchema, type TurnId, turnIdSchema } from '../../protocol/ids.ts'
import type { Message } from '../../protocol/message.ts'
import { type Clock, systemClock } from '../lib/clock.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import type { SessionSearch } from '../sessions/session-search.ts'
import type { SessionFields, SessionStore } from '../sessions/session-store.ts'
import type { SettingStore } from '../settings/setting-store.ts'
import type { Fence } from '../turns/fence.ts'
import { says, stepStarted } from '../turns/scripted-events.ts'
import type { StoredEntry } from '../turns/stored-entry.ts'
import type { TurnClaim, TurnRecord, TurnStore } from '../turns/turn-store.ts'
import { ENTRY_COLUMNS, entryOfRow, MESSAGE_COLUMNS } from './sqlite/rows.ts'
import { SearchThread } from './sqlite/search-thread.ts'
import { SqliteStore } from './sqlite/sqlite-store.ts'

/** Every row of every table, as text, read past the store on a connection of its own. Without indexes, which hold no rows. */
export type Tables = Readonly<Record<string, readonly string[]>>

/** For tests: a database of its own with all stores on it. Its stores are others after `reopen`. */
export interface OpenedStores extends AsyncDisposable {
  readonly turns: TurnStore
  readonly sessions: SessionStore
  readonly search: SessionSearch
  readonly settings: SettingStore
  /** Dates what is written. Commits keep their pace by real time. */
  readonly clock: ManualClock
  /** Closes the database and opens it again, as a restart does. */
  reopen(): Promise<void>
  tables(): Promise<Tables>
  addSession(fields?: Partial<SessionFields>): Promise<SessionId>
  /** What the session has stored, provisional deltas included, in the order of their seqs. */
  log(sessionId: SessionId): Promise<readonly StoredEntry[]>
  history(sessionId: SessionId): Promise<readonly Message[]>
}

export type OpenStores = () => Promise<OpenedStores>

export const SESSION_FIELDS: SessionFields = {
  title: 'New Chat',
  titleIsCustom: false,
  model: 'scripted',
  systemPrompt: null,
  private: false,
  agentType: 'chat',
  device: 'gpu',
  mailProvider: null,
}

export function newSessionId(): SessionId {
  return sessionIdSchema.parse(randomUUID())
}

export function newTurnId(): TurnId {
  return turnIdSchema.parse(randomUUID())
}

export function claimOf(sessionId: SessionId, claim: Partial<TurnClaim> = {}): TurnClaim {
  const holder = { kind: 'api', label: '' } as const
  return { sessionId, turnId: newTurnId(), workerId: 'worker', message: 'hello', holder, clientId: null, ...claim }
}

export function fenceOf({ sessionId, turnId, epoch }: TurnRecord): Fence {
  return { sessionId, turnId, epoch }
}

/** Claims the session, which must be free. */
export async function claimed(stores: OpenedStores, claim: TurnClaim): Promise<TurnRecord> {
  const result = await stores.turns.claimTurn(claim)
  if (result.status !== 'claimed') throw new Error(`the claim was answered ${result.status}`)
  return result.turn
}

/** A turn with an open step that has said "so f". */
export async function runningTurn(stores: OpenedStores, sessionId?: SessionId): Promise<TurnRecord> {
  const turn = await claimed(stores, claimOf(sessionId ?? (await stores.addSession())))
  await stores.turns.append(fenceOf(turn), () => [stepStarted(), says('so f')])
  return turn
}

/** Takes over the one turn that `workerId` does not own. */
export async function takenOver({ turns }: Pick<OpenedStores, 'turns'>, workerId: string): Promise<Fence> {
  const [orphan, ...others] = await turns.readOrphans(workerId)
  if (!orphan || others.length > 0) throw new Error(`there is not one turn to take over but ${others.length}`)
  const result = await turns.takeOverTurn(orphan, { workerId, events: [] })
  if (result.status !== 'taken_over') throw new Error(`the take-over was answered ${result.status}`)
  return result.fence
}

/** A directory that is removed with everything in it. */
export class TempDir implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'conch-test-'))

  file(name: string): string {
    return join(this.path, name)
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** SQLite's stores, with what only tests of SQLite need: the file, and a second connection that may also write. */
export class SqliteScenario implements OpenedStores {
  readonly clock = new ManualClock()
  readonly #dir = new TempDir()
  readonly #pace: Clock
  readonly #search = new SearchThread(this.#dir.file('conch.db'))
  #store: SqliteStore | undefined

  private constructor(pace: Clock) {
    this.#pace = pace
  }

  static async open({ pace = systemClock }: { pace?: Clock } = {}): Promise<SqliteScenario> {
    const scenario = new SqliteScenario(pace)
    await scenario.#open()
    return scenario
  }

  get path(): string {
    return this.#dir.file('conch.db')
  }

  get turns(): TurnStore {
    return this.#opened.turns
  }

  get sessions(): SessionStore {
    return this.#opened.sessions
  }

  get search(): SessionSearch {
    return this.#search
  }

  get settings(): SettingStore {
    return this.#opened.settings
  }

  async reopen(): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
    await this.#open()
  }

  /** A connection beside the store's own two. The caller closes it. */
  openBeside(): DatabaseSync {
    return new DatabaseSync(this.path, { timeout: 5_000 })
  }

  /** Does `work` on a connection beside the store's own two. */
  beside<T>(work: (database: DatabaseSync) => T): T {
    using database = this.openBeside()
    return work(database)
  }

  async tables(): Promise<Tables> {
    return this.beside((database) => {
      const names = database
        .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%word%' ORDER BY name`)
        .all()
      const rowsOf = (name: string) =>
        database
          .prepare(`SELECT * FROM "${name}"`)
          .all()
          .map((row) => JSON.stringify(row))
      return Object.fromEntries(names.map((row) => [String(row.name), rowsOf(String(row.name))]))
    })
  }

  /** What the session's messages count for where a page is bounded by its bytes (R15). */
  messageBytes(sessionId: SessionId): number {
    const sql = `SELECT ${MESSAGE_COLUMNS} FROM message WHERE session = (SELECT key FROM session WHERE id = ?1)`
    const values = this.beside((database) => database.prepare(sql).all(sessionId).flatMap(Object.values))
    return values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? Buffer.byteLength(value) : 0), 0)
  }

  async addSession(fields: Partial<SessionFields> = {}): Promise<SessionId> {
    const session = await this.sessions.createSession(newSessionId(), { ...SESSION_FIELDS, ...fields })
    return session.id
  }

  /** Deltas that `step.finished` has replaced and no trim has reached yet stand in it, too. */
  async log(sessionId: SessionId): Promise<readonly StoredEntry[]> {
    const turn =
      '(SELECT id FROM turn WHERE turn.session = live.session AND first_seq <= seq ORDER BY first_seq DESC LIMIT 1)'
    const ofSession = 'WHERE session = (SELECT key FROM session WHERE id = ?1)'
    const sql = `SELECT ${ENTRY_COLUMNS} FROM entry ${ofSession}
      UNION ALL SELECT seq, ${turn}, epoch, type, data, at FROM live ${ofSession} ORDER BY seq`
    return this.beside((database) => database.prepare(sql).all(sessionId).map(entryOfRow))
  }

  async history(sessionId: SessionId): Promise<readonly Message[]> {
    const page = await this.sessions.readTranscript({ sessionId, limit: 10_000, before: undefined })
    return page?.messages ?? []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#search[Symbol.asyncDispose]()
    await this.#store?.[Symbol.asyncDispose]()
    this.#dir[Symbol.dispose]()
  }

  async #open(): Promise<void> {
    this.#store = undefined
    this.#store = await SqliteStore.open({ path: this.path, wallClock: this.clock, pace: this.#pace })
  }

  get #opened(): SqliteStore {
    if (!this.#store) throw new Error('the store is not open')
    return this.#store
  }
}

/** Lets commits follow each other without a gap, for tests that need many: each look at it finds a second gone. */
export function hurriedClock(): Clock {
  let lookedAt = 0
  return { ...systemClock, monotonicMs: () => (lookedAt += 1_000) }
}
