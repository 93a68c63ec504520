import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '../lib/error-code.ts'
import { type Finding, ok, problem, reasonOf } from './finding.ts'

const SUBJECT = 'access token'

/** Whether only its owner can have read the token. `open` throws with a sentence that says what is wrong. The token itself is not told. */
export async function checkToken(dataDir: string, open: (dataDir: string) => Promise<unknown>): Promise<Finding> {
  try {
    lstatSync(join(dataDir, 'token')) // `open` would make one
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ok(SUBJECT, 'none yet; the first start makes one')
    return problem(SUBJECT, reasonOf(error), 'Check the permissions of the data directory.')
  }
  try {
    await open(dataDir)
    return ok(SUBJECT, 'there, readable by its owner only')
  } catch (error) {
    return problem(SUBJECT, error instanceof Error ? error.message : String(error), 'Stop Conch before you remove it.')
  }
}
