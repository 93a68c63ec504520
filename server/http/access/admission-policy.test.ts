import { expect, test } from 'vitest'
import { accessTokenOf } from './access-token.ts'
import { admissionPolicies, isLoopback } from './admission-policy.ts'
import { newBrowserId } from './browser-cookie.ts'

const token = accessTokenOf('t'.repeat(43))
const hostsOf = (options: Partial<Parameters<typeof admissionPolicies>[0]>, port = 4200) => [
  ...admissionPolicies({ token, bindAddress: '127.0.0.1', ...options })(port).hosts,
]

test.each(['127.0.0.1', '::1', 'localhost'])('S1: bound to %s, loopback by its three names is ours', (bindAddress) => {
  expect(hostsOf({ bindAddress })).toEqual(['127.0.0.1:4200', '[::1]:4200', 'localhost:4200'])
})

test('S1: bound to one address, that literal and the configured names are ours, loopback is not', () => {
  expect(hostsOf({ bindAddress: '192.168.1.7', names: ['conch.lan', 'Proxy.example:8443'] })).toEqual([
    '192.168.1.7:4200',
    'conch.lan:4200',
    'proxy.example:8443',
  ])
})

test.each(['0.0.0.0', '::'])(
  'S1: bound to %s, every own address is ours, and never the wildcard itself',
  (bindAddress) => {
    const hosts = hostsOf({ bindAddress, ownAddresses: ['192.168.1.7', 'fd00::7'] })
    expect(hosts).toContain('192.168.1.7:4200')
    expect(hosts).toContain('[fd00::7]:4200')
    expect(hosts).toContain('localhost:4200')
    expect(hosts).not.toContain(`${bindAddress}:4200`)
    expect(hosts).not.toContain('[::]:4200')
  },
)

test("the scheme's own port may be left out", () => {
  expect(hostsOf({}, 80)).toContain('localhost')
  expect(hostsOf({}, 443)).not.toContain('localhost')
  expect(hostsOf({ names: ['conch.example:443'], scheme: 'https' })).toContain('conch.example')
})

test('S2: own origins are the own hosts under the one scheme', () => {
  const policy = admissionPolicies({ token, bindAddress: '192.168.1.7', scheme: 'https' })(4200)
  expect([...policy.origins]).toEqual(['https://192.168.1.7:4200'])
  expect(policy.cookie.issue(newBrowserId())).toMatch(/; Secure$/)
})

test.each(['0.0.0.0', '::', '192.168.1.7', 'conch.lan', ''])('S4: --no-auth on %s refuses to start', (bindAddress) => {
  expect(() => admissionPolicies({ token, bindAddress, noAuth: true })).toThrow(/--no-auth works on a loopback address/)
})

test.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost', 'LOCALHOST'])('S4: %s is loopback', (address) => {
  expect(isLoopback(address)).toBe(true)
})

test.each(['0.0.0.0', '::', '128.0.0.1', '::2', 'localhost.evil.com', '127.0.0.1.nip.io', '127.1'])(
  'S4: %s is not loopback',
  (address) => {
    expect(isLoopback(address)).toBe(false)
  },
)
