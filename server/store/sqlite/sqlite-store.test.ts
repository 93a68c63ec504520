import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { COMPLETED, endOf, says, stepFinished, stepStarted } from '../../turns/scripted-events.ts'
import { StorageError, type TurnRecord } from '../../turns/turn-store.ts'
import {
  claimed,
  claimOf,
  fenceOf,
  newSessionId,
  newTurnId,
  SESSION_FIELDS,
  SqliteScenario,
  TempDir,
} from '../store-scenario.ts'
import { SqliteStore } from './sqlite-store.ts'

test('F32: a probe writes to the disk, and changes nothing that can be read', async () => {
  using dir = new TempDir()
  const path = dir.file('conch.db')
  await using store = await SqliteStore.open({ path, wallClock: systemClock, pace: systemClock })
  const counters = () => {
    using database = new DatabaseSync(path, { readOnly: true })
    return database.prepare('SELECT * FROM counter').all()
  }
  const [before, bytes] = [counters(), statSync(`${path}-wal`).size]
  await store.probe()
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(bytes)
  expect(counters()).toEqual(before)
})

describe('one commit for many writes', () => {
  test('D3: a write that fails takes no other session’s write down with it', async () => {
    await using stores = await SqliteScenario.open()
    const ids = [await stores.addSession(), await stores.addSession(), await stores.addSession()] as const
    const taken = (await claimed(stores, claimOf(ids[0]))).turnId
    const [before, failed, after] = await Promise.allSettled([
      stores.sessions.updateSession(ids[0], { title: 'before' }),
      stores.turns.claimTurn(claimOf(ids[1], { turnId: taken })),
      stores.turns.claimTurn(claimOf(ids[2])),
    ])
    expect(before).toMatchObject({ status: 'fulfilled', value: { session: { title: 'before' } } })
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'storage_failed', retryable: false } })
    expect(after).toMatchObject({ status: 'fulfilled', value: { status: 'claimed' } })
    expect(await stores.log(ids[1])).toEqual([])
    expect(await claimed(stores, claimOf(ids[1]))).toMatchObject({ epoch: 1 })
  })

  test('D3: within a session nothing overtakes a write that failed', async () => {
    await using stores = await SqliteScenario.open()
    const [turn, other] = [await runningTurn(stores), await runningTurn(stores)]
    refuseRows(stores, 'INSERT ON entry', `NEW.data LIKE '%poison%'`)
    const results = await Promise.allSettled([
      stores.turns.append(fenceOf(turn), () => [says('first')]),
      stores.turns.append(fenceOf(turn), () => [stepFinished('poison')]),
      stores.turns.append(fenceOf(turn), () => [says('overtakes')]),
      stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED, 'overtakes')),
      stores.turns.append(fenceOf(other), () => [says('other')]),
    ])
    expect(results.map((result) => result.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    expect(JSON.stringify(await stores.log(turn.sessionId))).not.toContain('overtakes')
    expect((await stores.log(turn.sessionId)).map((entry) => entry.seq)).toEqual([1, 2, 3, 4])
    allowRows(stores)
    await stores.turns.append(fenceOf(turn), () => [says('again')])
    expect((await stores.log(turn.sessionId)).map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5])
  })

  test('a session whose creation failed is not known afterwards', async () => {
    await using stores = await SqliteScenario.open()
    const id = newSessionId()
    refuseRows(stores, 'INSERT ON head')
    await expect(stores.sessions.createSession(id, SESSION_FIELDS)).rejects.toThrow(StorageError)
    allowRows(stores)
    expect(await stores.turns.claimTurn(claimOf(id))).toMatchObject({ status: 'session_not_found' })
    await stores.sessions.createSession(id, SESSION_FIELDS)
    expect(await claimed(stores, claimOf(id))).toMatchObject({ firstSeq: 1 })
  })

  test('I17: the key of a session that was rolled back does not lead to the one that gets it next', async () => {
    await using stores = await SqliteScenario.open()
    const lost = newSessionId()
    failCommits(stores)
    const results = await Promise.allSettled([
      stores.sessions.createSession(lost, SESSION_FIELDS),
      stores.turns.claimTurn(claimOf(lost)),
    ])
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected'])
    allowRows(stores)
    const next = await stores.addSession()
    expect(await stores.turns.claimTurn(claimOf(lost))).toMatchObject({ status: 'session_not_found' })
    expect(await stores.log(next)).toEqual([])
  })

  test('what was submitted is committed before the store closes', async () => {
    await using stores = await SqliteScenario.open()
    const turn = await runningTurn(stores)
    const appended = stores.turns.append(fenceOf(turn), () => [says('last words')])
    await stores.reopen()
    expect(await appended).toEqual({ status: 'appended' })
    expect(JSON.stringify(await stores.log(turn.sessionId))).toContain('last words')
  })

  test.for(['message', 'turn', 'entry'])('R14: an end that fails at the row in %s ends nothing', async (table) => {
    await using stores = await SqliteScenario.open()
    const turn = await runningTurn(stores)
    const before = await stores.tables()
    refuseRows(stores, table === 'turn' ? 'UPDATE ON turn' : `INSERT ON ${table}`)
    await expect(stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED))).rejects.toThrow(StorageError)
    expect(await stores.tables()).toEqual(before)
    allowRows(stores)
    expect(await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED))).toMatchObject({ status: 'ended' })
  })

  test.for(['message', 'turn', 'entry'])('I4: a claim that fails at the row in %s leaves no trace', async (table) => {
    await using stores = await SqliteScenario.open()
    const sessionId = await stores.addSession()
    const before = await stores.tables()
    refuseRows(stores, `INSERT ON ${table}`)
    await expect(stores.turns.claimTurn(claimOf(sessionId))).rejects.toThrow(StorageError)
    expect(await stores.tables()).toEqual(before)
    allowRows(stores)
    expect(await claimed(stores, claimOf(sessionId))).toMatchObject({ epoch: 1, userMessageId: 1, firstSeq: 1 })
  })
})

