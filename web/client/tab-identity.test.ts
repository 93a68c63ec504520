import { expect, test } from 'vitest'
import { labelOfBrowser, readTabIdentity } from './tab-identity.ts'

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox (Linux)'],
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0', 'Edge (Windows)'],
  ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36', 'Chrome (Android)'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1', 'Safari (iPhone)'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1', 'Safari (macOS)'],
  ['something else', 'Browser'],
])('%s is called %s', (userAgent, label) => {
  expect(labelOfBrowser(userAgent)).toBe(label)
})

test('a tab keeps its id over a refresh', () => {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
  const first = readTabIdentity(storage, '')
  expect(first.clientId).toMatch(/^[0-9a-f]{32}$/)
  expect(readTabIdentity(storage, '').clientId).toBe(first.clientId)
})
