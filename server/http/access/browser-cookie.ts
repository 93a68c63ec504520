import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { AccessToken } from './access-token.ts'

const MAX_AGE_SECONDS = 365 * 24 * 60 * 60
const BROWSER_ID_BYTES = 16
const MAC_BYTES = 32

const browserIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/)
  .brand('BrowserId')
/** Names one browser that was let in; all its tabs share it. */
export type BrowserId = z.infer<typeof browserIdSchema>

export function newBrowserId(): BrowserId {
  return browserIdSchema.parse(randomBytes(BROWSER_ID_BYTES).toString('base64url'))
}

export interface BrowserCookieOptions {
  readonly token: AccessToken
  /** Cookies ignore ports, so that the port stands in the name: two Conches on one machine do not log each other out. */
  readonly port: number
  readonly secure: boolean
}

/**
 * The credential of a browser: `<browserId>.<hmac>`. Nothing is stored for it, so it survives a restart,
 * and its key comes from the access token, so it dies with that token (D10).
 */
export class BrowserCookie {
  readonly name: string
  readonly #key: KeyObject // with a Buffer each HMAC, so each request, costs five times as much
  readonly #attributes: string

  constructor({ token, port, secure }: BrowserCookieOptions) {
    this.name = `conch_${port}`
    this.#key = token.deriveKey('browser cookie')
    this.#attributes = `Path=/; Max-Age=${MAX_AGE_SECONDS}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  }

  /** The value of a `Set-Cookie` header. */
  issue(browserId: BrowserId): string {
    return `${this.name}=${browserId}.${this.#macOf(browserId).toString('base64url')}; ${this.#attributes}`
  }

  /** The browser that a `Cookie` header proves, if any. */
  verify(cookieHeader: string): BrowserId | undefined {
    // A server on another port of this host can plant a cookie of our name beside ours: any that is genuine counts.
    for (const pair of cookieHeader.split(';')) {
      const [name, value] = splitOnce(pair.trim(), '=')
      const browserId = name === this.name ? this.#browserOf(value) : undefined
      if (browserId) return browserId
    }
    return undefined
  }

  #browserOf(value: string): BrowserId | undefined {
    const [id, encodedMac] = splitOnce(value, '.')
    const browserId = browserIdSchema.safeParse(id)
    if (!browserId.success) return undefined
    const mac = Buffer.from(encodedMac, 'base64url')
    const isGenuine = mac.length === MAC_BYTES && timingSafeEqual(mac, this.#macOf(browserId.data))
    return isGenuine ? browserId.data : undefined
  }

  #macOf(browserId: BrowserId): Buffer {
    return createHmac('sha256', this.#key).update(browserId).digest()
  }
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}
