import { createSecretKey, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { SqliteScenario } from '../store/store-scenario.ts'
import { ModelKeys } from './model-keys.ts'
import { openText, sealText } from './sealed-text.ts'
import { Settings } from './settings.ts'

const KEY = 'canary-key-1679091c'
const A = 'http://127.0.0.1:8000'
const B = 'http://127.0.0.1:9000'

test('S21: a key lies in the database sealed only, and is read again with the same file', async () => {
  await using stores = await SqliteScenario.open()
  const sealingKey = createSecretKey(randomBytes(32))
  await new ModelKeys(await Settings.open(stores.settings), sealingKey).keep(A, KEY)
  expect(JSON.stringify(await stores.tables())).not.toContain(KEY)
  expect(JSON.stringify(await stores.tables())).toContain(A)
  await stores.reopen()
  const again = new ModelKeys(await Settings.open(stores.settings), sealingKey)
  expect(again.keyFor(A)).toBe(KEY)
  const otherFile = new ModelKeys(await Settings.open(stores.settings), createSecretKey(randomBytes(32)))
  expect(otherFile.keyFor(A)).toBeNull()
})

test('S16: a key is for its origin, also where somebody moves it in the database', async () => {
  await using stores = await SqliteScenario.open()
  const settings = await Settings.open(stores.settings)
  const keys = new ModelKeys(settings, createSecretKey(randomBytes(32)))
  await keys.keep(A, KEY)
  for (const other of [B, 'https://127.0.0.1:8000', 'http://localhost:8000', `${A}0`]) {
    expect(keys.keyFor(other)).toBeNull()
  }
  await settings.change({ modelKeys: { [B]: settings.values.modelKeys[A] ?? '' } })
  expect(keys.keyFor(B)).toBeNull()
})

test('a key is replaced and forgotten; the oldest goes where there are too many', async () => {
  await using stores = await SqliteScenario.open()
  const keys = new ModelKeys(await Settings.open(stores.settings), createSecretKey(randomBytes(32)))
  await keys.keep(A, 'first')
  await keys.keep(A, 'second')
  expect(keys.keyFor(A)).toBe('second')
  await keys.keep(A, null)
  expect(keys.keyFor(A)).toBeNull()
  for (let n = 0; n <= 32; n += 1) await keys.keep(`http://h${n}`, 'k')
  expect([keys.keyFor('http://h0'), keys.keyFor('http://h1'), keys.keyFor('http://h32')]).toEqual([null, 'k', 'k'])
})

test('S21: what was changed by one bit, cut or is no sealed text does not open', () => {
  const key = createSecretKey(randomBytes(32))
  const sealed = sealText(key, KEY, A)
  expect(sealText(key, KEY, A)).not.toBe(sealed)
  expect(openText(key, sealed, A)).toBe(KEY)
  const bytes = Buffer.from(sealed, 'base64url')
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(openText(key, changed.toString('base64url'), A)).toBeNull()
  }
  for (const wrong of ['', 'x', sealed.slice(0, 30), sealed.slice(0, -4)]) expect(openText(key, wrong, A)).toBeNull()
})
