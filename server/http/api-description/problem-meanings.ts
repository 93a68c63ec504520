import type { ProblemCode } from '../../../protocol/problem.ts'

/** What each code tells a client; a new code does not compile until it is told. */
export const PROBLEM_MEANINGS: Readonly<Record<ProblemCode, string>> = {
  turn_active: '409. The session has an active turn; `active_turn` says whose. Nothing was written.',
  stale_view: '409. The session has gone on since `expected_seq`. Nothing was written.',
  send_cancelled: '409. The message of this `Idempotency-Key` was taken out of the queue before its turn.',
  queue_changed: '409. The queue has changed since the client saw it. Nothing was written.',
  queue_full: '429. The queue of the session holds as many messages as it may.',
  server_busy: '429. The line for the model is full. Try again after `Retry-After`.',
  sessions_changed: '409. There is more or less to delete than the client has seen. Nothing was deleted.',
  session_not_found: '404. There is no such session, or it was deleted.',
  turn_not_found: '404. There is no such turn.',
  message_not_found: '404. There is no such message in this session.',
  queued_message_not_found: '404. There is no such message in the queue: it was taken out, or has become a turn.',
  not_found: '404. There is no such route.',
  method_not_allowed: '405. No route takes this method.',
  invalid_request: '400 or 422. The request does not fit; `errors` says what of each field.',
  idempotency_mismatch: '422. This `Idempotency-Key` was used for another message.',
  unsupported_media_type: '415. The body is not `application/json`, or it is compressed.',
  payload_too_large: '413. The body is larger than 2 MiB.',
  unauthorized: '401. No credential, or a wrong one.',
  forbidden: '403. A foreign host, origin or site, or a change that does not show where it comes from.',
  too_many_streams: '429. This client has all of its event streams open.',
  too_many_sessions: '429. Too many sessions were made within a minute.',
  storage_unavailable: '503 or 507. The database cannot be written. Nothing was accepted.',
  shutting_down: '503. The server is stopping.',
  internal: '500. A mistake in Conch; the log has it under `request_id`.',
}
