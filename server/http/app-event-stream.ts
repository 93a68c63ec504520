import type { AppEvent } from '../../protocol/app-event.ts'
import { describeQueue } from '../turns/message-queues.ts'
import type { HttpParts } from './http-parts.ts'

/** Where app events go: a stream of its own, or a channel of a shared one. */
export interface AppEventReader {
  /** Aborts when the reader has gone. */
  readonly signal: AbortSignal
  /** Takes one event as JSON. Answers with a promise when it is behind. */
  readonly write: (event: string) => Promise<void> | undefined
}

/** A reader who is behind gets one snapshot when it has caught up, instead of all it missed: its backlog has a bound (R15). */
export function sendAppEvents(
  { signal, write }: AppEventReader,
  parts: Pick<HttpParts, 'engine' | 'appEvents'>,
  askedBy: string | null,
): void {
  if (signal.aborted) return
  let behind = false
  const send = (event: AppEvent) => {
    if (behind) return
    const drained = write(JSON.stringify(addressed(event, parts, askedBy)))
    if (!drained) return
    behind = true
    void drained.then(() => {
      behind = false
      if (!signal.aborted) sendSnapshot()
    })
  }
  const sendSnapshot = () => {
    const queues = parts.engine.queues.all().map((queue) => describeQueue(queue, askedBy))
    send({ type: 'snapshot', active: parts.engine.activeTurns(askedBy), queues })
  }
  const unsubscribe = parts.appEvents.subscribe(send)
  signal.addEventListener('abort', unsubscribe, { once: true })
  sendSnapshot()
}

/** The same event as this client should read it: where the holder is the client itself, it is told so. */
function addressed(event: AppEvent, { engine }: Pick<HttpParts, 'engine'>, askedBy: string | null): AppEvent {
  if (askedBy === null) return event
  if (event.type === 'turn.changed') {
    return { ...event, active_turn: engine.activeTurn(event.session_id, askedBy) ?? event.active_turn }
  }
  const queue = event.type === 'queue.changed' ? engine.queues.get(event.queue.session_id) : undefined
  return queue ? { type: 'queue.changed', queue: describeQueue(queue, askedBy) } : event
}
