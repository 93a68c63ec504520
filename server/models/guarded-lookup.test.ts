import type { LookupAddress } from 'node:dns'
import { expect, test } from 'vitest'
import { guardedLookup } from './guarded-lookup.ts'

/** What a connection would dial for a name that the resolver answers with these. */
function dial(addresses: readonly LookupAddress[], all: boolean): Promise<unknown> {
  const lookup = guardedLookup((_name, answer) => answer(null, addresses))
  return new Promise((resolve, reject) => {
    lookup('models.example', { all }, (error, address) => (error ? reject(error) : resolve(address)))
  })
}

const METADATA = { address: '169.254.169.254', family: 4 }
const MAPPED = { address: '::ffff:169.254.169.254', family: 6 }
const LAN = { address: '192.168.1.20', family: 4 }

test('row 93: a name that leads to the metadata service is not dialled, whatever else it leads to', async () => {
  await expect(dial([METADATA, MAPPED], true)).rejects.toMatchObject({ code: 'EFORBIDDENADDRESS' })
  await expect(dial([METADATA], false)).rejects.toMatchObject({ code: 'EFORBIDDENADDRESS' })
  expect(await dial([METADATA, LAN, MAPPED], true)).toEqual([LAN])
  expect(await dial([METADATA, LAN], false)).toBe('192.168.1.20')
})

test('a name that nobody knows stays one', async () => {
  const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
  const lookup = guardedLookup((_name, answer) => answer(unknown, []))
  const dialled = new Promise((resolve, reject) => {
    lookup('nobody.example', {}, (error, address) => (error ? reject(error) : resolve(address)))
  })
  await expect(dialled).rejects.toBe(unknown)
})
