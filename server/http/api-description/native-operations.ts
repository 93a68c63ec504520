import { MAX_CANCELLED_SENDS } from '../../turns/turn-store.ts'
import {
  EXAMPLE_ACTIVE_TURN,
  EXAMPLE_ENTRY,
  EXAMPLE_MESSAGE,
  EXAMPLE_MODELS,
  EXAMPLE_QUEUE,
  EXAMPLE_QUEUED_TURN_ID,
  EXAMPLE_SEARCH,
  EXAMPLE_SESSION,
  EXAMPLE_SESSION_ID,
  EXAMPLE_TRANSCRIPT,
  EXAMPLE_TURN,
} from './examples.ts'
import type { OperationTexts } from './operation-text.ts'
import { SHARED_STREAM_OPERATIONS } from './shared-stream-operations.ts'

const EXAMPLE_IMAGE_ID = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9'

const STREAM_ENDS =
  'A reader that takes nothing for 30 seconds is disconnected and loses nothing: its cursor is its place.'

const QUEUE_NOW = 'The queue as it is now.'

const NAMES_REVISION = 'It names the revision that the client has seen, so that it hits no message it has not.'

export const NATIVE_OPERATIONS: OperationTexts = {
  'POST /api/sessions/{id}/turns': {
    tag: 'native',
    summary: 'Start a turn',
    description:
      'Sends a message. A session has at most one active turn: a second send is refused with 409, changes nothing, and is told who holds the turn. `on_busy: queue` lets the message wait for its end: the answer is 202, and it starts with the id told there. `on_busy: interrupt` ends the active turn as `cancelled`, keeps its text and starts this one, in one transaction. A client that names the cursor it has applied in `expected_seq` is refused where history has settled past it. Refusals come in the order 422, 404, 409, 429. With `replaces` the turn takes the place of an earlier one: the message named there, or the question it answers, is put aside with all below it in the same transaction, and stays as an alternative. `message` may then be missing: the same is asked again. A refusal puts nothing aside.',
    success:
      'The turn, or with 202 the place in the queue, stored on disk. `Location` names the turn; `Idempotency-Replayed: true` where this key was used before.',
    errors: [404, 409, 422, 429, 507],
    headers: ['Idempotency-Key', 'X-Client-Id', 'X-Client-Label'],
    requestExample: { message: EXAMPLE_MESSAGE, on_busy: 'reject' },
    responseExamples: {
      201: EXAMPLE_TURN,
      202: { turn_id: EXAMPLE_QUEUED_TURN_ID, position: 1, queue: EXAMPLE_QUEUE },
    },
  },
  'POST /api/sessions/{id}/images': {
    tag: 'native',
    summary: 'Give an image',
    description:
      'The body is the image as it is, of at most 5 MiB: PNG, JPEG, WebP or GIF, which its bytes decide and not its content type. A turn of this session may then name it in `images`. Its id is the SHA-256 of the bytes, so that giving it twice is giving it once. It is deleted with the session.',
    success: 'The image as a turn names it.',
    errors: [404, 413, 415, 429, 507],
    responseExample: { image_id: EXAMPLE_IMAGE_ID, media_type: 'image/png' },
  },
  'GET /api/sessions/{id}/images/{image}': {
    tag: 'native',
    summary: 'Read an image',
    description: 'The bytes as they were given. Opened by itself it is a download.',
    success: 'The image.',
    errors: [404],
    contentType: 'image/png',
  },
  'GET /api/turns/{id}': {
    tag: 'native',
    summary: 'Read a turn',
    description: '`outcome` is null while the turn is active; `phase` is null once it has ended.',
    errors: [404],
    responseExample: EXAMPLE_TURN,
  },
  'POST /api/turns/{id}/cancel': {
    tag: 'native',
    summary: 'Stop a turn',
    description:
      'Stops this turn and no other, so that a late click never hits the next one. A second call answers the same; a turn that has ended is answered as it ended. What was written is kept.',
    success: 'The turn as it stands once the stop is stored.',
    errors: [404, 507],
    responseExample: { ...EXAMPLE_TURN, phase: 'stopping' },
  },
  'POST /api/sessions/{id}/alternative': {
    tag: 'native',
    summary: 'Show an alternative',
    description:
      'Of the turns that stand at one place, one is shown. This shows the one whose question is `message_id`, with all that followed it, and puts aside what stood there: `messages.removed` and `messages.restored` in the log. Not under a running turn.',
    success: 'The messages that are shown again; none where they were shown already.',
    errors: [404, 409, 422, 507],
    requestExample: { message_id: 39 },
    responseExample: { message_ids: [39, 40] },
  },
  'GET /api/search': {
    tag: 'native',
    summary: 'Search',
    description:
      'Messages and titles that have all the words of `q`, whatever their case and accents; the last word may be the beginning of a longer one. Nothing in `q` is syntax, and what has no word finds nothing. Newest first, in pages by `before`; titles come with the first page. Private sessions and messages that are put aside are not found.',
    success:
      'What was found. `is_complete` is false while messages from before there was an index are still being read into it.',
    errors: [422, 429],
    responseExample: EXAMPLE_SEARCH,
  },
  'PUT /api/sessions/{id}/pin': {
    tag: 'native',
    summary: 'Pin a session',
    description: 'It stands above the others in every list, for every client. A second call changes nothing.',
    success: 'The session.',
    errors: [404, 507],
    responseExample: { ...EXAMPLE_SESSION, pinned: true },
  },
  'DELETE /api/sessions/{id}/pin': {
    tag: 'native',
    summary: 'Unpin a session',
    success: 'The session.',
    errors: [404, 507],
    responseExample: EXAMPLE_SESSION,
  },
  'POST /api/sessions/import': {
    tag: 'native',
    summary: 'Import a session',
    description:
      'Takes what `GET /api/sessions/{id}/export?format=json` answers, at most 16 MB of text, 24 MB of images and 10,000 messages, and makes a new session of it. Only the title, of each message role, content, time and images, and the bytes of images are read; ids are given anew. One message that does not fit, or one image whose bytes are not those of its hash, refuses the whole. `missing_images` are named by messages and not in the file.',
    success: 'The new session.',
    errors: [422, 429, 507],
    requestExample: {
      format: 'json',
      session: { title: 'The sea' },
      messages: [{ role: 'user', content: 'Hello!', created_at: '2026-11-23T08:09:58.120000+00:00' }],
    },
    responseExample: EXAMPLE_SESSION,
  },
  'GET /api/sessions/export': {
    tag: 'native',
    summary: 'Export all sessions',
    description:
      'One JSON file, `{"format":"json","sessions":[…]}`, newest first. Each of its sessions is as `GET /api/sessions/{id}/export?format=json` answers it, and is what `POST /api/sessions/import` takes. Private sessions, settings and keys are not in it.',
    success: 'The file.',
    contentType: 'application/json',
  },
  'POST /api/sessions/delete-all': {
    tag: 'native',
    summary: 'Delete all sessions',
    description:
      'Every session with all that was said and waits in it, in one transaction. The body says how many sessions and messages the client has seen, as `stats` of `GET /api/health` tells them: where there is not exactly that, it is 409 `sessions_changed`; while a turn is active it is 409 `turn_active`. Nothing is deleted then. Settings and keys stay.',
    success: 'The sessions that are gone.',
    errors: [409, 507],
    requestExample: { sessions: 12, messages: 340 },
    responseExample: { deleted: [EXAMPLE_SESSION_ID] },
  },
  'POST /api/sessions/{id}/sends/cancel': {
    tag: 'native',
    summary: 'Cancel a send by its key',
    description: `Cancels the send with this \`Idempotency-Key\`, whatever it has come to: its turn is stopped, its queued message is removed, and where it has not come yet it is refused with \`send_cancelled\` when it does. A second call answers the same. Keys without a turn are remembered for as long as the session exists, the newest ${MAX_CANCELLED_SENDS} of them.`,
    success: 'The turn that the send has started, as it stands; null where there is none and will be none.',
    errors: [404, 422, 507],
    headers: ['Idempotency-Key'],
    responseExample: { turn: null },
  },
  'GET /api/sessions/{id}/queue': {
    tag: 'native',
    summary: 'Read the queue',
    description: 'The messages that wait in a session, the next one first. The stream of the app tells each change.',
    errors: [404],
    headers: ['X-Client-Id'],
    responseExample: EXAMPLE_QUEUE,
  },
  'DELETE /api/sessions/{id}/queue': {
    tag: 'native',
    summary: 'Clear the queue',
    description: `Removes what waits, if the queue is still the one with this revision. ${NAMES_REVISION}`,
    success: QUEUE_NOW,
    errors: [404, 409, 422, 507],
    responseExample: { ...EXAMPLE_QUEUE, revision: 4, messages: [] },
  },
  'POST /api/sessions/{id}/queue/pause': {
    tag: 'native',
    summary: 'Pause the queue',
    description: `The active turn goes on; what waits stays until it is resumed or sent. An empty queue is never paused. ${NAMES_REVISION}`,
    success: QUEUE_NOW,
    errors: [404, 409, 422, 507],
    requestExample: { revision: 3 },
    responseExample: {
      ...EXAMPLE_QUEUE,
      revision: 4,
      paused: { reason: 'person', at: EXAMPLE_ACTIVE_TURN.started_at },
    },
  },
  'POST /api/sessions/{id}/queue/resume': {
    tag: 'native',
    summary: 'Resume the queue',
    description: `The next message starts at once where the session is free and the line has a place. ${NAMES_REVISION}`,
    success: QUEUE_NOW,
    errors: [404, 409, 422, 507],
    requestExample: { revision: 3 },
    responseExample: EXAMPLE_QUEUE,
  },
  'PATCH /api/sessions/{id}/queue/{turn}': {
    tag: 'native',
    summary: 'Edit or move a queued message',
    description:
      'Other words with `message`, another place with `before`: in front of the queued message with that id, or null for the end.',
    success: QUEUE_NOW,
    errors: [404, 409, 422, 429, 507],
    requestExample: { message: 'And one about the shore at night.' },
    responseExample: EXAMPLE_QUEUE,
  },
  'DELETE /api/sessions/{id}/queue/{turn}': {
    tag: 'native',
    summary: 'Remove a queued message',
    description: 'One that has started is not hit: 409.',
    success: QUEUE_NOW,
    errors: [404, 409, 507],
    responseExample: { ...EXAMPLE_QUEUE, revision: 4, messages: [] },
  },
  'POST /api/sessions/{id}/queue/{turn}/send-now': {
    tag: 'native',
    summary: 'Send a queued message now',
    description:
      'Ends the active turn as `cancelled`, keeps its text and starts this message, in one transaction; the rest of the queue stays as it is. A second call answers with the same turn.',
    success: 'The turn that the message has started.',
    errors: [404, 429, 507],
    responseExample: { ...EXAMPLE_TURN, turn_id: EXAMPLE_QUEUED_TURN_ID },
  },
  'POST /api/sessions/{id}/branch': {
    tag: 'native',
    summary: 'Branch a session',
    description:
      'A new session that begins with copies of the settled messages, all of them or those up to `up_to_message_id`. A running turn is left out and left alone.',
    success: 'The new session.',
    errors: [404, 422, 429, 507],
    requestExample: {},
    responseExample: EXAMPLE_SESSION,
  },
  'GET /api/sessions/{id}/transcript': {
    tag: 'native',
    summary: 'Read the settled messages',
    description:
      'The newest messages, oldest first, and the `cursor` from which to follow. This and the entries after `cursor` are always the whole picture. `before` pages backwards.',
    errors: [404, 422],
    responseExample: EXAMPLE_TRANSCRIPT,
  },
  'GET /api/sessions/{id}/events': {
    tag: 'native',
    summary: 'Follow a session',
    description: `The log of the session as server-sent events: what is stored after the cursor, then what comes. \`id:\` is the seq of the entry; come back with it in \`Last-Event-ID\`. Apply an entry if its seq is greater than your cursor. ${STREAM_ENDS}`,
    success:
      'A stream without an end. `data:` holds an Entry as JSON; a frame named `event: notice` holds a StreamNotice and has no id.',
    errors: [404, 429],
    headers: ['Last-Event-ID'],
    stream: { schemas: ['Entry', 'StreamNotice'], example: EXAMPLE_ENTRY },
  },
  'GET /api/events': {
    tag: 'native',
    summary: 'Follow the whole app',
    description: `A snapshot of the active turns and of what waits, then sessions, turns and queues as they change. It has no cursor: a new stream begins with a new snapshot. ${STREAM_ENDS}`,
    success: 'A stream without an end. `data:` holds an AppEvent as JSON.',
    errors: [429],
    headers: ['X-Client-Id'],
    stream: {
      schemas: ['AppEvent'],
      example: {
        type: 'snapshot',
        active: [{ session_id: EXAMPLE_SESSION_ID, active_turn: EXAMPLE_ACTIVE_TURN }],
        queues: [EXAMPLE_QUEUE],
      },
    },
  },
  ...SHARED_STREAM_OPERATIONS,
  ...modelOperations(),
  'POST /api/link': {
    tag: 'native',
    summary: 'Let a browser in',
    description: 'A one-time code; `/?code=…` turns it into a cookie. Only with the token, so that a page cannot ask.',
    success: 'The code. It can be used once and for a few minutes.',
    responseExample: { code: 'uT3x…' },
  },
}

