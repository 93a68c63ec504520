import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { z } from 'zod'
import { messageIdSchema, sessionIdSchema } from '../../../protocol/ids.ts'
import type { MessageHit, SearchPage } from '../../../protocol/search.ts'
import { excerptOf, markWords } from '../../sessions/search-words.ts'
import type { SearchQuery } from '../../sessions/session-search.ts'

const MAX_TITLES = 20

const titleRowSchema = z.object({ session_id: sessionIdSchema, title: z.string() })

const hitRowSchema = z.object({
  message_id: messageIdSchema,
  session_id: sessionIdSchema,
  session_title: z.string(),
  role: z.enum(['user', 'assistant']),
  created_at: z.number(),
  content: z.string(),
})

/**
 * Finds messages and titles by their words, newest first: the index is read from its end, and reading stops when a page is
 * full. Private sessions, and messages that are put aside, are not found; what is deleted is not in the index any more.
 */
export class WordSearch {
  readonly #findTitles: StatementSync
  readonly #findMessages: StatementSync
  readonly #selectMissing: StatementSync

  constructor(database: DatabaseSync) {
    // CROSS JOIN: in the order in which they are written, index first
    this.#findTitles = database.prepare(`SELECT session.id AS session_id, session.title
      FROM title_word CROSS JOIN session ON session.key = title_word.rowid
      WHERE title_word MATCH ? AND private = 0 ORDER BY title_word.rowid DESC LIMIT ${MAX_TITLES}`)
    this.#findMessages = database.prepare(`SELECT message.id AS message_id, session.id AS session_id,
        session.title AS session_title, role, message.created_at, message.content
      FROM message_word CROSS JOIN message ON message.id = message_word.rowid
        CROSS JOIN session ON session.key = message.session
      WHERE message_word MATCH ? AND message_word.rowid < ? AND aside IS NULL AND private = 0
      ORDER BY message_word.rowid DESC LIMIT ?`)
    this.#selectMissing = database.prepare('SELECT max(missing_up_to) AS up_to FROM word_index')
  }

  find({ words, limit, before }: SearchQuery): SearchPage {
    const isComplete = this.#selectMissing.get()?.up_to === 0
    if (words.length === 0) return { sessions: [], messages: [], has_more: false, is_complete: isComplete }
    const match = expressionOf(words)
    const titles = before === undefined ? this.#findTitles.all(match) : []
    const rows = this.#findMessages.all(match, before ?? Number.MAX_SAFE_INTEGER, limit + 1)
    return {
      sessions: titles.map((row) => titleOf(row, words)),
      messages: rows.slice(0, limit).map((row) => hitOf(row, words)),
      has_more: rows.length > limit,
      is_complete: isComplete,
    }
  }
}

/** Each word is a quoted string, so that none is an operator; the last one may be the beginning of a longer word. */
function expressionOf(words: readonly string[]): string {
  return `${words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ')}*`
}

function titleOf(row: unknown, words: readonly string[]): SearchPage['sessions'][number] {
  const { session_id, title } = titleRowSchema.parse(row)
  return { session_id, title: markWords(title, words) }
}

function hitOf(row: unknown, words: readonly string[]): MessageHit {
  const { content, created_at, ...hit } = hitRowSchema.parse(row)
  return { ...hit, created_at: new Date(created_at).toISOString(), excerpt: excerptOf(content, words) }
}
