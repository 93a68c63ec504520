import type { ChannelEnd } from '../../protocol/shared-stream.ts'
import { entryJson, type StoredEntry } from '../turns/stored-entry.ts'
import type { SseStream } from './sse.ts'

/** Channels that one stream may have: the tabs of a browser with two each, and many more tabs than anybody looks at. */
export const MAX_CHANNELS = 128

/**
 * One connection that carries what several readers follow (D16). A channel that replays writes its pages in turn with the
 * others that do, so that a long log starves nobody; what is live goes at once. When the socket is full each channel waits for
 * it with at most one page in hand, and all of them are let go with it when it takes nothing (F9, R15).
 */
export class SharedStream {
  readonly #stream: SseStream
  readonly #channels = new Map<string, Channel>()
  /** Settles when the last page that waits for its turn has been taken. */
  #pages: Promise<void> = Promise.resolve()

  /** Tells its id, as the first frame. */
  constructor(id: string, stream: SseStream) {
    this.#stream = stream
    void stream.write(frameOf('stream', JSON.stringify({ stream: id })))
    stream.signal.addEventListener('abort', () => this.#closeAll(), { once: true })
  }

  /** False where a channel of this name would be one too many. */
  hasRoomFor(name: string): boolean {
    return this.#channels.has(name) || this.#channels.size < MAX_CHANNELS
  }

  /** A channel from now on. One that had its name before is closed without a word. */
  addChannel(name: string): Channel {
    this.#channels.get(name)?.close()
    const channel = new Channel(name, {
      write: (frames) => this.#stream.write(frames),
      writeInTurn: (frames, signal) => this.#writeInTurn(frames, signal),
    })
    this.#channels.set(name, channel)
    const forget = () => {
      if (this.#channels.get(name) === channel) this.#channels.delete(name)
    }
    channel.signal.addEventListener('abort', forget, { once: true })
    if (this.#stream.signal.aborted) channel.close()
    return channel
  }

  /** Nothing more is written for it, from this moment on. */
  removeChannel(name: string): void {
    this.#channels.get(name)?.close()
  }

  #writeInTurn(frames: string, signal: AbortSignal): Promise<void> {
    this.#pages = this.#pages.then(() => (signal.aborted ? undefined : this.#stream.write(frames)))
    return this.#pages
  }

  #closeAll(): void {
    for (const channel of [...this.#channels.values()]) channel.close()
  }
}

interface ChannelWriter {
  readonly write: (frames: string) => Promise<void> | undefined
  readonly writeInTurn: (frames: string, signal: AbortSignal) => Promise<void>
}

/** One reader's part of a shared stream. */
export class Channel {
  readonly #name: string
  readonly #writer: ChannelWriter
  readonly #closed = new AbortController()

  constructor(name: string, writer: ChannelWriter) {
    this.#name = name
    this.#writer = writer
  }

  /** Aborts when the channel is closed, or its stream has gone. */
  get signal(): AbortSignal {
    return this.#closed.signal
  }

  /** What has just happened. Answers with a promise when the socket is full: come back with the rest, in turn. */
  writeLive(entries: readonly StoredEntry[]): Promise<void> | undefined {
    return this.#writer.write(this.#framesOf(entries))
  }

  /** What is read from the log. Resolves when the socket has room again. */
  writePage(entries: readonly StoredEntry[]): Promise<void> {
    return this.#writer.writeInTurn(this.#framesOf(entries), this.signal)
  }

  writeNotice(notice: string): Promise<void> {
    return this.#writer.writeInTurn(frameOf(`notice.${this.#name}`, notice), this.signal)
  }

  /** An event of the app as JSON. */
  writeEvent(event: string): Promise<void> | undefined {
    return this.signal.aborted ? undefined : this.#writer.write(frameOf(`channel.${this.#name}`, event))
  }

  /** Says that nothing will follow, unless nobody listens any more. */
  end(reason: ChannelEnd['reason']): void {
    if (this.signal.aborted) return
    const end: ChannelEnd = { reason }
    void this.#writer.write(frameOf(`end.${this.#name}`, JSON.stringify(end)))
    this.close()
  }

  close(): void {
    this.#closed.abort()
  }

  /** As `entryJson` this runs once per token. */
  #framesOf(entries: readonly StoredEntry[]): string {
    let frames = ''
    for (const entry of entries) frames += `event: channel.${this.#name}\ndata: ${entryJson(entry)}\n\n`
    return frames
  }
}

function frameOf(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`
}
