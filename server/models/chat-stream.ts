import { createParser, type EventSourceParser } from 'eventsource-parser'
import type { PromptProgress } from '../../protocol/turn.ts'
import type { ModelEvent, ModelReply, ModelUsage } from '../agent/model.ts'
import { toStorableText } from '../agent/storable-text.ts'
import { describeStreamError } from './backend-problem.ts'
import { type ChatDelta, readChunk } from './chat-chunk.ts'
import type { ModelEndpoint } from './model-endpoint.ts'
import { parseJson } from './parse-json.ts'
import { ToolCallAssembly } from './tool-call-assembly.ts'

export interface StreamLimits {
  /** One event of the stream, and what is held back of an unfinished one (R15). */
  readonly maxEventBytes: number
  /** Text, reasoning and arguments of tools together (F54). */
  readonly maxReplyCharacters: number
  readonly maxDeltas: number
}

export const DEFAULT_STREAM_LIMITS: StreamLimits = {
  maxEventBytes: 256 * 1024,
  maxReplyCharacters: 4 * 1024 * 1024,
  maxDeltas: 200_000,
}

export interface ChatStreamOptions {
  readonly limits: StreamLimits
  readonly endpoint: ModelEndpoint
  readonly deliver: (event: ModelEvent) => void
}

/**
 * The body of one streamed chat completion: bytes in, ModelEvents and in the end one reply out. No input or output of its
 * own. The reply comes from `feed` where the stream itself says so ([DONE], an error, a limit), else from `end`.
 *
 * Only a finish_reason makes a reply whole. Without one it is truncated, whether the stream ended by [DONE] or by itself
 * (F52); with one, the [DONE] may be missing, as it is with some servers.
 */
export class ChatStream {
  readonly #limits: StreamLimits
  readonly #endpoint: ModelEndpoint
  readonly #deliver: (event: ModelEvent) => void
  /** Joins characters that a chunk border cut, and takes the BOM away (F53). */
  readonly #decoder = new TextDecoder()
  readonly #parser: EventSourceParser
  readonly #text = new TextChannel()
  readonly #reasoning = new TextChannel()
  readonly #toolCalls = new ToolCallAssembly()
  #reply: ModelReply | null = null
  #finishReason: string | null = null
  #usage: ModelUsage | null = null
  #deltas = 0
  #characters = 0
  /** How much of the prompt has been read, from 0 to 1. */
  #partRead = -1

