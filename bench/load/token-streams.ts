import type { IncomingMessage } from 'node:http'
import { createParser } from 'eventsource-parser'
import type { Entry } from '../../protocol/entry.ts'
import { turnSchema } from '../../protocol/turn.ts'
import { expectAnswer, openRequest } from '../harness/json-request.ts'
import { monotonicUs } from '../harness/monotonic.ts'
import { TokenReader } from '../harness/token-text.ts'
import type { SampleWindow } from './sample-window.ts'

export interface StreamsWanted {
  /** `pipe`: ask the model through it. `conch`: start a turn in a session and follow it. */
  readonly target: 'pipe' | 'conch'
  readonly url: string
  /** One stream each. A name becomes the message, by which the model tells later how much it wrote. */
  readonly streams: readonly { readonly name: string; readonly sessionId: string }[]
}

export interface StreamsEnd {
  readonly faults: readonly string[]
  readonly bytes: number
}

/** Streams that are open, each checked token for token. */
export class TokenStreams {
  readonly #streams: readonly TokenStream[]

  private constructor(streams: readonly TokenStream[]) {
    this.#streams = streams
  }

  /** Resolves when every stream has had its first token. Samples go to `samples`. */
  static async open({ target, url, streams }: StreamsWanted, samples: SampleWindow): Promise<TokenStreams> {
    const opened = streams.map(({ name, sessionId }) => {
      const stream = new TokenStream(name, (underWayUs) => samples.add(underWayUs))
      stream.read(target === 'pipe' ? openPiped(url, name) : openFollowed(url, sessionId, name), target)
      return stream
    })
    await Promise.all(opened.map((stream) => stream.begun))
    return new TokenStreams(opened)
  }

  /** Waits for the ends, then says what was not as the model wrote it (nothing, where all is well) and how much arrived. */
  async finish(written: Readonly<Record<string, number>>): Promise<StreamsEnd> {
    await Promise.all(this.#streams.map((stream) => stream.ended))
    return {
      faults: this.#streams.flatMap((stream) => stream.faults(written[stream.name] ?? 0)),
      bytes: this.#streams.reduce((sum, stream) => sum + stream.bytes, 0),
    }
  }
}

function openPiped(url: string, name: string): Promise<IncomingMessage> {
  return openRequest({ url, body: { model: 'bench', stream: true, messages: [{ role: 'user', content: name }] } })
}

/** From the turn's first entry on: what the session has from before is none of this stream's business. */
async function openFollowed(url: string, sessionId: string, message: string): Promise<IncomingMessage> {
  const session = `${url}/api/sessions/${sessionId}`
  const answer: unknown = JSON.parse(await expectAnswer({ url: `${session}/turns`, body: { message } }, 201))
  const { first_seq } = turnSchema.parse(answer)
  return openRequest({ url: `${session}/events?after=${first_seq - 1}` })
}

/**
 * Frames are not validated: at 25,000 a second that would take a good part of the core that the server needs, and what
 * does not fit shows as a wrong token all the same. The product's tests validate every frame.
 */
interface ModelChunk {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[]
}

class TokenStream {
  readonly name: string
  bytes = 0
  readonly #begun = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()
  readonly #tokens: TokenReader
  /** The whole text as `step.finished` repeats it. */
  #finalText: string | null = null
  #outcome: string | null = null

  constructor(name: string, onToken: (underWayUs: number) => void) {
    this.name = name
    this.#tokens = new TokenReader(onToken)
  }

  /** Resolves with the first token. Rejects where the stream cannot be opened. */
  get begun(): Promise<void> {
    return this.#begun.promise
  }

  get ended(): Promise<void> {
    return this.#ended.promise
  }

  read(opening: Promise<IncomingMessage>, target: StreamsWanted['target']): void {
    let nowUs = 0
    const parser = createParser({
      onEvent: ({ data }) => (target === 'pipe' ? this.#takeChunk(data, nowUs) : this.#takeEntry(data, nowUs)),
    })
    opening.then(
      (response) => {
        response.setEncoding('latin1')
        response.on('data', (text: string) => {
          nowUs = monotonicUs()
          this.bytes += text.length
          parser.feed(text)
          if (this.#outcome !== null) response.destroy()
        })
        response.once('close', () => this.#ended.resolve())
        response.once('error', () => this.#ended.resolve())
      },
      (error: unknown) => this.#begun.reject(error),
    )
  }

  faults(written: number): string[] {
    const faults = this.#tokens.wrong > 0 ? [`${this.#tokens.wrong} tokens were lost, doubled or out of order`] : []
    // The last deltas may be missing where `step.finished`, which replaces them, was quicker.
    const whole = this.#finalText === null ? this.#tokens : readTokens(this.#finalText)
    if (whole.wrong > 0 || whole.count !== written)
      faults.push(`${written} tokens were written and ${whole.count} arrived`)
    if (this.#outcome !== 'completed') faults.push(`it ended ${this.#outcome ?? 'without saying how'}`)
    return faults.map((fault) => `${this.name} ${fault}`)
  }

  #takeChunk(data: string, nowUs: number): void {
    if (data === '[DONE]') {
      this.#outcome = 'completed'
      return
    }
    const chunk: ModelChunk = JSON.parse(data)
    const content = chunk.choices[0]?.delta.content
    if (content) this.#takeText(content, nowUs)
  }

  #takeEntry(data: string, nowUs: number): void {
    const entry: Entry = JSON.parse(data)
    if (entry.type === 'text.delta') this.#takeText(entry.data.text, nowUs)
    else if (entry.type === 'step.finished') this.#finalText = entry.data.text
    else if (entry.type === 'turn.ended') this.#outcome = entry.data.outcome.status
  }

  #takeText(text: string, nowUs: number): void {
    this.#tokens.read(text, nowUs)
    this.#begun.resolve()
  }
}

function readTokens(text: string): TokenReader {
  const reader = new TokenReader(() => undefined)
  reader.read(text, 0)
  return reader
}
