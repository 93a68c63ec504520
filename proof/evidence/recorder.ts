import type { Answer, Call, Fault, HistoryEvent, LogEntry } from './history.ts'

/** Writes the history of one run down, as its witnesses report. */
export class Recorder {
  readonly history: HistoryEvent[] = []
  readonly #now: () => number
  readonly #onEvent: (event: HistoryEvent) => void
  readonly #openOps = new Set<number>()
  readonly #openStreams = new Set<number>()
  #ops = 0
  #streams = 0

  /** `now`: time that only grows, the same for all witnesses. */
  constructor(now: () => number, onEvent: (event: HistoryEvent) => void = () => undefined) {
    this.#now = now
    this.#onEvent = onEvent
  }

  /** Goes on where another process had to stop writing: what it left open is open here. */
  static after(past: readonly HistoryEvent[], now: () => number): Recorder {
    const recorder = new Recorder(now)
    for (const event of past) recorder.#resume(event)
    return recorder
  }

  /** A call is about to be made. Answers with its number. */
  invoke(client: string, call: Call): number {
    this.#ops += 1
    this.#openOps.add(this.#ops)
    this.#add({ kind: 'invoke', at: this.#now(), op: this.#ops, client, call })
    return this.#ops
  }

  /** False where the server was killed before: the call is `info` already, and what comes later reaches nobody. */
  ok(op: number, answer: Answer): boolean {
    if (!this.#openOps.delete(op)) return false
    this.#add({ kind: 'ok', at: this.#now(), op, answer })
    return true
  }

  fail(op: number, status: number, activeTurnId: string | null = null): void {
    if (this.#openOps.delete(op)) this.#add({ kind: 'fail', at: this.#now(), op, status, activeTurnId })
  }

  info(op: number, why: string): void {
    if (this.#openOps.delete(op)) this.#add({ kind: 'info', at: this.#now(), op, why })
  }

  connect(client: string, sessionId: string, cursor: number): number {
    this.#streams += 1
    this.#openStreams.add(this.#streams)
    this.#add({ kind: 'connect', at: this.#now(), stream: this.#streams, client, sessionId, cursor })
    return this.#streams
  }

  entry(stream: number, entry: LogEntry): void {
    if (this.#openStreams.has(stream)) this.#add({ kind: 'entry', at: this.#now(), stream, entry })
  }

  notice(stream: number, notice: string): void {
    if (this.#openStreams.has(stream)) this.#add({ kind: 'notice', at: this.#now(), stream, notice })
  }

  close(stream: number, by: 'client' | 'server'): void {
    if (this.#openStreams.delete(stream)) this.#add({ kind: 'close', at: this.#now(), stream, by })
  }

  fault(fault: Fault): void {
    this.#add({ kind: 'fault', at: this.#now(), fault })
  }

  /** The server is gone: nobody will answer what was asked, and every stream is cut. */
  serverGone(why: string): void {
    for (const op of this.#openOps) this.info(op, why)
    for (const stream of this.#openStreams) this.close(stream, 'server')
  }

  rest(): void {
    this.#add({ kind: 'rest', at: this.#now() })
  }

  #resume(event: HistoryEvent): void {
    this.history.push(event)
    if (event.kind === 'invoke') this.#openOps.add(event.op)
    if (event.kind === 'ok' || event.kind === 'fail' || event.kind === 'info') this.#openOps.delete(event.op)
    if (event.kind === 'connect') this.#openStreams.add(event.stream)
    if (event.kind === 'close') this.#openStreams.delete(event.stream)
    if ('op' in event) this.#ops = Math.max(this.#ops, event.op)
    if ('stream' in event) this.#streams = Math.max(this.#streams, event.stream)
  }

  #add(event: HistoryEvent): void {
    this.history.push(event)
    this.#onEvent(event)
  }
}
