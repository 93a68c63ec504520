import { z } from 'zod'
import type { SettingStore } from '../../settings/setting-store.ts'
import type { Reader, ReadStatement } from './reader.ts'
import { type Submit, unexpectedResult } from './submit.ts'

const rowSchema = z.object({ name: z.string(), value: z.string() })

export class SqliteSettingStore implements SettingStore {
  readonly #select: ReadStatement
  readonly #submit: Submit

  constructor(parts: { reader: Reader; submit: Submit }) {
    this.#select = parts.reader.prepare('SELECT name, value FROM setting')
    this.#submit = parts.submit
  }

  async readSettings(): Promise<ReadonlyMap<string, string>> {
    const rows = this.#select.all().map((row) => rowSchema.parse(row))
    return new Map(rows.map(({ name, value }) => [name, value]))
  }

  async writeSettings(changes: ReadonlyMap<string, string>): Promise<void> {
    const result = await this.#submit(() => ({ kind: 'write_settings', changes: [...changes] }))
    if (result.kind !== 'settings_written') unexpectedResult(result)
  }
}
