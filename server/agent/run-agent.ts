import type { SessionEvent } from '../../protocol/entry.ts'
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

export interface AgentRun {
  readonly history: readonly ModelMessage[]
  readonly tools: readonly Tool[]
  readonly model: ChatModel
  readonly limits: AgentLimits
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Appends to the turn's log. Answers with a promise when the log is behind: wait for it before emitting more. */
  emit(event: SessionEvent): Promise<void> | undefined
  /** Resolves once everything emitted so far is committed. A tool starts only after that (R3). */
  committed(): Promise<void>
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
