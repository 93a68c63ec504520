import { parentPort, workerData } from 'node:worker_threads'
import type { SearchQuery } from '../../sessions/session-search.ts'
import { openForReading } from './database.ts'
import type { SearchReply } from './search-thread.ts'
import { failureOf } from './sqlite-failure.ts'
import { WordSearch } from './word-search.ts'

/** The thread that searches: a word that is everywhere is looked up beside the streams, never in their way. */
if (!parentPort) throw new Error('search-worker.ts runs as a worker thread')
const port = parentPort
const database = openForReading(String(workerData))
const search = new WordSearch(database)
port.on('message', (query: SearchQuery | 'close') => {
  if (query === 'close') {
    database.close()
    port.close()
  } else port.postMessage(answer(query))
})

function answer(query: SearchQuery): SearchReply {
  try {
    return { ok: true, page: search.find(query) }
  } catch (error) {
    return { ok: false, failure: failureOf(error) }
  }
}
