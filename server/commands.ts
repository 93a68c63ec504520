import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { z } from 'zod'
import { type App, createApp } from './app.ts'
import { type CommandLine, ConfigError, parseCommandLine, processEnvironment } from './config/command-line.ts'
import type { ServeConfig } from './config/serve-config.ts'
import { type DoctorParts, examine, renderFindings } from './doctor/doctor.ts'
import { findRunningServer } from './doctor/running-server.ts'
import { hearStrayFailures } from './hear-stray-failures.ts'
import { openAccessToken } from './http/access/access-token.ts'
import { openInBrowser } from './http/access/open-in-browser.ts'
import { systemClock } from './lib/clock.ts'
import { collectGarbage } from './lib/collect-garbage.ts'
import { createLog } from './log.ts'
import { lookForModels } from './look-for-models.ts'
import { listModels } from './models/list-models.ts'
import { parseModelEndpoint } from './models/model-endpoint.ts'
import { readServerNote } from './store/data-dir.ts'
import { findJournalFault } from './store/sqlite/journal-fault.ts'
import { StrayFailures } from './turns/stray-failures.ts'

const EXIT_USAGE = 2
/** Past the grace time, endings are written and connections closed; that takes no longer than this. */
const CLOSING_MS = 5_000
/** So long after the start the first pages are served, and what only starting needed can go. */
const SETTLED_MS = 2_000
const LINK_TIMEOUT_MS = 10_000

try {
  const parsed = parseCommandLine(processEnvironment())
  if (parsed.command === 'link') await printLink(parsed.dataDir)
  else if (parsed.command === 'doctor') await printFindings(parsed.config)
  else await serve(parsed)
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(error instanceof ConfigError ? EXIT_USAGE : 1) // what was started so far, such as the writer, would keep it alive
}

async function serve({ config, unknownVariables }: Extract<CommandLine, { command: 'serve' }>): Promise<void> {
  process.umask(0o077) // S8: what we create is its owner's alone
  const log = createLog('info', pino.destination({ dest: 2, sync: true }))
  if (unknownVariables.length > 0) {
    log.warn(`${unknownVariables.join(', ')}: nothing of this name can be set; \`npm start -- --help\` lists the flags`)
  }
  const strays = new StrayFailures()
  hearStrayFailures(strays, log)
  const app = await createApp({ config, version: readManifest().version, log, strays })
  const { url, link } = await app.listen()
  if (config.noAuth) log.warn(`no token is asked for: every program on this machine can use ${url}`)
  process.stdout.write(`Conch is ready at ${link}\n`)
  if (config.openBrowser && process.stdout.isTTY) openInBrowser(link, log)
  setTimeout(() => giveBackStartMemory(app, log), SETTLED_MS).unref()
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      if (!stopping) void stop(app, config, log)
      stopping = true
    })
  }
}

/** What only the start needed is a sixth of the memory. Where turns run already they make V8 collect it by themselves. */
async function giveBackStartMemory({ engine }: App, log: pino.Logger): Promise<void> {
  if (engine.activeTurns(null).length > 0) return
  try {
    await collectGarbage()
  } catch (error) {
    log.warn({ err: error }, 'the memory that only the start needed could not be given back')
  }
}

/** Exit code 0 once everything is recorded (F18). The same signal again ends the process at once. */
async function stop(app: App, { graceMs }: ServeConfig, log: pino.Logger): Promise<void> {
  const overdue = setTimeout(() => {
    log.error('stopping took too long; what was not recorded is recovered at the next start')
    process.exit(1)
  }, graceMs + CLOSING_MS)
  try {
    await app.close()
    clearTimeout(overdue)
    process.exit(0)
  } catch (error) {
    log.error({ err: error }, 'stopping failed')
    process.exit(1)
  }
}

/** Asks the running server for a one-time code, as the owner of its token. No other program is to be sent that (S4). */
async function printLink(dataDir: string): Promise<void> {
  const running = await findRunningServer(dataDir, readServerNote(dataDir))
  if (running.status === 'none') {
    throw new ConfigError(`No Conch is running on ${dataDir}. Start it with \`npm start\`.`)
  }
  if (running.status === 'silent') {
    const advice = 'Wait until it has started, or stop it and start again.'
    throw new Error(`The Conch that runs on ${dataDir} does not answer. ${advice}`)
  }
  const { url } = running.note
  const token = (await readFile(join(dataDir, 'token'), 'utf8')).trim()
  const response = await fetch(`${url}/api/link`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(LINK_TIMEOUT_MS),
  })
  const { code } = z.object({ code: z.string() }).parse(await response.json())
  process.stdout.write(`${url}/?code=${code}\n`)
}

/** Exit code 1 where something must be mended. */
async function printFindings(config: ServeConfig): Promise<void> {
  const findings = await examine({
    ...config,
    nodeVersion: process.versions.node,
    wantedNode: readManifest().engines.node,
    endpoint: endpointOf(config),
    look: config.model.kind === 'open' ? () => lookForModels(config.dataDir) : null,
    knownSchema: readdirSync(new URL('./store/sqlite/migrations/', import.meta.url)).length,
    findJournalFault,
    readServerNote,
    openToken: openAccessToken,
  })
  process.stdout.write(renderFindings(findings))
  process.exitCode = findings.some(({ status }) => status === 'problem') ? 1 : 0
}

function endpointOf({ model }: ServeConfig): DoctorParts['endpoint'] {
  if (model.kind !== 'endpoint') return null
  const { baseUrl, model: name, apiKey } = model
  const list = () => listModels({ baseUrl, apiKey: apiKey ?? undefined, clock: systemClock })
  return { shownUrl: parseModelEndpoint(baseUrl, null).shownUrl, name, list }
}

function readManifest() {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return z.object({ version: z.string(), engines: z.object({ node: z.string() }) }).parse(JSON.parse(manifest))
}

/** One line for the person at the terminal. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `${error.message}. Stop the program that uses this port, or choose another with --port.`
  }
  return error.message
}
