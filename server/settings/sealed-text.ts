import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'

/** A secret as it may lie in the database (S21): AES-256-GCM, as base64url of nonce, tag and text. */

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** `boundTo` names what the secret is for: it opens for the same name only, so that it cannot be moved to another. */
export function sealText(key: KeyObject, text: string, boundTo: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(boundTo))
  const sealed = [cipher.update(text, 'utf8'), cipher.final()]
  return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]).toString('base64url')
}

/** Null where it was sealed with another key or for something else, or was changed. */
export function openText(key: KeyObject, sealed: string, boundTo: string): string | null {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(boundTo)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch (error) {
    if (error instanceof Error && /authenticate/i.test(error.message)) return null
    throw error
  }
}
