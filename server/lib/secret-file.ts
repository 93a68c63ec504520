import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, rm } from 'node:fs/promises'
import { codeOf } from './error-code.ts'

export interface SecretFile {
  readonly path: string
  /** What the secret is, as messages call it. */
  readonly name: string
}

const SECRET_BYTES = 32
const SECRET_FORM = /^[A-Za-z0-9_-]{43}$/
const MAX_FILE_BYTES = 256
/** Read and write for group and others, the bits a secret must not have. */
const FOREIGN_MODE_BITS = 0o077

/** The file is not one that only its owner can have written and read; the message says what to do. */
export class UnsafeSecretFileError extends Error {
  override readonly name = 'UnsafeSecretFileError'
  readonly code = 'unsafe_secret_file'
  readonly path: string
  constructor({ path, name }: SecretFile, reason: string, options?: ErrorOptions) {
    super(`The ${name} file ${path} ${reason}`, options)
    this.path = path
  }
}

/**
 * Reads a secret of 256 random bits, 43 characters of base64url, or creates it. Two processes that create it at once get the
 * same one. Throws UnsafeSecretFileError when somebody else could have read or placed the file (S4, S8).
 */
export async function openSecretFile(file: SecretFile): Promise<string> {
  const stored = await readSecretFile(file)
  if (stored !== undefined) return stored
  await createSecret(file.path)
  const created = await readSecretFile(file)
  if (created === undefined) throw new UnsafeSecretFileError(file, 'disappeared while it was made. Start again.')
  return created
}

/** The secret that is there, without making one. Throws UnsafeSecretFileError as `openSecretFile` does. */
export async function readSecretFile(file: SecretFile): Promise<string | undefined> {
  const handle = await openWithoutFollowing(file)
  if (!handle) return undefined
  try {
    await requireOwnFile(handle, file)
    const secret = (await handle.readFile('latin1')).trim()
    if (!SECRET_FORM.test(secret)) {
      throw new UnsafeSecretFileError(file, 'does not hold a secret. Delete it: the next start makes a new one.')
    }
    return secret
  } finally {
    await handle.close()
  }
}

async function openWithoutFollowing(file: SecretFile): Promise<FileHandle | undefined> {
  try {
    // O_NONBLOCK: a FIFO in the file's place must not hang the start (R17).
    return await open(file.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP') {
      throw new UnsafeSecretFileError(file, 'is a symbolic link. Remove the link and start again.', { cause: error })
    }
    throw new UnsafeSecretFileError(file, `cannot be opened (${code}). Check its owner and mode.`, { cause: error })
  }
}

async function requireOwnFile(handle: FileHandle, file: SecretFile): Promise<void> {
  const stat = await handle.stat()
  if (!stat.isFile()) throw new UnsafeSecretFileError(file, 'is not a regular file. Remove it and start again.')
  if (stat.size > MAX_FILE_BYTES) throw new UnsafeSecretFileError(file, 'is too long. Remove it and start again.')
  const ownUid = process.getuid?.()
  if (ownUid === undefined) return // Windows: the folder's access list guards the file, modes say nothing
  if (stat.uid !== ownUid) {
    throw new UnsafeSecretFileError(
      file,
      `belongs to user ${stat.uid}, not to you (${ownUid}). Remove it and start again.`,
    )
  }
  if ((stat.mode & FOREIGN_MODE_BITS) !== 0) {
    const mode = (stat.mode & 0o777).toString(8)
    throw new UnsafeSecretFileError(
      file,
      `can be used by others (mode ${mode}), so it may be known. Remove it: the next start makes a new one.`,
    )
  }
}

async function createSecret(path: string): Promise<void> {
  // Written aside and linked into place: a crash leaves no half secret, and link, unlike rename, never replaces one.
  const draft = `${path}.${randomBytes(8).toString('hex')}.partial`
  try {
    await writeOwnFile(draft, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`)
    await link(draft, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error // EEXIST: another process was first, and its secret is read
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
