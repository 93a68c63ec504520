import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConchProcess, type TestDataDir } from './conch-process.ts'
import type { ScriptedModel } from './scripted-model.ts'

const LEDGER_SERVER = fileURLToPath(new URL('./ledger-server.ts', import.meta.url))
/** A start is what takes the time here: it finds compiled what earlier ones have left. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/conch', import.meta.url))

/** Where the tools of a ledger server write: beside the data directory that it serves. */
function ledgerIn(dataDir: TestDataDir): string {
  return join(dataDir.path, 'ledger')
}

/** The lines that its tools have written so far. */
export function readLedger(dataDir: TestDataDir): string[] {
  const path = ledgerIn(dataDir)
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []
}

/** Starts `ledger-server.ts`, on a data directory within this one. `onSpawn` gets the process before it is ready. */
export function startLedgerServer(start: {
  readonly dataDir: TestDataDir
  readonly model: ScriptedModel
  readonly flags?: readonly string[]
  readonly variables?: Readonly<Record<string, string>>
  readonly onSpawn?: Parameters<typeof ConchProcess.startProgram>[0]['onSpawn']
}): Promise<ConchProcess> {
  const { dataDir, model, flags = [], variables = {}, onSpawn } = start
  return ConchProcess.startProgram({
    program: LEDGER_SERVER,
    dataDir: join(dataDir.path, 'data'),
    flags: ['--model-url', model.baseUrl, '--model', 'm', ...flags],
    variables: { LEDGER: ledgerIn(dataDir), NODE_COMPILE_CACHE, ...variables },
    ...(onSpawn && { onSpawn }),
  })
}
