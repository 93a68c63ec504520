import { accessSync, constants, lstatSync, type Stats, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from '../lib/error-code.ts'
import { type Finding, ok, problem, reasonOf } from './finding.ts'

const SUBJECT = 'data directory'
const LEAST_FREE_BYTES = 256 * 1024 ** 2
const ELSEWHERE = 'Choose another directory with --data-dir.'

/** Whether the directory is ours alone, can be written and has room. Creates nothing. */
export function checkDataDir(path: string): Finding {
  const stats = readStats(path)
  if (!stats) return checkFutureDataDir(path)
  if (stats.isSymbolicLink()) {
    return problem(SUBJECT, `${path} is a symbolic link`, 'Name the directory itself with --data-dir.')
  }
  if (!stats.isDirectory()) return problem(SUBJECT, `${path} is not a directory`, ELSEWHERE)
  const uid = process.getuid?.()
  if (uid !== undefined && stats.uid !== uid) return problem(SUBJECT, `${path} belongs to another user`, ELSEWHERE)
  if (uid !== undefined && (stats.mode & 0o077) !== 0) {
    return problem(SUBJECT, `others on this machine can look into ${path}`, `Run \`chmod 700 ${path}\`.`)
  }
  return checkRoom(path)
}

/** It does not exist: the first start makes it, if it may. */
function checkFutureDataDir(path: string): Finding {
  let parent = dirname(path)
  while (!readStats(parent) && parent !== dirname(parent)) parent = dirname(parent)
  const room = checkRoom(parent)
  return room.status === 'problem' ? room : ok(SUBJECT, `${path} does not exist yet; the first start makes it`)
}

function checkRoom(path: string): Finding {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    return problem(SUBJECT, `${path} cannot be written: ${reasonOf(error)}`, `Change its permissions. ${ELSEWHERE}`)
  }
  const { bavail, bsize } = statfsSync(path)
  const freeBytes = bavail * bsize
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GB free`
  if (freeBytes >= LEAST_FREE_BYTES) return ok(SUBJECT, `${path}, ${free}`)
  return problem(SUBJECT, `the disk of ${path} is nearly full: ${free}`, 'Make room on it.')
}

function readStats(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