  constructor({ limits, endpoint, deliver }: ChatStreamOptions) {
    this.#limits = limits
    this.#endpoint = endpoint
    this.#deliver = deliver
    this.#parser = createParser({
      maxBufferSize: limits.maxEventBytes,
      onEvent: ({ data }) => {
        this.#reply ??= this.#take(data)
      },
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.#reply ??= failed('limit', EVENT_TOO_LARGE)
      },
    })
  }

  /** Takes the next bytes of the body. Answers with the reply once it has ended; what follows is not looked at. */
  feed(bytes: Uint8Array): ModelReply | null {
    if (!this.#reply) this.#parser.feed(this.#decoder.decode(bytes, { stream: true }))
    return this.#reply
  }

  /** The body is over, by its end or because the connection broke. An event that is not complete does not count. */
  end(): ModelReply {
    this.#reply ??= this.#conclude()
    return this.#reply
  }

  #take(data: string): ModelReply | null {
    if (data.startsWith('[DONE]')) return this.#conclude()
    this.#deltas += 1
    if (this.#deltas > this.#limits.maxDeltas) return failed('limit', REPLY_TOO_LONG)
    if (data.length * 3 > this.#limits.maxEventBytes && Buffer.byteLength(data) > this.#limits.maxEventBytes) {
      return failed('limit', EVENT_TOO_LARGE)
    }
    if (data === '') return null
    const reading = readChunk(parseJson(data))
    switch (reading.type) {
      case 'delta':
        return this.#apply(reading)
      case 'error':
        return failed('backend_error', describeStreamError(reading.error, this.#endpoint))
      case 'unreadable':
        return failed('protocol', describeGarbage(this.#endpoint))
    }
  }

  #apply(delta: ChatDelta): ModelReply | null {
    this.#characters += countCharacters(delta)
    if (this.#characters > this.#limits.maxReplyCharacters) return failed('limit', REPLY_TOO_LONG)
    this.#usage = delta.usage ?? this.#usage
    this.#finishReason = delta.finishReason ?? this.#finishReason
    if (delta.promptProgress) this.#readOn(delta.promptProgress)
    // Reasoning first: the chunk that holds the last of it may hold the first of the text.
    if (delta.reasoning) this.#say('reasoning', this.#reasoning.push(delta.reasoning))
    if (delta.text) this.#say('text', this.#text.push(delta.text))
    for (const piece of delta.toolCalls) {
      this.#toolCalls.add(piece)
      this.#deliver({ type: 'progress' })
    }
    return null
  }

  /** A server that is busy with others too repeats where it stands; only what grows is told, and nothing once it has begun. */
  #readOn(progress: PromptProgress): void {
    const partRead = progress.processed / progress.total
    if (this.#characters > 0 || partRead <= this.#partRead) return
    this.#partRead = partRead
    this.#deliver({ type: 'prompt_progress', progress })
  }

  #say(type: 'text' | 'reasoning', text: string): void {
    if (text) this.#deliver({ type, text })
  }

  #conclude(): ModelReply {
    this.#say('reasoning', this.#reasoning.flush())
    this.#say('text', this.#text.flush())
    const finishReason = this.#finishReason === null ? null : toFinishReason(this.#finishReason)
    if (!finishReason) return { status: 'truncated', message: describeBreak(this.#endpoint) }
    return { status: 'finished', finishReason, toolCalls: this.#toolCalls.finish(), usage: this.#usage }
  }
}

/**
 * Makes pieces storable (R18) without breaking a character whose two halves stand in two pieces, as servers that escape
 * to ASCII send it (F53): the first half waits for the second.
 */
class TextChannel {
  #firstHalf = ''

  push(piece: string): string {
    const text = this.#firstHalf + piece
    this.#firstHalf = ''
    const last = text.charCodeAt(text.length - 1)
    if (last < 0xd800 || last > 0xdbff) return toStorableText(text)
    this.#firstHalf = text.slice(-1)
    return toStorableText(text.slice(0, -1))
  }

  flush(): string {
    const rest = toStorableText(this.#firstHalf)
    this.#firstHalf = ''
    return rest
  }
}

function countCharacters({ text, reasoning, toolCalls }: ChatDelta): number {
  let count = text.length + reasoning.length
  for (const piece of toolCalls) count += piece.id.length + piece.name.length + piece.arguments.length
  return count
}

function failed(reason: 'backend_error' | 'protocol' | 'limit', message: string): ModelReply {
  return { status: 'failed', reason, message }
}

/** Servers have names of their own for an ordinary end. Null for those which say that the answer is not whole. */
function toFinishReason(reason: string): 'stop' | 'tool_calls' | 'length' | null {
  switch (reason) {
    case 'length':
    case 'max_tokens':
      return 'length'
    case 'tool_calls':
    case 'function_call':
      return 'tool_calls'
    case 'abort':
    case 'error':
      return null
    default:
      return 'stop'
  }
}

const EVENT_TOO_LARGE =
  'The model server sent more at once than this program takes. What arrived until then is kept. Look at the log of the model server.'
const REPLY_TOO_LONG =
  'The answer grew past the limit and was stopped. What arrived until then is kept. Ask for a shorter answer.'

function describeGarbage({ shownUrl }: ModelEndpoint): string {
  return `The model server at ${shownUrl} sent something that is no chat completion. What arrived until then is kept. Check that the address belongs to an OpenAI-compatible server.`
}

function describeBreak({ shownUrl }: ModelEndpoint): string {
  return `The answer broke off: the model server at ${shownUrl} ended it before it was finished. What arrived until then is kept. Look at its log, or send the message again.`
}
