import { DatabaseSync } from 'node:sqlite'

/** Sessions to add, and how many settled turns each of them has. A turn is four entries and two messages. */
export interface SeedSize {
  readonly sessions: number
  readonly turnsEach: number
}

export const ENTRIES_PER_TURN = 4

/** The id of the `n`th seeded session, from 1. */
export function sessionId(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
}

/**
 * Fills a database that the server has made, as it would look after `turnsEach` turns in each of `sessions` sessions.
 * Straight in SQL, because a million sessions over HTTP take hours. `seed.test.ts` reads the rows back through the store.
 */
export function seedSessions(
  path: string,
  { firstSession, sessions, turnsEach }: SeedSize & { firstSession: number },
): void {
  const database = new DatabaseSync(path, { timeout: 5_000 })
  try {
    // Nobody else has the file, and what is half written is thrown away with its folder.
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000')
    database.exec(`BEGIN; CREATE TEMP TABLE size AS SELECT ${firstSession} AS first, ${sessions} AS sessions,
      ${turnsEach} AS turns, (SELECT value FROM counter WHERE name = 'message') AS messages,
      (SELECT coalesce(max(key), 0) FROM session) + 1 - ${firstSession} AS key_offset, ${SEEDED_AT_MS} AS at`)
    database.exec(INSERT_SESSIONS)
    if (turnsEach > 0) database.exec(INSERT_TURNS)
    database.exec(`UPDATE counter SET value = value + 2 * ${sessions * turnsEach} WHERE name = 'message'; COMMIT`)
    database.exec('PRAGMA journal_mode = WAL')
  } finally {
    database.close()
  }
}

/** November 2026; every seeded row has this time, give or take. */
const SEEDED_AT_MS = 1_795_000_000_000

/** `n`: number of a session; `t`: number of a turn within it, from 0. In the order of the keys, so that pages fill up. */
const RANGES = `WITH RECURSIVE
  session_numbers (n) AS (SELECT first FROM size UNION ALL SELECT n + 1 FROM session_numbers, size WHERE n + 1 < first + sessions),
  turn_numbers (t) AS (SELECT 0 UNION ALL SELECT t + 1 FROM turn_numbers, size WHERE t + 1 < turns)`
const TURN = `printf('%08x-0000-4000-9000-%012x', n, t)`
/** Id of the user's message; the assistant's is the next one. */
const MESSAGE = `messages + 2 * ((n - first) * turns + t) + 1`
const QUESTION = `'What is at place ' || t || ' of session ' || n || ', and why is it there?'`
const ANSWER = `'At place ' || t || ' of session ' || n || ' stands an answer of two sentences, about as long as a short one of a small model. It is there because somebody asked.'`
const OUTCOME = `'{"status":"completed"}'`
const HOLDER = `'{"kind":"api","label":""}'`

const INSERT_SESSIONS = `
  ${RANGES} INSERT INTO session
    (key, id, title, title_is_custom, created_at, updated_at, model, system_prompt, private, agent_type, device, mail_provider, message_count)
  SELECT n + key_offset, printf('%08x-0000-4000-8000-%012x', n, n), 'Session ' || n, 0, at, at + n, 'bench', NULL, 0, 'chat', 'gpu', NULL, 2 * turns
  FROM session_numbers, size;
  ${RANGES} INSERT INTO head (session, epoch, active_turn, last_seq)
  SELECT n + key_offset, turns, NULL, ${ENTRIES_PER_TURN} * turns FROM session_numbers, size;`

const INSERT_TURNS = `
  ${RANGES} INSERT INTO turn
    (id, session, epoch, user_message, assistant_message, holder, client_id, first_seq, started_at, stop_requested_at, ended_at, outcome)
  SELECT ${TURN}, n + key_offset, t + 1, ${MESSAGE}, ${MESSAGE} + 1, ${HOLDER}, NULL, ${ENTRIES_PER_TURN} * t + 1, at, NULL, at + 1000, ${OUTCOME}
  FROM session_numbers CROSS JOIN turn_numbers, size;
  ${RANGES} INSERT INTO entry (session, seq, turn, epoch, type, data, at)
  SELECT n + key_offset, ${ENTRIES_PER_TURN} * t + kind.column1, ${TURN}, t + 1, kind.column2, CASE kind.column1
    WHEN 1 THEN json_object('user_message_id', ${MESSAGE}, 'assistant_message_id', ${MESSAGE} + 1, 'message', ${QUESTION}, 'holder', json(${HOLDER}))
    WHEN 2 THEN json_object('step', 1, 'model', 'bench')
    WHEN 3 THEN json_object('step', 1, 'text', ${ANSWER}, 'reasoning', '', 'finish_reason', 'stop', 'usage', NULL)
    ELSE json_object('outcome', json(${OUTCOME}), 'content', ${ANSWER}, 'usage', NULL) END, at
  FROM session_numbers CROSS JOIN turn_numbers
    CROSS JOIN (VALUES (1, 'turn.started'), (2, 'step.started'), (3, 'step.finished'), (4, 'turn.ended')) AS kind, size;
  ${RANGES} INSERT INTO message (id, session, turn, role, content, steps, outcome, usage, created_at)
  SELECT ${MESSAGE} + side.column1, n + key_offset, ${TURN}, side.column2,
    iif(side.column1 = 0, ${QUESTION}, ${ANSWER}),
    iif(side.column1 = 0, NULL, json_array(json_object('step', 1, 'text', ${ANSWER}, 'reasoning', '', 'tool_calls', json_array()))),
    iif(side.column1 = 0, NULL, ${OUTCOME}), NULL, at
  FROM session_numbers CROSS JOIN turn_numbers CROSS JOIN (VALUES (0, 'user'), (1, 'assistant')) AS side, size;`
