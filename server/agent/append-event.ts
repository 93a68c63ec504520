import type { SessionEvent } from '../../protocol/entry.ts'
import type { AgentRun } from './run-agent.ts'
import { untilAborted } from './until-aborted.ts'

/** Appends to the turn's log and waits where the log is behind. Nothing is appended once the run is aborted. */
export function appendEvent(run: AgentRun, event: SessionEvent): Promise<void> {
  return appendEvents(run, [event])
}

/** The same for events that one commit must carry: nothing else can happen between two of them. */
export async function appendEvents(run: AgentRun, events: readonly SessionEvent[]): Promise<void> {
  run.signal.throwIfAborted()
  let behind: Promise<void> | undefined
  for (const event of events) behind = run.emit(event)
  if (behind) await untilAborted(behind, run.signal)
}
