import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { accessTokenOf, openAccessToken } from './access-token.ts'

let dataDir = ''
const tokenPath = () => join(dataDir, 'token')

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'conch-token-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(dataDir, { recursive: true })
})

test('S4: the first start makes a token of 256 bits that only the owner can use', async () => {
  const token = await openAccessToken(dataDir)
  expect(Buffer.from(token.secret, 'base64url')).toHaveLength(32)
  expect((await stat(tokenPath())).mode & 0o777).toBe(0o600)
  expect(await readFile(tokenPath(), 'utf8')).toBe(`${token.secret}\n`)
  expect(await readdir(dataDir)).toEqual(['token'])
})

test('the token stays the same over restarts', async () => {
  const first = await openAccessToken(dataDir)
  expect((await openAccessToken(dataDir)).secret).toBe(first.secret)
})

test('starts that make the token at the same time get the same one', async () => {
  const tokens = await Promise.all(Array.from({ length: 20 }, () => openAccessToken(dataDir)))
  expect(new Set(tokens.map((token) => token.secret)).size).toBe(1)
  expect(await readdir(dataDir)).toEqual(['token'])
})

test('two data directories have different tokens', async () => {
  const other = await mkdtemp(join(tmpdir(), 'conch-token-'))
  expect((await openAccessToken(other)).secret).not.toBe((await openAccessToken(dataDir)).secret)
  await rm(other, { recursive: true })
})

test('S8: a symbolic link in the place of the token is refused', async () => {
  await writeFile(join(dataDir, 'elsewhere'), `${'a'.repeat(43)}\n`, { mode: 0o600 })
  await symlink(join(dataDir, 'elsewhere'), tokenPath())
  await expect(openAccessToken(dataDir)).rejects.toThrow(/token is a symbolic link/)
})

test('S8: a dangling link is refused and nothing is written through it', async () => {
  await symlink(join(dataDir, 'elsewhere'), tokenPath())
  await expect(openAccessToken(dataDir)).rejects.toMatchObject({ code: 'unsafe_secret_file' })
  expect(await readdir(dataDir)).toEqual(['token'])
})

test.each([0o640, 0o604, 0o620, 0o601])('S8: a token with mode %o is refused', async (mode) => {
  await openAccessToken(dataDir)
  await chmod(tokenPath(), mode)
  await expect(openAccessToken(dataDir)).rejects.toThrow(`mode ${mode.toString(8)}`)
})

test('S8: a folder or a FIFO in the place of the token is refused, without waiting for a writer', async () => {
  await mkdir(tokenPath(), { mode: 0o700 })
  await expect(openAccessToken(dataDir)).rejects.toThrow(/is not a regular file/)
  await rm(tokenPath(), { recursive: true })
  execFileSync('/usr/bin/mkfifo', ['-m', '600', tokenPath()])
  await expect(openAccessToken(dataDir)).rejects.toThrow(/is not a regular file/)
})

test('S8: a token of another user is refused', async () => {
  await openAccessToken(dataDir)
  const ownUid = process.getuid?.() ?? 0
  vi.spyOn(process, 'getuid').mockReturnValue(ownUid + 1)
  await expect(openAccessToken(dataDir)).rejects.toThrow(`belongs to user ${ownUid}`)
})

test.each([
  ['empty', '', /does not hold a secret/],
  ['cut short', 'abc\n', /does not hold a secret/],
  ['of other characters', `${'!'.repeat(43)}\n`, /does not hold a secret/],
  ['very long', 'a'.repeat(10_000), /is too long/],
])('a token file that is %s is refused, not replaced', async (_what, text, reason) => {
  await writeFile(tokenPath(), text, { mode: 0o600 })
  await expect(openAccessToken(dataDir)).rejects.toThrow(reason)
  expect(await readFile(tokenPath(), 'utf8')).toBe(text)
})

test('S4: only the whole token matches', () => {
  const secret = 's'.repeat(43)
  const token = accessTokenOf(secret)
  expect(token.matches(secret)).toBe(true)
  for (const wrong of ['', 's', secret.slice(1), `${secret}s`, secret.toUpperCase(), 'é'.repeat(43)]) {
    expect(token.matches(wrong)).toBe(false)
  }
})

test('keys for two purposes differ, and none is the token', () => {
  const token = accessTokenOf('s'.repeat(43))
  const keyFor = (purpose: string) => token.deriveKey(purpose).export().toString('base64url')
  expect(keyFor('a')).toBe(keyFor('a'))
  expect(keyFor('a')).not.toBe(keyFor('b'))
  expect(keyFor('a')).not.toBe(token.secret)
})
