import { createHmac, createSecretKey, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

const TOKEN_BYTES = 32
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/
const MAX_FILE_BYTES = 256
/** Read and write for group and others, the bits a secret must not have. */
const FOREIGN_MODE_BITS = 0o077

/** The secret that guards the API (S4). Whoever has it acts as the owner of this machine's Conch. */
export interface AccessToken {
  /** What a program sends as `Authorization: Bearer`. Never logged, never put into a URL. */
  readonly secret: string
  /** Takes the same time for every wrong candidate, whatever its length. */
  matches(candidate: string): boolean
  /** A key for one purpose: it dies with the token and tells nothing about it. */
  deriveKey(purpose: string): KeyObject
}

/** The token file is not one that only its owner can have written and read; the message says what to do. */
export class UnsafeTokenFileError extends Error {
  override readonly name = 'UnsafeTokenFileError'
  readonly code = 'unsafe_token_file'
  readonly path: string
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`The access token file ${path} ${reason}`, options)
    this.path = path
  }
}

/**
 * Reads `<dataDir>/token`, or creates it with 256 random bits. Two processes that create it at once get the same token.
 * Throws UnsafeTokenFileError when somebody else could have read or placed the file (S4, S8).
 */
export async function openAccessToken(dataDir: string): Promise<AccessToken> {
  const path = join(dataDir, 'token')
  const stored = await readSecret(path)
  if (stored !== undefined) return accessTokenOf(stored)
  await createSecret(path)
  const created = await readSecret(path)
  if (created === undefined) throw new UnsafeTokenFileError(path, 'disappeared while it was made. Start again.')
  return accessTokenOf(created)
}

export function accessTokenOf(secret: string): AccessToken {
  // Digests have one length, so that timingSafeEqual can compare them and the length of the secret stays untold.
  const digestOf = (text: string) => hash('sha256', text, 'buffer')
  const expected = digestOf(secret)
  return {
    secret,
    matches: (candidate) => timingSafeEqual(digestOf(candidate), expected),
    deriveKey: (purpose) => createSecretKey(createHmac('sha256', secret).update(purpose).digest()),
  }
}

async function readSecret(path: string): Promise<string | undefined> {
  const file = await openWithoutFollowing(path)
  if (!file) return undefined
  try {
    await requireOwnFile(file, path)
    const secret = (await file.readFile('latin1')).trim()
    if (!TOKEN_FORM.test(secret)) {
      throw new UnsafeTokenFileError(path, 'does not hold a token. Delete it: the next start makes a new one.')
    }
    return secret
  } finally {
    await file.close()
  }
}

async function openWithoutFollowing(path: string): Promise<FileHandle | undefined> {
  try {
    // O_NONBLOCK: a FIFO in the file's place must not hang the start (R17).
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP') {
      throw new UnsafeTokenFileError(path, 'is a symbolic link. Remove the link and start again.', { cause: error })
    }
    throw new UnsafeTokenFileError(path, `cannot be opened (${code}). Check its owner and mode.`, { cause: error })
  }
}

async function requireOwnFile(file: FileHandle, path: string): Promise<void> {
  const stat = await file.stat()
  if (!stat.isFile()) throw new UnsafeTokenFileError(path, 'is not a regular file. Remove it and start again.')
  if (stat.size > MAX_FILE_BYTES) throw new UnsafeTokenFileError(path, 'is too long. Remove it and start again.')
  const ownUid = process.getuid?.()
  if (ownUid === undefined) return // Windows: the folder's access list guards the file, modes say nothing
  if (stat.uid !== ownUid) {
    throw new UnsafeTokenFileError(
      path,
      `belongs to user ${stat.uid}, not to you (${ownUid}). Remove it and start again.`,
    )
  }
  if ((stat.mode & FOREIGN_MODE_BITS) !== 0) {
    const mode = (stat.mode & 0o777).toString(8)
    throw new UnsafeTokenFileError(
      path,
      `can be used by others (mode ${mode}), so the token may be known. Remove it: the next start makes a new one.`,
    )
  }
}

async function createSecret(path: string): Promise<void> {
  // Written aside and linked into place: a crash leaves no half token, and link, unlike rename, never replaces one.
  const draft = `${path}.${randomBytes(8).toString('hex')}.partial`
  try {
    await writeOwnFile(draft, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`)
    await link(draft, path)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error // EEXIST: another process was first, and its token is read
  } finally {
    await rm(draft, { force: true })
  }
}

async function writeOwnFile(path: string, text: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
