import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { withoutTrailingSlashes } from '../lib/trailing-slashes.ts'
import { parseDuration } from './duration.ts'
import type { ModelFlags, ServeConfig } from './serve-config.ts'

/** What the command line asked for. */
export type CommandLine =
  /** `unknownVariables`: names of ours that set nothing, such as a misspelt one. */
  | { readonly command: 'serve'; readonly config: ServeConfig; readonly unknownVariables: readonly string[] }
  | { readonly command: 'link'; readonly dataDir: string }
  /** `config`: what `serve` with the same flags would be started with. */
  | { readonly command: 'doctor'; readonly config: ServeConfig }

export interface Environment {
  /** Words after the program's name. */
  readonly args: readonly string[]
  readonly variables: Readonly<Record<string, string | undefined>>
}

/** A flag or variable that cannot be used. The message is for the person who typed it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'config'
}

interface ServeOptions {
  host: string
  port: number
  dataDir: string
  modelUrl?: string
  model?: string
  slots: number
  maxWaiting: number
  firstByteTimeout: number
  idleTimeout: number
  turnTimeout: number
  slotWait: number
  grace: number
  maxStreams: number
  maxSessionsPerMinute: number
  resume: boolean
  auth: boolean
  open: boolean
}

/** The process's own words and variables: with the data directory's default, the only reading of the environment there is. */
export function processEnvironment(): Environment {
  return { args: process.argv.slice(2), variables: process.env }
}

/** Reads flags, then `CONCH_…` variables, then defaults. Throws `ConfigError`; prints help and exits where help was asked for. */
export function parseCommandLine({ args, variables }: Environment): CommandLine {
  let parsed: CommandLine | undefined
  const program = new Command('conch').description('A private agent workspace in front of local models.')
  const serve = program.command('serve', { isDefault: true }).description('start the server')
  const doctor = program.command('doctor').description('say what keeps the server from running with these flags')
  for (const command of [serve, doctor]) {
    for (const option of serveOptions()) command.addOption(withVariable(option, variables))
    command.action((options: ServeOptions) => {
      const config = serveConfig(options, variables[API_KEY_VARIABLE] ?? null)
      parsed =
        command === serve
          ? { command: 'serve', config, unknownVariables: unknownVariables(variables) }
          : { command: 'doctor', config }
    })
  }
  const link = program.command('link').description('print a fresh link for another browser')
  link.addOption(withVariable(dataDirOption(), variables))
  link.action((options: Pick<ServeOptions, 'dataDir'>) => {
    parsed = { command: 'link', dataDir: resolve(options.dataDir) }
  })
  for (const command of [program, serve, doctor, link])
    command.configureOutput({ outputError: () => undefined }).exitOverride()
  try {
    program.parse([...args], { from: 'user' })
  } catch (error) {
    throw asConfigError(error)
  }
  if (!parsed) throw new ConfigError('nothing to do: try `npm start -- --help`')
  return parsed
}

function dataDirOption(): Option {
  return new Option('--data-dir <dir>', 'where sessions, uploads and the token are kept').default(
    join(homedir(), '.conch'),
  )
}

function serveOptions(): Option[] {
  const option = (flags: string, description: string) => new Option(flags, description)
  return [
    option('--host <address>', 'address to listen on').default('127.0.0.1'),
    option('--port <number>', 'port to listen on; 0 picks a free one').default(4200).argParser(integer(0, 65_535)),
    dataDirOption(),
    option('--model-url <url>', 'OpenAI-compatible base URL ending in /v1; without it Conch looks for one'),
    option('--model <name>', 'model to use; `practice` is the built-in one'),
    option('--slots <number>', 'turns that may use the model at once').default(4).argParser(integer(1, 100_000)),
    option('--max-waiting <number>', 'turns that may wait for a slot').default(64).argParser(integer(0, 100_000)),
    duration('--first-byte-timeout <time>', 'longest wait for the first piece of an answer', '10m'),
    duration('--idle-timeout <time>', 'longest silence within an answer', '2m'),
    duration('--turn-timeout <time>', 'longest turn', '30m'),
    duration('--slot-wait <time>', 'longest wait for a slot', '10m'),
    duration('--grace <time>', 'time for running turns to end at shutdown', '10s'),
    option('--max-streams <number>', 'event streams for programs').default(20_000).argParser(integer(1, 1_000_000)),
    option('--max-sessions-per-minute <number>', 'new sessions in a minute; 0 for no limit')
      .default(0)
      .argParser(integer(0, 100_000)),
    option('--no-resume', 'end turns that a crash has cut off, instead of going on with them').default(true),
    option('--no-auth', 'ask for no token (loopback only)').default(true),
    option('--no-open', 'do not open a browser').default(true),
  ]
}