describe('the second guard', () => {
  test('I1: the database refuses a second active turn of a session, whoever writes it', async () => {
    await using stores = await SqliteScenario.open()
    const turn = await claimed(stores, claimOf(await stores.addSession()))
    const insertActiveTurn = () =>
      stores.beside((database) =>
        database
          .prepare(
            `INSERT INTO turn (id, session, epoch, user_message, assistant_message, holder, first_seq, started_at)
             SELECT ?, session, epoch + 1, 98, 99, holder, 1, 0 FROM turn WHERE id = ?`,
          )
          .run(newTurnId(), turn.turnId),
      )
    expect(insertActiveTurn).toThrow(/UNIQUE constraint failed: turn.session/)
    await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED))
    expect(insertActiveTurn).not.toThrow()
  })

  test('I1: a claim that the fence would let through meets it, and is refused whole', async () => {
    await using stores = await SqliteScenario.open()
    const turn = await claimed(stores, claimOf(await stores.addSession()))
    stores.beside((database) => database.exec('UPDATE head SET active_turn = NULL')) // a fence that lies
    const before = await stores.tables()
    await expect(stores.turns.claimTurn(claimOf(turn.sessionId))).rejects.toThrow(StorageError)
    expect(await stores.tables()).toEqual(before)
  })
})

describe('live deltas', () => {
  test('D7: are trimmed once their steps are finished', async () => {
    await using stores = await SqliteScenario.open()
    const turn = await runningTurn(stores)
    await finishSteps(stores, turn, 10)
    expect(await liveRows(stores)).toBeLessThan(700)
    expect(await liveRows(stores)).toBeGreaterThan(0)
  })

  test('D7: those that finished before a restart pin nothing afterwards', async () => {
    await using stores = await SqliteScenario.open()
    const idle = await runningTurn(stores)
    await stores.turns.endTurn(fenceOf(idle), () => endOf(COMPLETED, '', [stepFinished('so f')]))
    const turn = await runningTurn(stores)
    await stores.reopen()
    await finishSteps(stores, turn, 10)
    expect(await liveRows(stores)).toBeLessThan(700)
  })

  test('D7: those that finished before a rollback pin nothing afterwards', async () => {
    await using stores = await SqliteScenario.open()
    const idle = await runningTurn(stores)
    await stores.turns.endTurn(fenceOf(idle), () => endOf(COMPLETED, '', [stepFinished('so f')]))
    const turn = await runningTurn(stores)
    await expect(stores.sessions.createSession(turn.sessionId, SESSION_FIELDS)).rejects.toThrow(StorageError)
    await finishSteps(stores, turn, 10)
    expect(await liveRows(stores)).toBeLessThan(700)
  })
})