function modelOperations(): OperationTexts {
  return {
    'GET /api/models': {
      tag: 'native',
      summary: 'Which model answers, and which servers there are',
      description:
        'From the last look: nothing waits for a server. `models.changed` in `/api/events` says when to ask again. An API key is never told.',
      responseExample: EXAMPLE_MODELS,
    },
    'POST /api/models/probe': {
      tag: 'native',
      summary: 'Look for model servers now',
      description: 'However many ask, it is one look. It takes a few seconds where a server hangs.',
      success: 'What was found.',
      responseExample: EXAMPLE_MODELS,
    },
    'POST /api/models/trial': {
      tag: 'native',
      summary: 'Try what the model can do',
      description:
        'Has the chosen model write up to eight tokens, which may load it, to learn what its server does not say: whether it can go on in a message, and whether it tells how much of the prompt it has read. However many ask, it is one trial; what it does not show stays `unknown`.',
      success: 'As `GET /api/models`, with what was learnt in `capabilities`.',
      responseExample: EXAMPLE_MODELS,
    },
    'PUT /api/models/choice': {
      tag: 'native',
      summary: 'Choose the model',
      description:
        'For the next turn and until somebody chooses again; a running turn keeps its model. 422 where the address cannot be that of a model server, and where the command line decides.',
      success: 'As `GET /api/models`. The chosen server is looked at in the background.',
      errors: [507],
      requestExample: { kind: 'endpoint', base_url: 'http://127.0.0.1:11434/v1', model: 'llama3.2' },
      responseExample: EXAMPLE_MODELS,
    },
    'PUT /api/models/key': {
      tag: 'native',
      summary: 'Keep the API key of a model server',
      description:
        'It is kept encrypted, sent to the scheme, host and port of `base_url` and nowhere else, and never told again. Null forgets it.',
      success: 'As `GET /api/models`.',
      errors: [507],
      requestExample: { base_url: 'http://127.0.0.1:8000/v1', api_key: 'sk-example' },
      responseExample: EXAMPLE_MODELS,
    },
  }
}

export const SERVER_OPERATIONS: OperationTexts = {
  'GET /api/ready': {
    tag: 'operation',
    summary: 'Whether messages are accepted',
    description:
      '503 while the server stops, and while its database cannot be written; 507 while the disk is full. Where the last write was refused, one is tried for the answer.',
    responseExample: { status: 'ready' },
  },
  'GET /api/openapi.json': {
    tag: 'operation',
    summary: 'This description',
    success: 'An OpenAPI 3.1 document.',
    contentType: 'application/json',
  },
  'GET /api/docs': {
    tag: 'operation',
    summary: 'This description as a page',
    success: 'A page without scripts.',
    contentType: 'text/html',
  },
  'GET /metrics': {
    tag: 'operation',
    summary: 'Figures for Prometheus',
    description:
      'For programs on this machine, or with the token. A request that came through a proxy needs the token.',
    success: 'The text format of Prometheus.',
    contentType: 'text/plain',
  },
}
