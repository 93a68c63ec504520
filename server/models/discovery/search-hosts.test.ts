import { expect, test } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { ManualClock } from '../../lib/manual-clock.ts'
import { findOtherHosts } from './search-hosts.ts'

type Names = Readonly<Record<string, readonly string[]>>

function find(names: Names, ownAddresses: readonly string[] = ['127.0.0.1', '192.168.1.7']) {
  const lookup = (name: string) => {
    const addresses = names[name]
    return addresses ? Promise.resolve(addresses) : Promise.reject(new Error('ENOTFOUND'))
  }
  return findOtherHosts({ clock: systemClock, lookup, ownAddresses: () => ownAddresses })
}

test('localhost adds ::1, and nothing where it is 127.0.0.1 alone', async () => {
  expect(await find({ localhost: ['::1', '127.0.0.1'] })).toEqual([{ name: 'localhost', ip: '::1' }])
  expect(await find({ localhost: ['127.0.0.1'] })).toEqual([])
})

test('in a container, the machine outside is found by its name and at Docker’s bridge', async () => {
  const names = { localhost: ['127.0.0.1'], 'host.docker.internal': ['192.168.65.254'] }
  expect(await find(names, ['127.0.0.1', '172.17.0.2'])).toEqual([
    { name: 'host.docker.internal', ip: '192.168.65.254' },
    { name: '172.17.0.1', ip: '172.17.0.1' },
  ])
})

test('one address under two names is looked at once', async () => {
  expect(await find({ 'host.docker.internal': ['172.17.0.1'] }, ['172.17.0.2'])).toEqual([
    { name: 'host.docker.internal', ip: '172.17.0.1' },
  ])
})

test('S15: 172.17.0.1 is a stranger where this machine has no part in Docker’s network', async () => {
  expect(await find({})).toEqual([])
})

test.each(['93.184.216.34', '169.254.169.254', '0.0.0.0', '2001:db8::1', '::ffff:93.184.216.34'])(
  'S15: a name that leads to %s is not followed',
  async (ip) => {
    expect(await find({ 'host.docker.internal': [ip] })).toEqual([])
  },
)

test('a resolver that never answers is not waited for longer than two seconds', async () => {
  const clock = new ManualClock()
  const finding = findOtherHosts({ clock, lookup: () => new Promise(() => undefined), ownAddresses: () => [] })
  clock.advance(2_000)
  expect(await finding).toEqual([])
})

test('the system’s own resolver and interfaces can be asked', async () => {
  for (const { ip } of await findOtherHosts({ clock: systemClock })) expect(ip).toMatch(/^[\d.]+$|:/)
})
