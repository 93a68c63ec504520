import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { WriteOp, WriteResult } from './write-op.ts'

type SettingOp = Extract<WriteOp, { kind: 'write_settings' }>

/** Writes settings, inside the transaction that the writer thread has opened. */
export class SettingWrites {
  readonly #upsert: StatementSync

  constructor(database: DatabaseSync) {
    this.#upsert = database.prepare(`INSERT INTO setting (name, value, changed_at) VALUES (?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`)
  }

  apply({ changes }: SettingOp, at: number): WriteResult {
    for (const [name, value] of changes) this.#upsert.run(name, value, at)
    return { kind: 'settings_written' }
  }
}
