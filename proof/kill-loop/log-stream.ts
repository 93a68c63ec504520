import { createParser } from 'eventsource-parser'
import { request } from 'undici'
import type { LogEntry } from '../evidence/history.ts'
import type { Recorder } from '../evidence/recorder.ts'

export interface LogReader {
  readonly client: string
  readonly sessionId: string
  /** Seq of the last entry that the reader has. */
  readonly cursor: number
  /** Hangs up when it has been shown so many. */
  readonly entries: number
  /** Stands still for so long after the first piece: a slow reader. */
  readonly pauseMs?: number
}

/** Follows a session over HTTP and writes down what is shown, byte for byte. Resolves when the stream has ended. */
export async function readLog(
  server: { readonly url: string; readonly token: string },
  reader: LogReader,
  recorder: Recorder,
): Promise<number> {
  const hangUp = new AbortController()
  const stream = recorder.connect(reader.client, reader.sessionId, reader.cursor)
  let cursor = reader.cursor
  let left = reader.entries
  const leave = () => {
    recorder.close(stream, 'client')
    hangUp.abort()
  }
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (hangUp.signal.aborted) return
      if (event === 'notice') {
        recorder.notice(stream, /"type":"(\w+)"/.exec(data)?.[1] ?? data)
        return
      }
      const entry = entryOf(data)
      recorder.entry(stream, entry)
      cursor = entry.seq
      left -= 1
      if (left <= 0) leave()
    },
  })
  try {
    const { statusCode, body } = await request(`${server.url}/api/sessions/${reader.sessionId}/events`, {
      headers: { authorization: `Bearer ${server.token}`, 'last-event-id': String(reader.cursor) },
      signal: hangUp.signal,
    })
    if (statusCode !== 200) leave()
    const decoder = new TextDecoder()
    let isFirst = true
    for await (const bytes of body) {
      parser.feed(decoder.decode(bytes, { stream: true }))
      if (isFirst && reader.pauseMs) await new Promise((resolve) => setTimeout(resolve, reader.pauseMs))
      isFirst = false
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error // the server was killed, or we hung up: an end like any other
  }
  recorder.close(stream, 'server')
  return cursor
}

/** Parsed by hand where it matters: `data` as the bytes that came, not as JSON that was written anew. */
function entryOf(frame: string): LogEntry {
  const { seq, turn_id, epoch, at, type } = JSON.parse(frame)
  const start = frame.indexOf('"data":') + '"data":'.length
  return { seq, turnId: turn_id, epoch, at, type, data: frame.slice(start, -1) }
}
