import { expect, test } from 'vitest'
import type { OpenStores } from './store-scenario.ts'

/** What every `SettingStore` must do. */
export function testSettingStore(open: OpenStores): void {
  test('settings are read as they were written last, also after a restart', async () => {
    await using stores = await open()
    expect(await stores.settings.readSettings()).toEqual(new Map())
    await stores.settings.writeSettings(
      new Map([
        ['one', '1'],
        ['two', '{"a":"\u{1f41a}"}'],
      ]),
    )
    await stores.settings.writeSettings(new Map([['one', 'null']]))
    await stores.reopen()
    const expected = [
      ['one', 'null'],
      ['two', '{"a":"\u{1f41a}"}'],
    ] as const
    expect(await stores.settings.readSettings()).toEqual(new Map(expected))
  })
}
