import type { SessionEvent } from '../../protocol/entry.ts'
import type { ToolCallId } from '../../protocol/ids.ts'
import type { ToolCall } from '../../protocol/message.ts'
import type { PromptProgress } from '../../protocol/turn.ts'
import type { Clock } from '../lib/clock.ts'
import type { ChatModel, ModelMessage } from './model.ts'
import type { Tool } from './tool.ts'

export interface AgentLimits {
  /** From the request to the first useful piece of the reply. */
  readonly firstByteTimeoutMs: number
  /** Between two useful pieces. */
  readonly idleTimeoutMs: number
  readonly maxSteps: number
}

/** A step that was begun and not finished, and what it had written. */
export interface OpenStep {
  readonly step: number
  readonly text: string
  readonly reasoning: string
}

/** A tool call of a step that had finished. Without a result it has not started: one that had is closed as `unknown`. */
export interface PastCall {
  readonly callId: ToolCallId
  readonly tool: string
  readonly arguments: string
  readonly started: boolean
  readonly finished: Pick<ToolCall, 'status' | 'result'> | null
}

/** How far a turn had come when its server died (D6). */
export interface AgentProgress {
  readonly steps: readonly {
    readonly step: number
    readonly text: string
    readonly finishReason: 'stop' | 'tool_calls' | 'length' | 'cut'
    readonly toolCalls: readonly PastCall[]
  }[]
  /** Its text stands: the model is to go on in it, or the step to be begun anew. */
  readonly openStep: OpenStep | null
}

export interface AgentRun {
  readonly history: readonly ModelMessage[]
  /** Null for a turn that begins. */
  readonly progress: AgentProgress | null
  readonly tools: readonly Tool[]
  readonly model: ChatModel
  readonly limits: AgentLimits
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Appends to the turn's log. Answers with a promise when the log is behind: wait for it before emitting more. */
  emit(event: SessionEvent): Promise<void> | undefined
  /** Resolves once everything emitted so far is committed. A tool starts only after that (R3). */
  committed(): Promise<void>
  /** The model's server is known to tell how much of a prompt has been read, where it is asked. */
  readonly wantsProgress?: boolean
  /** Hears that, and null when it is over: once the model has begun to answer, or will not. Nothing of it is logged. */
  readonly notePromptProgress?: ((progress: PromptProgress | null) => void) | undefined
}

export type AgentResult =
  | { readonly status: 'completed' }
  | {
      readonly status: 'failed'
      readonly reason:
        | 'backend_unreachable'
        | 'backend_error'
        | 'protocol'
        | 'first_byte_timeout'
        | 'idle_timeout'
        | 'limit'
        | 'tool_protocol'
      readonly message: string
    }
  | {
      readonly status: 'interrupted'
      readonly reason: 'truncated'
      readonly message: string
    }
