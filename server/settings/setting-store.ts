/** What the settings need of a database: a value under each name, as JSON text. All methods may throw `StorageError`. */
export interface SettingStore {
  readSettings(): Promise<ReadonlyMap<string, string>>
  /** All of them or none. Resolves after the commit. */
  writeSettings(changes: ReadonlyMap<string, string>): Promise<void>
}
