import { z } from 'zod'
import type { SettingStore } from './setting-store.ts'

/** Which model a person wants; null where Conch is to choose. `model` without an address: on whichever server has it. */
const wantedModelSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('practice') }),
  z.object({ kind: z.literal('endpoint'), baseUrl: z.string(), model: z.string().nullable() }),
  z.object({ kind: z.literal('model'), model: z.string() }),
])
export type WantedModel = z.infer<typeof wantedModelSchema>

/** What each setting is, and what it is where nobody has set it or what is stored cannot be read. */
const settingsSchema = z.object({
  model: wantedModelSchema.nullable().catch(null),
  /** Sealed, each under the origin that it belongs to. */
  modelKeys: z.record(z.string(), z.string()).catch({}),
  /** Tokens that a server which loads models for us is asked to make room for. */
  contextSize: z.int().positive().nullable().catch(null),
  agentMode: z.enum(['manual', 'goal_driven']).catch('manual'),
  dynamicTools: z.boolean().catch(false),
  /** When the first-run screen was done with, and whether it was skipped. */
  onboarding: z.object({ completedAt: z.string(), skipped: z.boolean() }).nullable().catch(null),
})
export type SettingValues = z.infer<typeof settingsSchema>

/** The values of what is stored: JSON text under each name. */
export function readSettingValues(stored: ReadonlyMap<string, string>): SettingValues {
  return settingsSchema.parse(Object.fromEntries([...stored].map(([name, json]) => [name, readJson(json)])))
}

/** What people have set. Reading is from memory; a change is in force once it is stored. */
export class Settings {
  readonly #store: SettingStore
  #values: SettingValues

  private constructor(store: SettingStore, values: SettingValues) {
    this.#store = store
    this.#values = values
  }

  static async open(store: SettingStore): Promise<Settings> {
    return new Settings(store, readSettingValues(await store.readSettings()))
  }

  get values(): Readonly<SettingValues> {
    return this.#values
  }

  /** Throws `StorageError`; then nothing has changed. */
  async change(changes: Partial<SettingValues>): Promise<void> {
    const entries = Object.entries(changes).map(([name, value]) => [name, JSON.stringify(value)] as const)
    if (entries.length === 0) return
    await this.#store.writeSettings(new Map(entries))
    this.#values = { ...this.#values, ...changes }
  }
}

/** Undefined, which every setting can stand, where it is none. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
