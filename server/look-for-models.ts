import { createSecretKey } from 'node:crypto'
import { join } from 'node:path'
import type { FoundModels } from './doctor/found-models-check.ts'
import { readStoredSettings } from './doctor/stored-settings.ts'
import { systemClock } from './lib/clock.ts'
import { readSecretFile } from './lib/secret-file.ts'
import { discoverModelServers } from './models/discovery/discover.ts'
import { openModelKey } from './settings/model-keys.ts'
import { readSettingValues, type SettingValues } from './settings/settings.ts'

/** What a server that is started on this directory would find, with the keys that are kept there. Changes nothing. */
export async function lookForModels(dataDir: string): Promise<FoundModels> {
  const values = readSettingValues(readStoredSettings(dataDir))
  const apiKeyFor = await keysOf(values, dataDir)
  const chosen = values.model
  const named =
    chosen?.kind === 'endpoint' ? { baseUrl: chosen.baseUrl, apiKey: apiKeyFor(new URL(chosen.baseUrl).origin) } : null
  const options = { clock: systemClock, apiKeyFor, named }
  const { servers } = await discoverModelServers(options, new AbortController().signal)
  return { servers, chosen }
}

async function keysOf(values: SettingValues, dataDir: string): Promise<(origin: string) => string | null> {
  if (Object.keys(values.modelKeys).length === 0) return () => null
  const secret = await readSecretFile({ path: join(dataDir, 'secret-key'), name: 'secret key' })
  if (secret === undefined) return () => null
  const sealingKey = createSecretKey(secret, 'base64url')
  return (origin) => openModelKey(values, sealingKey, origin)
}
