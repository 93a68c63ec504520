import type { SessionEvent } from '../../protocol/entry.ts'
import { seqSchema, toolCallIdSchema } from '../../protocol/ids.ts'
import type { TurnOutcome, TurnUsage } from '../../protocol/turn.ts'
import type { TurnEnd } from './turn-store.ts'

/** For tests: a turn's events in few words. */

export function stepStarted(step = 1): SessionEvent {
  return { type: 'step.started', data: { step, model: 'scripted' } }
}

export function says(text: string, step = 1): SessionEvent {
  return { type: 'text.delta', data: { step, text } }
}

export function thinks(text: string, step = 1): SessionEvent {
  return { type: 'reasoning.delta', data: { step, text } }
}

export function stepFinished(text: string, step = 1, usage: TurnUsage | null = null): SessionEvent {
  return { type: 'step.finished', data: { step, text, reasoning: '', finish_reason: 'stop', usage } }
}

export function toolCalled(callId: string, step = 1): SessionEvent {
  const call_id = toolCallIdSchema.parse(callId)
  return { type: 'tool.called', data: { step, call_id, tool: `tool of ${callId}`, arguments: '{}' } }
}

export function toolStarted(callId: string): SessionEvent {
  return { type: 'tool.started', data: { call_id: toolCallIdSchema.parse(callId) } }
}

export function toolFinished(callId: string, result = 'done'): SessionEvent {
  const call_id = toolCallIdSchema.parse(callId)
  return { type: 'tool.finished', data: { call_id, status: 'ok', result, duration_ms: 5 } }
}

export function resumed(attempt: number, voidAfter: number | null = null): SessionEvent {
  return { type: 'turn.resumed', data: { attempt, void_after: voidAfter === null ? null : seqSchema.parse(voidAfter) } }
}

export const COMPLETED: TurnOutcome = { status: 'completed' }

/** A turn's end without open work: the `events` that are left, then `turn.ended`. */
export function endOf(outcome: TurnOutcome, content = '', events: readonly SessionEvent[] = []): TurnEnd {
  const ended: SessionEvent = { type: 'turn.ended', data: { outcome, content, usage: null } }
  return { outcome, content, usage: null, steps: [], events: [...events, ended] }
}
