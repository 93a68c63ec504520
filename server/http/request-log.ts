import type { FastifyBaseLogger, FastifyServerOptions } from 'fastify'

type Bindings = Parameters<FastifyBaseLogger['child']>[0]
type ChildOptions = Parameters<FastifyBaseLogger['child']>[1]

/**
 * The log of one request, which names it in each record. It is made when the first record is written: for most requests
 * none is, and making it costs more than the rest of a refusal.
 */
class RequestLog implements FastifyBaseLogger {
  readonly #parent: FastifyBaseLogger
  readonly #bindings: Bindings
  readonly #options: ChildOptions
  #made: FastifyBaseLogger | null = null

  constructor(parent: FastifyBaseLogger, bindings: Bindings, options: ChildOptions) {
    this.#parent = parent
    this.#bindings = bindings
    this.#options = options
  }

  get level() {
    return this.#parent.level
  }

  fatal(...record: unknown[]): void {
    this.#write('fatal', record)
  }

  error(...record: unknown[]): void {
    this.#write('error', record)
  }

  warn(...record: unknown[]): void {
    this.#write('warn', record)
  }

  info(...record: unknown[]): void {
    this.#write('info', record)
  }

  debug(...record: unknown[]): void {
    this.#write('debug', record)
  }

  trace(...record: unknown[]): void {
    this.#write('trace', record)
  }

  silent(...record: unknown[]): void {
    this.#write('silent', record)
  }

  child(bindings: Bindings, options?: ChildOptions): FastifyBaseLogger {
    return this.#log.child(bindings, options)
  }

  get #log(): FastifyBaseLogger {
    this.#made ??= this.#parent.child(this.#bindings, this.#options)
    return this.#made
  }

  #write(level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent', record: unknown[]): void {
    const log = this.#log
    Reflect.apply(log[level], log, record)
  }
}

/** Meant as Fastify's `childLoggerFactory`. */
export const requestLogs: NonNullable<FastifyServerOptions['childLoggerFactory']> = (parent, bindings, options) =>
  new RequestLog(parent, bindings, options)
