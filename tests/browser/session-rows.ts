import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { SessionId } from '../../protocol/ids.ts'
import type { ConchApp } from '../conch-app.ts'

/** A session with so many settled turns, written past the server: asking for them one by one would take an hour. */
export async function addLongSession(conch: ConchApp, turns: number): Promise<SessionId> {
  const sessionId = await conch.ownerClient().createSession('A long one')
  using database = new DatabaseSync(join(conch.dataDir, 'data', 'conch.db'), { timeout: 5_000 })
  database.exec('BEGIN IMMEDIATE')
  const row = database.prepare('SELECT key FROM session WHERE id = ?').get(sessionId)
  const key = Number(row?.key)
  const first = Number(database.prepare(`SELECT value FROM counter WHERE name = 'message'`).get()?.value) + 1
  const insert = database.prepare(`INSERT INTO message (id, session, turn, role, content, steps, outcome, created_at)
    VALUES (?, ?, NULL, ?, ?, ?, ?, 0)`)
  for (let turn = 0; turn < turns; turn += 1) {
    insert.run(first + 2 * turn, key, 'user', questionAt(turn), null, null)
    insert.run(first + 2 * turn + 1, key, 'assistant', answerAt(turn), '[]', '{"status":"completed"}')
  }
  database.prepare(`UPDATE counter SET value = value + ? WHERE name = 'message'`).run(2 * turns)
  database.prepare('UPDATE session SET message_count = ? WHERE key = ?').run(2 * turns, key)
  database.exec('COMMIT')
  return sessionId
}

export function questionAt(turn: number): string {
  return `What is at place ${turn}?`
}

/** So many sessions without a message, the last one named first; written past the server like the messages above. */
export function addManySessions(conch: ConchApp, count: number): void {
  using database = new DatabaseSync(join(conch.dataDir, 'data', 'conch.db'), { timeout: 5_000 })
  database.exec('BEGIN IMMEDIATE')
  const insert =
    database.prepare(`INSERT INTO session (id, title, title_is_custom, created_at, updated_at, model, private,
    agent_type, device) VALUES (?, ?, 1, ?, ?, 'hand', 0, 'chat', 'gpu') RETURNING key`)
  const insertHead = database.prepare('INSERT INTO head (session) VALUES (?)')
  for (let at = 0; at < count; at += 1) {
    const row = insert.get(randomUUID(), sessionTitleAt(at), at, at)
    insertHead.run(Number(row?.key))
  }
  database.exec('COMMIT')
}

export function sessionTitleAt(at: number): string {
  return `Session number ${at}`
}

/** Of many heights, as answers are. */
function answerAt(turn: number): string {
  const paragraphs = Array.from(
    { length: 1 + (turn % 4) },
    (_, at) => `Paragraph ${at} of **answer ${turn}**, with some words.`,
  )
  const code = turn % 7 === 0 ? '\n\n```ts\nconst place = 1\n```' : ''
  return paragraphs.join('\n\n') + code
}
