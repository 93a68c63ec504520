import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Finding, ok, problem } from './finding.ts'

const SUBJECT = 'server'
const ANSWER_TIMEOUT_MS = 3_000
const SQLITE_BUSY = 5

/** Where a server has noted that it can be reached. */
export interface ServerNote {
  readonly pid: number
  readonly url: string
}

/** What holds the data directory now. `url` is null where the one that holds it has not said where it is. */
export type RunningServer =
  | { readonly status: 'none' }
  | { readonly status: 'answers'; readonly note: ServerNote }
  | { readonly status: 'silent'; readonly note: ServerNote | undefined }

/** The lock decides whether there is one, since a note may be left over from a server that was killed. */
export async function findRunningServer(dataDir: string, note: ServerNote | undefined): Promise<RunningServer> {
  if (!isLocked(join(dataDir, 'lock'))) return { status: 'none' }
  return note && (await answersAsConch(note.url)) ? { status: 'answers', note } : { status: 'silent', note }
}

export function describeRunningServer(server: RunningServer): Finding {
  switch (server.status) {
    case 'none':
      return ok(SUBJECT, 'none is running on this data directory')
    case 'answers':
      return ok(SUBJECT, `running at ${server.note.url}, process ${server.note.pid}`)
    case 'silent': {
      const who = server.note ? `process ${server.note.pid} at ${server.note.url}` : 'a process'
      const advice = 'Wait until it has started, or stop it and start again.'
      return problem(SUBJECT, `${who} holds the data directory and does not answer`, advice)
    }
  }
}

/** True where a Conch answers at `url`, whoever's it is. */
export async function answersAsConch(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
    return (await response.text()).includes('"gaia-agent-ui"')
  } catch (error) {
    if (error instanceof Error) return false // refused, reset, not HTTP, or too late: no Conch in any case
    throw error
  }
}

/** A reader cannot get past the exclusive lock of a server. It leaves nothing behind and holds nothing. */
function isLocked(path: string): boolean {
  if (!existsSync(path)) return false
  const lock = new DatabaseSync(path, { readOnly: true, timeout: 0 })
  try {
    lock.exec('SELECT 1 FROM sqlite_schema')
    return false
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return true
    throw error
  } finally {
    lock.close()
  }
}
