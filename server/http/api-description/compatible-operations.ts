import {
  EXAMPLE_COMPATIBLE_MESSAGE,
  EXAMPLE_MESSAGE,
  EXAMPLE_SENT,
  EXAMPLE_SESSION,
  EXAMPLE_SESSION_ID,
} from './examples.ts'
import type { OperationTexts } from './operation-text.ts'

const PAGED = 'A page is named by `limit` and `offset`; numbers out of bounds count as the nearest bound.'

/** The HTTP API of AMD GAIA's Agent UI, as Conch serves it. */
export const COMPATIBLE_OPERATIONS: OperationTexts = {
  ...chatOperations(),
  ...sessionOperations(),
  ...messageOperations(),
  ...absentOperations(),
  'GET /api/health': {
    tag: 'compatible',
    summary: 'A sign of life',
    description:
      'Needs no credential. 503 and `degraded` where nothing is written any more until somebody mends the database; reading goes on.',
    isOpen: true,
  },
  'GET /api/system/status': {
    tag: 'compatible',
    summary: 'The server, its model and its machine',
    description: 'From the last look: told at once, whatever the model server does.',
  },
  ...settingsOperations(),
  'GET /api/system/tasks': { tag: 'compatible', summary: 'What is done at the start' },
}

function settingsOperations(): OperationTexts {
  return {
    'GET /api/settings': { tag: 'compatible', summary: 'Read the settings' },
    'PUT /api/settings': {
      tag: 'compatible',
      summary: 'Change settings',
      description:
        'What is missing or null stays, but a `context_size` of null resets it. An empty `custom_model` takes the choice back. Without effect on the model where the command line decides.',
      errors: [400, 507],
      requestExample: { custom_model: 'llama3.2' },
    },
    'POST /api/system/load-model': {
      tag: 'compatible',
      summary: 'Have Lemonade load a model',
      description:
        '202 says that it has begun; `system/status` says how it goes. Once it is loaded it answers the next turn, unless another model was chosen meanwhile. 409 where no Lemonade was found, or it loads another model now.',
      errors: [400, 409],
      requestExample: { model_name: 'Qwen3-4B-GGUF' },
      responseExample: { status: 'loading', model: 'Qwen3-4B-GGUF', ctx_size: null },
    },
    'POST /api/system/download-model': {
      tag: 'compatible',
      summary: 'Have Lemonade download a model',
      description: 'As `load-model`. `download_progress` in `system/status` says how far it is.',
      errors: [400, 409],
      requestExample: { model_name: 'Qwen3-4B-GGUF' },
      responseExample: { status: 'downloading', model: 'Qwen3-4B-GGUF' },
    },
    'GET /api/onboarding/preflight': { tag: 'compatible', summary: 'What this machine is' },
    'GET /api/onboarding/status': { tag: 'compatible', summary: 'Whether the introduction is done with' },
    'POST /api/onboarding/complete': {
      tag: 'compatible',
      summary: 'The introduction is done with',
      errors: [507],
      requestExample: { skipped: false },
    },
    'GET /api/agents': { tag: 'compatible', summary: 'List agents' },
    'GET /api/agents/{id}': { tag: 'compatible', summary: 'Read an agent', errors: [404] },
  }
}

function chatOperations(): OperationTexts {
  return {
    'POST /api/chat/send': {
      tag: 'compatible',
      summary: 'Send a message',
      description:
        'The same turn as that of the native API. With `stream` (the default) the answer comes as server-sent events until the turn has ended; without it the answer comes when the turn has ended. A client that goes away changes nothing about the turn.',
      success: 'The answer, or a stream of it that ends with the turn. `data:` holds a CompatibleEvent as JSON.',
      errors: [404, 409, 422, 429, 507],
      headers: ['Idempotency-Key', 'X-Client-Id', 'X-Client-Label'],
      requestExample: { session_id: EXAMPLE_SESSION_ID, message: EXAMPLE_MESSAGE, stream: false },
      responseExample: EXAMPLE_SENT,
      stream: { schemas: ['CompatibleEvent'], example: { type: 'chunk', content: EXAMPLE_SENT.content } },
    },
    'GET /api/chat/active': {
      tag: 'compatible',
      summary: 'Sessions with an active turn',
      responseExample: { session_ids: [EXAMPLE_SESSION_ID] },
    },
    'POST /api/chat/cancel': {
      tag: 'compatible',
      summary: 'Stop the turn of a session',
      errors: [404, 422, 507],
      requestExample: { session_id: EXAMPLE_SESSION_ID },
      responseExample: { status: 'ok', cancelled: true },
    },
    'POST /api/chat/confirm-tool': {
      tag: 'compatible',
      summary: 'Answer a tool that asks',
      description: 'No tool asks yet: 404.',
      errors: [404, 422],
      requestExample: { session_id: EXAMPLE_SESSION_ID, approved: true },
    },
    'GET /api/chat/attach': {
      tag: 'compatible',
      summary: 'Follow the active turn of a session',
      success: 'The turn from its first event, or after `Last-Event-ID`, until it has ended.',
      errors: [404, 422, 429],
      headers: ['Last-Event-ID'],
      stream: { schemas: ['CompatibleEvent'], example: { type: 'chunk', content: EXAMPLE_SENT.content } },
    },
  }
}