describe('a damaged database', () => {
  test('R16: after a write that leaves it in doubt nothing more is written; reading goes on', async () => {
    await using stores = await SqliteScenario.open()
    const [sessionId, other] = [await stores.addSession(), await stores.addSession()]
    damageTable(stores, 'message')
    const refused = { code: 'storage_failed', retryable: false }
    await expect(stores.turns.claimTurn(claimOf(sessionId))).rejects.toMatchObject(refused)
    await expect(stores.sessions.updateSession(other, { title: 'new' })).rejects.toMatchObject(refused)
    expect(await stores.sessions.readSession(other)).toMatchObject({ title: 'New Chat' })
    expect(await stores.turns.readLastSeq(sessionId)).toBe(0)
  })
})

describe('a database that another program holds', () => {
  test('F36: writes wait, then are refused together as busy; reading goes on meanwhile', async () => {
    await using stores = await SqliteScenario.open()
    const ids = [await stores.addSession(), await stores.addSession(), await stores.addSession()]
    const startedMs = performance.now()
    using other = stores.openBeside()
    other.exec('BEGIN IMMEDIATE')
    const submitted = Promise.allSettled(ids.map((id) => stores.turns.claimTurn(claimOf(id))))
    const reads = await countReads(stores, submitted)
    other.exec('ROLLBACK')
    expect(reads).toBeGreaterThan(100)
    const writes = await submitted
    for (const write of writes) {
      expect(write).toMatchObject({ status: 'rejected', reason: { code: 'storage_busy', retryable: true } })
    }
    expect(performance.now() - startedMs).toBeLessThan(14_000) // once through the time limit, not once for each write
    for (const id of ids) expect(await claimed(stores, claimOf(id))).toMatchObject({ epoch: 1 })
  })
})

async function runningTurn(stores: SqliteScenario): Promise<TurnRecord> {
  const turn = await claimed(stores, claimOf(await stores.addSession()))
  await stores.turns.append(fenceOf(turn), () => [stepStarted(), says('so f')])
  return turn
}

/** Two hundred words to each step. */
async function finishSteps(stores: SqliteScenario, turn: TurnRecord, steps: number): Promise<void> {
  for (let step = 1; step <= steps; step += 1) {
    const words = Array.from({ length: 200 }, () => says('word', step))
    await stores.turns.append(fenceOf(turn), () => [...words, stepFinished('words', step), stepStarted(step + 1)])
  }
}

async function liveRows(stores: SqliteScenario): Promise<number> {
  return (await stores.tables()).live?.length ?? 0
}

/** From now on the database itself refuses such rows: a failing disk, as far as the writer can tell. */
function refuseRows(stores: SqliteScenario, write: string, condition = 'true'): void {
  stores.beside((database) =>
    database.exec(
      `CREATE TRIGGER refuse BEFORE ${write} WHEN ${condition} BEGIN SELECT RAISE(ABORT, 'refused by the test'); END`,
    ),
  )
}

/** A new session passes every statement, and then the commit fails: by a reference that is checked only there. */
function failCommits(stores: SqliteScenario): void {
  stores.beside((database) =>
    database.exec(`CREATE TABLE dangling (session INTEGER REFERENCES session (key) DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER refuse AFTER INSERT ON session BEGIN INSERT INTO dangling VALUES (-1); END`),
  )
}

function allowRows(stores: SqliteScenario): void {
  stores.beside((database) => database.exec('DROP TRIGGER refuse'))
}

/** Overwrites the table's first page on the disk. */
function damageTable(stores: SqliteScenario, table: string): void {
  const page = stores.beside((database) => {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const root = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table)?.rootpage
    return { number: Number(root), size: Number(database.prepare('PRAGMA page_size').get()?.page_size) }
  })
  const file = openSync(stores.path, 'r+')
  writeSync(file, Buffer.alloc(page.size, 0xff), 0, page.size, (page.number - 1) * page.size)
  closeSync(file)
}

/** How many reads are answered until `settled`. */
async function countReads(stores: SqliteScenario, settled: Promise<unknown>): Promise<number> {
  let waiting = true
  const done = settled.then(() => {
    waiting = false
  })
  let reads = 0
  while (waiting) {
    await stores.turns.sessionExists(newSessionId())
    reads += 1
    await new Promise(setImmediate)
  }
  await done
  return reads
}
