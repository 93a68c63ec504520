/** One frame of a stream of server-sent events. */
export interface EventFrame {
  readonly event: string
  readonly data: string
}

/** Takes a stream apart, however its bytes were cut; a comment or an unfinished frame gives nothing yet. */
export class EventFrames {
  readonly #decoder = new TextDecoder()
  #rest = ''
  #event = ''
  #data: string[] = []

  take(bytes: Uint8Array): readonly EventFrame[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?=[^\n])/)
    this.#rest = lines.pop() ?? ''
    return lines.flatMap((line) => this.#takeLine(line))
  }

  #takeLine(line: string): readonly EventFrame[] {
    if (line === '') return this.#finish()
    const [, name, value = ''] = /^([^:]+)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === 'event') this.#event = value
    if (name === 'data') this.#data.push(value)
    return []
  }

  #finish(): readonly EventFrame[] {
    const frames = this.#data.length > 0 ? [{ event: this.#event, data: this.#data.join('\n') }] : []
    this.#event = ''
    this.#data = []
    return frames
  }
}