function sessionOperations(): OperationTexts {
  return {
    'GET /api/sessions': {
      tag: 'compatible',
      summary: 'List sessions',
      description: `The most recently used first. ${PAGED}`,
      errors: [422],
      responseExample: { sessions: [EXAMPLE_SESSION], total: 1 },
    },
    'POST /api/sessions': {
      tag: 'compatible',
      summary: 'Create a session',
      description: 'Every field may be missing. The `ETag` of the answer names the settings of the session.',
      errors: [404, 422, 429, 507],
      requestExample: { title: EXAMPLE_SESSION.title },
      responseExample: { ...EXAMPLE_SESSION, message_count: 0 },
    },
    'GET /api/sessions/{id}': {
      tag: 'compatible',
      summary: 'Read a session',
      description: 'The `ETag` names its settings: what a change can change.',
      errors: [404],
      responseExample: EXAMPLE_SESSION,
    },
    'PUT /api/sessions/{id}': {
      tag: 'compatible',
      summary: 'Change a session',
      description:
        'What is missing or null stays as it is. What a running turn was started with cannot change under it: 409. Without `If-Match` the last change wins.',
      errors: [404, 409, 412, 422, 507],
      headers: ['If-Match'],
      requestExample: { title: EXAMPLE_SESSION.title },
      responseExample: EXAMPLE_SESSION,
    },
    'DELETE /api/sessions/{id}': {
      tag: 'compatible',
      summary: 'Delete a session',
      description: 'With its messages. Its running turn ends, and its followers are told.',
      errors: [404, 507],
      responseExample: { deleted: true },
    },
    'PATCH /api/sessions/{id}/private': {
      tag: 'compatible',
      summary: 'Make a session private, or public again',
      errors: [404, 507],
      responseExample: { ...EXAMPLE_SESSION, private: true },
    },
    'POST /api/sessions/{id}/activate': {
      tag: 'compatible',
      summary: 'Show a session in every open window',
      errors: [404],
      responseExample: { activated: true, session_id: EXAMPLE_SESSION_ID },
    },
    'GET /api/sessions/events': {
      tag: 'compatible',
      summary: 'Follow which session is to be shown',
      success: 'A stream without an end. `data:` holds `{"type":"set_active_session","session_id":…}`.',
      errors: [429],
      stream: { schemas: [], example: { type: 'set_active_session', session_id: EXAMPLE_SESSION_ID } },
    },
  }
}

function messageOperations(): OperationTexts {
  return {
    'GET /api/sessions/{id}/messages': {
      tag: 'compatible',
      summary: 'Read messages',
      description: `Oldest first. ${PAGED}`,
      errors: [404, 422],
      responseExample: { messages: [EXAMPLE_COMPATIBLE_MESSAGE], total: 1 },
    },
    'DELETE /api/sessions/{id}/messages/{message}': {
      tag: 'compatible',
      summary: 'Delete a message',
      errors: [404, 409, 422, 507],
      responseExample: { deleted: true },
    },
    'DELETE /api/sessions/{id}/messages/{message}/and-below': {
      tag: 'compatible',
      summary: 'Delete a message and all after it',
      errors: [404, 409, 422, 507],
      responseExample: { deleted: true, count: 2 },
    },
    'GET /api/sessions/{id}/export': {
      tag: 'compatible',
      summary: 'Export a session',
      description: '`format` is `markdown`, the default, or `json`.',
      errors: [400, 404],
    },
    'POST /api/sessions/{id}/documents': {
      tag: 'compatible',
      summary: 'Attach a document',
      description: 'There are no documents yet: 404.',
      errors: [404, 422],
    },
    'DELETE /api/sessions/{id}/documents/{document}': {
      tag: 'compatible',
      summary: 'Detach a document',
      responseExample: { detached: true },
    },
  }
}

/** What clients ask for at their start and Conch does not have yet. Nothing of it can be changed. */
function absentOperations(): OperationTexts {
  const absent = (summary: string, responseExample: object) => ({
    tag: 'compatible' as const,
    summary,
    description: 'Conch has none yet: the answer is always this one.',
    responseExample,
  })
  return {
    'GET /api/agents/disk': absent('List agents that people brought along', { agents: [], total: 0 }),
    'GET /api/agents/catalog': absent('List agents that could be had', { agents: [], offline: true, cached_at: null }),
    'GET /api/documents': absent('List documents', { documents: [], total: 0, total_size_bytes: 0, total_chunks: 0 }),
    'GET /api/documents/monitor/status': absent('Whether documents are watched for changes', {
      running: false,
      interval_seconds: 30,
      reindexing: [],
    }),
    'GET /api/mcp/servers': absent('List tool servers', { servers: [] }),
    'GET /api/mcp/status': absent('How tool servers stand', { servers: [] }),
    'GET /api/mcp/agent-server/status': absent('Whether the agents can be used as a tool server', {
      running: false,
      port: 8765,
      pid: null,
      url: null,
    }),
    'GET /api/connectors': absent('List connected accounts', { connectors: [] }),
    'GET /api/schedules': absent('List schedules', { schedules: [], total: 0 }),
    'GET /api/memory/settings': absent('What is remembered between sessions', {
      memory_enabled: false,
      mcp_memory_enabled: false,
      system_discovery_consent: false,
    }),
    'GET /api/tunnel/status': absent('Whether there is a way in from the internet', {
      active: false,
      url: null,
      token: null,
      startedAt: null,
      error: null,
      publicIp: null,
    }),
  }
}
