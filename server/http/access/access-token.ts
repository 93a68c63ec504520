import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { openSecretFile } from '../../lib/secret-file.ts'

/** The secret that guards the API (S4). Whoever has it acts as the owner of this machine's Conch. */
export interface AccessToken {
  /** What a program sends as `Authorization: Bearer`. Never logged, never put into a URL. */
  readonly secret: string
  /** Takes the same time for every wrong candidate, whatever its length. */
  matches(candidate: string): boolean
  /** A key for one purpose: it dies with the token and tells nothing about it. */
  deriveKey(purpose: string): KeyObject
}

/**
 * Reads `<dataDir>/token`, or creates it with 256 random bits. Two processes that create it at once get the same token.
 * Throws UnsafeSecretFileError when somebody else could have read or placed the file (S4, S8).
 */
export async function openAccessToken(dataDir: string): Promise<AccessToken> {
  return accessTokenOf(await openSecretFile({ path: join(dataDir, 'token'), name: 'access token' }))
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
