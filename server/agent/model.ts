import type { ImageType } from '../../protocol/image.ts'
import type { Capability } from '../../protocol/model-server.ts'
import type { PromptProgress } from '../../protocol/turn.ts'

/**
 * What the agent loop needs of a language model. `server/models/` has one implementation per kind of endpoint.
 */

export interface ModelToolCall {
  readonly callId: string
  readonly tool: string
  /** JSON text as the model wrote it; nothing has parsed it yet. */
  readonly arguments: string
}

/** For models that take images; the bytes as base64. */
export interface ModelImage {
  readonly mediaType: ImageType
  readonly base64: string
}

export type ModelMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string; readonly images?: readonly ModelImage[] }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls: readonly ModelToolCall[] }
  | { readonly role: 'tool'; readonly callId: string; readonly content: string }

export interface ToolDefinition {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface ModelRequest {
  readonly messages: readonly ModelMessage[]
  readonly tools: readonly ToolDefinition[]
  /**
   * The reply has begun already, with this text: the model goes on right behind it, and what arrives is only what follows.
   * Given to none but a model that said it can (`continuesMessage`).
   */
  readonly begunText?: string | undefined
  /** Tell how much of the prompt has been read. Asked of none but a server that is known to understand it: some refuse more. */
  readonly wantsProgress?: boolean | undefined
}

/**
 * What arrives while the model answers. `progress`: something useful that is no text, such as a piece of a tool call.
 * `prompt_progress`: the answer has not begun, and the model has read on; it only ever grows.
 */
export type ModelEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'progress' }
  | { readonly type: 'prompt_progress'; readonly progress: PromptProgress }

/** A piece of the answer itself. */
export type AnswerEvent = Exclude<ModelEvent, { type: 'prompt_progress' }>

export interface ModelUsage {
  readonly inputTokens: number | null
  readonly outputTokens: number | null
}

export type ModelReply =
  | {
      readonly status: 'finished'
      readonly finishReason: 'stop' | 'tool_calls' | 'length'
      readonly toolCalls: readonly ModelToolCall[]
      readonly usage: ModelUsage | null
    }
  /** The stream broke off: what has arrived is a prefix and must never pass for a whole answer (F52). */
  | { readonly status: 'truncated'; readonly message: string }
  | {
      readonly status: 'failed'
      readonly reason: 'backend_unreachable' | 'backend_error' | 'protocol' | 'limit'
      /** A sentence for the person: what happened and what to do. */
      readonly message: string
    }

/** Takes what arrives. Answers with a promise when the reader is behind: wait for it before giving more (F37). */
export type ModelEventSink = (event: ModelEvent) => Promise<void> | undefined

export interface ChatModel {
  readonly name: string
  /**
   * Whether it goes on in a text that it has begun, its `begunText` (D6). `look`: answers within a moment and makes the model
   * write nothing; `unknown` is a good answer. `try`: may take its time and make it write a few words. Rejects with
   * `signal.reason` only. Without it: it does not.
   */
  continuesMessage?(effort: 'look' | 'try', signal: AbortSignal): Promise<Capability>
  /**
   * Asks the model once. Resolves when the reply has ended, also where it failed; rejects with `signal.reason` when
   * `signal` aborts, with the connection already closed, and with an Error only for a bug of ours.
   */
  reply(request: ModelRequest, onEvent: ModelEventSink, signal: AbortSignal): Promise<ModelReply>
}
