import { randomId } from './random-id.ts'

/** How this tab names itself to the server: an id of its own and words a person understands. */
export interface TabIdentity {
  readonly clientId: string
  readonly label: string
}

const CLIENT_ID_KEY = 'conch.client-id'
const MAX_LABEL_LENGTH = 64

/** The id lives as long as the tab, so that a refresh is still the same client. */
export function readTabIdentity(storage: Pick<Storage, 'getItem' | 'setItem'>, userAgent: string): TabIdentity {
  const known = storage.getItem(CLIENT_ID_KEY)
  const clientId = known ?? randomId()
  if (known === null) storage.setItem(CLIENT_ID_KEY, clientId)
  return { clientId, label: labelOfBrowser(userAgent) }
}

/** In this order: most browsers also carry the names of those they descend from. */
const BROWSERS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Headless)?(Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]

const SYSTEMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
]

/** "Firefox (Linux)": names alone, since the one who reads it may speak another language. */
export function labelOfBrowser(userAgent: string): string {
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'Browser'
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1]
  return (system === undefined ? browser : `${browser} (${system})`).slice(0, MAX_LABEL_LENGTH)
}
