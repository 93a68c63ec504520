import { entrySchema } from '../../../protocol/entry.ts'
import { modelsSchema } from '../../../protocol/models.ts'
import { queueSchema } from '../../../protocol/queue.ts'
import { searchPageSchema } from '../../../protocol/search.ts'
import { sessionSchema } from '../../../protocol/session.ts'
import { transcriptSchema } from '../../../protocol/transcript.ts'
import { activeTurnSchema, turnSchema } from '../../../protocol/turn.ts'
import { gaiaMessageSchema, sentSchema } from '../gaia/gaia-schemas.ts'

/** One small story, told by all examples: a person asks for a haiku, and the answer is still being written. Parsed, so that none can be wrong. */

export const EXAMPLE_SESSION_ID = '0b6f6c1e-3a52-4f0e-9d3c-6a8f0d6a4b11'
const TURN_ID = '5d1f4a0c-7a2b-4c56-8f67-2f6b0a9d3c42'
const STARTED_AT = '2026-11-23T08:10:11.073Z'
export const EXAMPLE_MESSAGE = 'Write a haiku about the sea.'
const ANSWER = 'Salt wind, a low sun –'

export const EXAMPLE_REQUEST_ID = 'f3b0a8de-1c47-4f0a-9a63-0a1f5c9d7e20'

export const EXAMPLE_ACTIVE_TURN = activeTurnSchema.parse({
  turn_id: TURN_ID,
  phase: 'running',
  started_at: STARTED_AT,
  last_seq: 17,
  holder: { kind: 'browser', label: 'Firefox on Linux', same_client: false },
  queue_length: 0,
  step: 1,
  tool: null,
  turns_ahead: null,
  prompt_progress: null,
})

export const EXAMPLE_TURN = turnSchema.parse({
  turn_id: TURN_ID,
  session_id: EXAMPLE_SESSION_ID,
  user_message_id: 41,
  assistant_message_id: 42,
  phase: 'running',
  outcome: null,
  started_at: STARTED_AT,
  ended_at: null,
  first_seq: 12,
})

export const EXAMPLE_QUEUED_TURN_ID = 'c2a9d1de-64f0-4a38-8a55-0d3b7f1c9e24'

export const EXAMPLE_QUEUE = queueSchema.parse({
  session_id: EXAMPLE_SESSION_ID,
  revision: 3,
  paused: null,
  messages: [
    {
      turn_id: EXAMPLE_QUEUED_TURN_ID,
      message: 'And one about the shore.',
      holder: { kind: 'browser', label: 'Firefox on Linux', same_client: true },
      queued_at: STARTED_AT,
      after_stop: false,
    },
  ],
})

export const EXAMPLE_SESSION = sessionSchema.parse({
  id: EXAMPLE_SESSION_ID,
  title: 'The sea',
  title_is_custom: true,
  created_at: STARTED_AT,
  updated_at: STARTED_AT,
  model: 'llama3.2',
  system_prompt: null,
  message_count: 2,
  document_ids: [],
  private: false,
  pinned: false,
  agent_type: 'chat',
  device: 'gpu',
  mail_provider: null,
})

export const EXAMPLE_SEARCH = searchPageSchema.parse({
  sessions: [
    {
      session_id: EXAMPLE_SESSION_ID,
      title: [
        { text: 'The ', hit: false },
        { text: 'sea', hit: true },
      ],
    },
  ],
  messages: [
    {
      message_id: 41,
      session_id: EXAMPLE_SESSION_ID,
      session_title: 'The sea',
      role: 'user',
      created_at: STARTED_AT,
      excerpt: [
        { text: 'Write a haiku about the ', hit: false },
        { text: 'sea', hit: true },
        { text: '.', hit: false },
      ],
    },
  ],
  has_more: false,
  is_complete: true,
})

const userMessage = {
  message_id: 39,
  turn_id: '9c7e2b1a-5d34-4b8e-a1f0-3e6d2c4b5a69',
  role: 'user',
  content: 'Hello!',
  steps: [],
  outcome: null,
  usage: null,
  created_at: '2026-11-23T08:09:58.120Z',
}

export const EXAMPLE_TRANSCRIPT = transcriptSchema.parse({
  session_id: EXAMPLE_SESSION_ID,
  messages: [
    userMessage,
    {
      ...userMessage,
      message_id: 40,
      role: 'assistant',
      content: 'Hello! What shall we do?',
      steps: [{ step: 1, text: 'Hello! What shall we do?', reasoning: '', tool_calls: [] }],
      outcome: { status: 'completed' },
      usage: { input_tokens: 9, output_tokens: 7, time_to_first_token_ms: 180.4, tokens_per_second: 41.7 },
      created_at: '2026-11-23T08:09:58.640Z',
    },
  ],
  has_more: false,
  cursor: 11,
  active_turn: EXAMPLE_ACTIVE_TURN,
})

export const EXAMPLE_ENTRY = entrySchema.parse({
  seq: 17,
  turn_id: TURN_ID,
  epoch: 3,
  at: Date.parse(STARTED_AT),
  type: 'text.delta',
  data: { step: 1, text: ANSWER },
})

export const EXAMPLE_MODELS = modelsSchema.parse({
  choice: {
    chosen_by: 'conch',
    practice: false,
    model: 'llama3.2:latest',
    base_url: 'http://127.0.0.1:11434/v1',
    state: 'found',
    next_step: null,
    has_key: false,
    capabilities: {
      continues_message: 'unknown',
      reports_progress: 'unknown',
      tools: 'yes',
      vision: 'no',
      context_size: 8192,
    },
  },
  probed_at: STARTED_AT,
  servers: [
    {
      kind: 'ollama',
      name: 'Ollama',
      state: 'found',
      address: 'http://127.0.0.1:11434',
      base_url: 'http://127.0.0.1:11434/v1',
      models: [{ name: 'llama3.2:latest', size_bytes: 2019393189, loaded: true, remote: false }],
      context_size: 8192,
      next_step: { text: 'Ollama is ready. Choose it here, or start Conch with it.', command: null },
    },
  ],
})

export const EXAMPLE_SENT = sentSchema.parse({
  message_id: 42,
  content: ANSWER,
  sources: [],
  tokens: null,
  outcome: { status: 'completed' },
})

export const EXAMPLE_COMPATIBLE_MESSAGE = gaiaMessageSchema.parse({
  id: 41,
  session_id: EXAMPLE_SESSION_ID,
  role: 'user',
  content: EXAMPLE_MESSAGE,
  created_at: '2026-11-23T08:10:11.073000+00:00',
  rag_sources: null,
  agent_steps: null,
  stats: null,
})
