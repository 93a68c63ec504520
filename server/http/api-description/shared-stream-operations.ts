import { MAX_CHANNELS } from '../shared-stream.ts'
import { EXAMPLE_ENTRY, EXAMPLE_SESSION_ID } from './examples.ts'
import type { OperationTexts } from './operation-text.ts'

export const SHARED_STREAM_OPERATIONS: OperationTexts = {
  'GET /api/streams': {
    tag: 'native',
    summary: 'Open a stream for many readers',
    description:
      'One connection on which many sessions, and the whole app, are followed side by side. Its first frame, `event: stream`, holds `{"stream": id}`; by that id whoever opened it adds channels and takes them away. What a channel follows comes as `event: channel.NAME`, a notice as `event: notice.NAME`, and `event: end.NAME` with `{"reason": "over" | "failed"}` says that nothing more will. Frames have no id: a client that comes back opens a new stream and adds each channel with its own cursor. A reader that takes nothing for 30 seconds is disconnected with all its channels and loses nothing.',
    success:
      'A stream without an end. `data:` of a channel holds what the stream of its own would: an Entry or an AppEvent; of a notice a StreamNotice.',
    errors: [429],
    stream: { schemas: ['Entry', 'AppEvent', 'StreamNotice'], example: EXAMPLE_ENTRY },
  },
  'PUT /api/streams/{stream}/channels/{channel}': {
    tag: 'native',
    summary: 'Add a channel',
    description: `Follows a session from after a cursor, as \`GET /api/sessions/{id}/events\` does, or the whole app as \`GET /api/events\`. A channel that had this name before is closed, and this one follows. A stream has at most ${MAX_CHANNELS}.`,
    success: 'The channel follows; its first frames may have come already.',
    errors: [404, 429],
    headers: ['X-Client-Id'],
    requestExample: { follows: 'session', session_id: EXAMPLE_SESSION_ID, after: 17 },
  },
  'DELETE /api/streams/{stream}/channels/{channel}': {
    tag: 'native',
    summary: 'Close a channel',
    description: 'A second call changes nothing. No frame of the channel is written after the answer.',
    success: 'The channel is no more.',
    errors: [404, 422],
  },
}