function duration(flags: string, description: string, standard: string): Option {
  return new Option(flags, description).default(milliseconds(standard), standard).argParser(milliseconds)
}

const API_KEY_VARIABLE = 'CONCH_MODEL_API_KEY'

/** There is no file of settings (row 114): a misspelt variable is the one thing that could be left unread without a word. */
function unknownVariables(variables: Environment['variables']): readonly string[] {
  const known = new Set([API_KEY_VARIABLE, ...serveOptions().map(variableOf)])
  return Object.keys(variables).filter((name) => name.startsWith('CONCH_') && !known.has(name))
}

function variableOf(option: Option): string {
  return `CONCH_${option.name().toUpperCase().replaceAll('-', '_')}`
}

/** Every flag has a variable: `--max-waiting` reads `CONCH_MAX_WAITING`. A switch is off while its variable is empty, 0 or false. */
function withVariable(option: Option, variables: Environment['variables']): Option {
  const name = variableOf(option)
  const value = variables[name]
  if (value === undefined || value === '') return option
  if (option.negate) return ['0', 'false'].includes(value) ? option : option.default(false)
  try {
    return option.default(option.parseArg ? option.parseArg(value, undefined) : value)
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new ConfigError(`${name}=${value}: ${error.message}`)
    throw error
  }
}

function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}.`)
    return value
  }
}

/** A timer of Node's that is to wait for longer than 596 hours does not wait at all. */
const LONGEST_HOURS = 500

function milliseconds(text: string): number {
  const value = parseDuration(text)
  if (value === undefined) throw new InvalidArgumentError('must be a time such as 90s, 10m or 1h.')
  if (value > LONGEST_HOURS * 3_600_000) throw new InvalidArgumentError(`must be at most ${LONGEST_HOURS}h.`)
  return value
}

function serveConfig(options: ServeOptions, apiKey: string | null): ServeConfig {
  const { firstByteTimeout, idleTimeout, turnTimeout, slotWait, grace, resume, auth, open, ...others } = options
  const { modelUrl, model, ...same } = others
  return {
    ...same,
    dataDir: resolve(options.dataDir),
    model: modelFlags(modelUrl, model, apiKey),
    firstByteTimeoutMs: firstByteTimeout,
    idleTimeoutMs: idleTimeout,
    turnTimeoutMs: turnTimeout,
    slotWaitMs: slotWait,
    graceMs: grace,
    resumesTurns: resume,
    noAuth: !auth,
    openBrowser: open,
  }
}

/** The key of `CONCH_MODEL_API_KEY` belongs to `--model-url`: without that address nobody said who may have it (S16). */
function modelFlags(url: string | undefined, name: string | undefined, apiKey: string | null): ModelFlags {
  if (name === 'practice') return { kind: 'practice' }
  if (url === undefined) {
    if (name === undefined) return { kind: 'open' }
    throw new ConfigError(`--model ${name} needs --model-url: the address of the server that has it, ending in /v1`)
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ConfigError(`--model-url ${url} is not an http or https address`)
  }
  return { kind: 'endpoint', baseUrl: withoutTrailingSlashes(url), model: name ?? null, apiKey }
}

/** Help and version exit with 0, as they should; everything else is one clear line. */
function asConfigError(error: unknown): unknown {
  if (!(error instanceof Error) || !('exitCode' in error)) return error
  if (error.exitCode === 0) process.exit(0)
  return new ConfigError(error.message.replace(/^error: /, '').replaceAll('\n', ' '))
}
