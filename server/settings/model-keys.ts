import type { KeyObject } from 'node:crypto'
import { openText, sealText } from './sealed-text.ts'
import type { Settings, SettingValues } from './settings.ts'

/** As many servers as anybody has; beyond, the key that was kept first is forgotten. */
const MAX_KEYS = 32

/**
 * The API keys of model servers, each kept for one origin: scheme, host and port. Another origin never gets it, whatever is
 * chosen (S16). A key that cannot be opened, because the file it is sealed with was lost, is none.
 */
export class ModelKeys {
  readonly #settings: Settings
  readonly #sealingKey: KeyObject

  constructor(settings: Settings, sealingKey: KeyObject) {
    this.#settings = settings
    this.#sealingKey = sealingKey
  }

  keyFor(origin: string): string | null {
    return openModelKey(this.#settings.values, this.#sealingKey, origin)
  }

  /** Null forgets it. */
  async keep(origin: string, key: string | null): Promise<void> {
    const others = Object.entries(this.#settings.values.modelKeys).filter(([other]) => other !== origin)
    const kept = key === null ? others : [...others, [origin, sealText(this.#sealingKey, key, origin)] as const]
    await this.#settings.change({ modelKeys: Object.fromEntries(kept.slice(-MAX_KEYS)) })
  }
}

/** The key that is kept for `origin`; null where there is none, or it cannot be opened. */
export function openModelKey({ modelKeys }: SettingValues, sealingKey: KeyObject, origin: string): string | null {
  const sealed = modelKeys[origin]
  return sealed === undefined ? null : openText(sealingKey, sealed, origin)
}
