// Made by `npm run client` from the description of the API. Change the schemas, not this file.

export type ActiveTurn = {
  readonly turn_id: string
  readonly phase: 'waiting_for_slot' | 'running' | 'awaiting_approval' | 'stopping'
  readonly started_at: string
  readonly last_seq: number
  readonly holder: {
    readonly kind: 'browser' | 'cli' | 'api' | 'mcp' | 'schedule'
    readonly label: string
    readonly same_client: boolean
  }
  readonly queue_length: number
  readonly step: number
  readonly tool: string | null
  readonly turns_ahead: number | null
  readonly prompt_progress: { readonly processed: number; readonly total: number } | null
}

export type AppEvent =
  | {
      readonly type: 'snapshot'
      readonly active: readonly { readonly session_id: string; readonly active_turn: ActiveTurn }[]
      readonly queues: readonly Queue[]
    }
  | { readonly type: 'session.changed'; readonly session: Session }
  | { readonly type: 'session.deleted'; readonly session_id: string }
  | { readonly type: 'turn.changed'; readonly session_id: string; readonly active_turn: ActiveTurn }
  | { readonly type: 'models.changed' }
  | { readonly type: 'queue.changed'; readonly queue: Queue }
  | { readonly type: 'turn.ended'; readonly session_id: string; readonly outcome: TurnOutcome }

export type CompatibleEvent =
  | {
      readonly type: 'status'
      readonly status: 'working' | 'info' | 'complete'
      readonly message: string
      readonly channel?: 'debug'
      readonly steps?: number
      readonly elapsed?: number
    }
  | {
      readonly type: 'step'
      readonly step: number
      readonly total: number
      readonly status: 'started'
      readonly channel: 'debug'
    }
  | { readonly type: 'thinking'; readonly content: string }
  | { readonly tool: string; readonly detail: string; readonly type: 'tool_start' }
  | {
      readonly tool: string
      readonly detail: string
      readonly type: 'tool_args'
      readonly args: Readonly<Record<string, unknown>>
    }
  | {
      readonly type: 'tool_result'
      readonly title: string
      readonly summary: string
      readonly success: boolean
      readonly latency_ms?: number
    }
  | { readonly type: 'tool_end'; readonly success: boolean }
  | { readonly type: 'chunk'; readonly content: string }
  | {
      readonly type: 'answer'
      readonly content: string
      readonly elapsed: number
      readonly steps: number
      readonly tools_used: number
    }
  | { readonly type: 'error'; readonly content: string }
  | {
      readonly type: 'done'
      readonly message_id: number
      readonly content: string
      readonly stats?: {
        readonly tokens_per_second: number
        readonly time_to_first_token: number
        readonly input_tokens: number
        readonly output_tokens: number
      }
    }

export type CompatibleMessage = {
  readonly id: number
  readonly session_id: string
  readonly role: 'user' | 'assistant'
  readonly content: string
  readonly created_at: string
  readonly rag_sources: null
  readonly agent_steps:
    | readonly {
        readonly id: number
        readonly type: 'thinking' | 'tool' | 'status' | 'error'
        readonly label: string
        readonly detail?: string
        readonly tool?: string
        readonly result?: string
        readonly success?: boolean
        readonly active: boolean
        readonly timestamp: number
        readonly latencyMs?: number
      }[]
    | null
  readonly stats: {
    readonly tokens_per_second: number
    readonly time_to_first_token: number
    readonly input_tokens: number
    readonly output_tokens: number
  } | null
}

export type Entry =
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'turn.started'
      readonly data: {
        readonly user_message_id: number
        readonly assistant_message_id: number
        readonly message: string
        readonly holder: Holder
        readonly images?: readonly {
          readonly image_id: string
          readonly media_type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'
        }[]
        readonly alternatives?: readonly number[]
      }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'turn.phase_changed'
      readonly data: { readonly phase: 'waiting_for_slot' | 'running' | 'awaiting_approval' | 'stopping' }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'turn.resumed'
      readonly data: { readonly attempt: number; readonly void_after: number | null }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'step.started'
      readonly data: { readonly step: number; readonly model: string }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'text.delta'
      readonly data: { readonly step: number; readonly text: string }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'reasoning.delta'
      readonly data: { readonly step: number; readonly text: string }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'tool.called'
      readonly data: {
        readonly step: number
        readonly call_id: string
        readonly tool: string
        readonly arguments: string
      }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'tool.started'
      readonly data: { readonly call_id: string }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'tool.finished'
      readonly data: {
        readonly call_id: string
        readonly status: 'ok' | 'error' | 'unknown'
        readonly result: string
        readonly duration_ms: number | null
      }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'step.finished'
      readonly data: {
        readonly step: number
        readonly text: string
        readonly reasoning: string
        readonly reasoning_ms?: number
        readonly finish_reason: 'stop' | 'tool_calls' | 'length' | 'cut'
        readonly usage: TurnUsage | null
      }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'turn.ended'
      readonly data: { readonly outcome: TurnOutcome; readonly content: string; readonly usage: TurnUsage | null }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'messages.copied'
      readonly data: { readonly from_session_id: string | null; readonly messages: readonly Message[] }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'messages.removed'
      readonly data: { readonly message_ids: readonly number[] }
    }
  | {
      readonly seq: number
      readonly turn_id: string | null
      readonly epoch: number
      readonly at: number
      readonly type: 'messages.restored'
      readonly data: { readonly messages: readonly Message[] }
    }

export type Holder = { readonly kind: 'browser' | 'cli' | 'api' | 'mcp' | 'schedule'; readonly label: string }

export type MarkedText = readonly { readonly text: string; readonly hit: boolean }[]

export type Message = {
  readonly message_id: number
  readonly turn_id: string | null
  readonly role: 'user' | 'assistant'
  readonly content: string
  readonly steps: readonly Step[]
  readonly outcome: TurnOutcome | null
  readonly usage: TurnUsage | null
  readonly created_at: string
  readonly images?: readonly {
    readonly image_id: string
    readonly media_type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'
  }[]
  readonly alternatives?: readonly number[]
}

export type Models = {
  readonly choice: {
    readonly chosen_by: 'command_line' | 'person' | 'conch' | 'nobody'
    readonly practice: boolean
    readonly model: string | null
    readonly base_url: string | null
    readonly state:
      | 'found'
      | 'refused'
      | 'timed_out'
      | 'needs_key'
      | 'no_model'
      | 'loading'
      | 'busy'
      | 'unrecognised'
      | null
    readonly next_step: { readonly text: string; readonly command: string | null } | null
    readonly has_key: boolean
    readonly capabilities: {
      readonly continues_message: 'yes' | 'no' | 'unknown'
      readonly reports_progress: 'yes' | 'no' | 'unknown'
      readonly tools: 'yes' | 'no' | 'unknown'
      readonly vision: 'yes' | 'no' | 'unknown'
      readonly context_size: number | null
    } | null
  }
  readonly probed_at: string | null
  readonly servers: readonly {
    readonly kind:
      | 'lemonade'
      | 'ollama'
      | 'lm_studio'
      | 'llama_cpp'
      | 'vllm'
      | 'koboldcpp'
      | 'docker_model_runner'
      | 'other'
    readonly name: string
    readonly state: 'found' | 'refused' | 'timed_out' | 'needs_key' | 'no_model' | 'loading' | 'busy' | 'unrecognised'
    readonly address: string
    readonly base_url: string | null
    readonly models: readonly {
      readonly name: string
      readonly size_bytes: number | null
      readonly loaded: boolean | null
      readonly remote: boolean
    }[]
    readonly context_size: number | null
    readonly next_step: { readonly text: string; readonly command: string | null }
  }[]
}

export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code:
    | 'turn_active'
    | 'stale_view'
    | 'send_cancelled'
    | 'queue_changed'
    | 'queue_full'
    | 'server_busy'
    | 'sessions_changed'
    | 'session_not_found'
    | 'turn_not_found'
    | 'message_not_found'
    | 'image_not_found'
    | 'images_not_taken'
    | 'too_many_images'
    | 'queued_message_not_found'
    | 'stream_not_found'
    | 'not_found'
    | 'method_not_allowed'
    | 'invalid_request'
    | 'idempotency_mismatch'
    | 'unsupported_media_type'
    | 'payload_too_large'
    | 'unauthorized'
    | 'forbidden'
    | 'too_many_streams'
    | 'too_many_channels'
    | 'too_many_sessions'
    | 'storage_unavailable'
    | 'shutting_down'
    | 'internal'
  readonly request_id?: string
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
}

export type Queue = {
  readonly session_id: string
  readonly revision: number
  readonly paused: { readonly reason: 'stopped' | 'failed' | 'interrupted' | 'person'; readonly at: string } | null
  readonly messages: readonly QueuedMessage[]
}

export type QueuedMessage = {
  readonly turn_id: string
  readonly message: string
  readonly images?: readonly {
    readonly image_id: string
    readonly media_type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'
  }[]
  readonly holder: {
    readonly kind: 'browser' | 'cli' | 'api' | 'mcp' | 'schedule'
    readonly label: string
    readonly same_client: boolean
  }
  readonly queued_at: string
  readonly after_stop: boolean
}

export type QueueProblem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: 'queue_changed' | 'queued_message_not_found'
  readonly request_id?: string
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
  readonly queue: Queue
}

export type SearchPage = {
  readonly sessions: readonly { readonly session_id: string; readonly title: MarkedText }[]
  readonly messages: readonly {
    readonly message_id: number
    readonly session_id: string
    readonly session_title: string
    readonly role: 'user' | 'assistant'
    readonly created_at: string
    readonly excerpt: MarkedText
  }[]
  readonly has_more: boolean
  readonly is_complete: boolean
}

export type Session = {
  readonly id: string
  readonly title: string
  readonly title_is_custom: boolean
  readonly created_at: string
  readonly updated_at: string
  readonly model: string
  readonly system_prompt: string | null
  readonly message_count: number
  readonly document_ids: readonly string[]
  readonly private: boolean
  readonly pinned: boolean
  readonly agent_type: string
  readonly device: string
  readonly mail_provider: 'google' | 'microsoft' | null
}

export type StaleViewProblem = {
  readonly type: string
  readonly title: string
  readonly status: 409
  readonly detail: string
  readonly code: 'stale_view'
  readonly request_id?: string
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
  readonly last_seq: number
  readonly missed: readonly Entry[]
  readonly reload: boolean
}

export type Step = {
  readonly step: number
  readonly text: string
  readonly reasoning: string
  readonly reasoning_ms?: number
  readonly tool_calls: readonly ToolCall[]
}

export type StreamNotice =
  | { readonly type: 'reset'; readonly code: 'cursor_ahead' | 'owner_changed'; readonly last_seq: number }
  | { readonly type: 'session_deleted' }

export type ToolCall = {
  readonly call_id: string
  readonly tool: string
  readonly arguments: string
  readonly status: 'ok' | 'error' | 'unknown'
  readonly result: string
  readonly duration_ms: number | null
}

export type Transcript = {
  readonly session_id: string
  readonly messages: readonly Message[]
  readonly has_more: boolean
  readonly cursor: number
  readonly active_turn: ActiveTurn | null
}

export type Turn = {
  readonly turn_id: string
  readonly session_id: string
  readonly user_message_id: number
  readonly assistant_message_id: number
  readonly phase: 'waiting_for_slot' | 'running' | 'awaiting_approval' | 'stopping' | null
  readonly outcome: TurnOutcome | null
  readonly started_at: string
  readonly ended_at: string | null
  readonly first_seq: number
}

export type TurnActiveProblem = {
  readonly type: string
  readonly title: string
  readonly status: 409
  readonly detail: string
  readonly code: 'turn_active'
  readonly request_id?: string
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
  readonly active_turn: ActiveTurn
  readonly actions: readonly ('watch' | 'queue' | 'stop' | 'branch')[]
}

export type TurnOutcome =
  | { readonly status: 'completed' }
  | {
      readonly status: 'failed'
      readonly reason:
        | 'backend_unreachable'
        | 'backend_error'
        | 'protocol'
        | 'slot_wait_timeout'
        | 'first_byte_timeout'
        | 'idle_timeout'
        | 'turn_timeout'
        | 'limit'
        | 'tool_protocol'
        | 'storage'
        | 'internal'
      readonly message: string
    }
  | { readonly status: 'cancelled' }
  | { readonly status: 'interrupted'; readonly reason: 'restart' | 'shutdown' | 'truncated'; readonly message: string }

export type TurnUsage = {
  readonly input_tokens: number | null
  readonly output_tokens: number | null
  readonly time_to_first_token_ms: number | null
  readonly tokens_per_second: number | null
}

export type CompatibleError = {
  readonly detail:
    | string
    | readonly { readonly type: string; readonly loc: readonly (string | number)[]; readonly msg: string }[]
}

/** What each route takes and answers, by its method and path. */
export interface Operations {
  /** Start a turn. */
  readonly 'POST /api/sessions/{id}/turns': {
    readonly input: {
      readonly path: { readonly id: string }
      readonly headers?: {
        readonly 'Idempotency-Key'?: string
        readonly 'X-Client-Id'?: string
        readonly 'X-Client-Label'?: string
      }
      readonly body: {
        readonly message?: string
        readonly replaces?: number
        readonly images?: readonly string[]
        readonly on_busy?: 'reject' | 'queue' | 'interrupt'
        readonly expected_seq?: number
      }
    }
    readonly answer: Turn
  }
  /** Cancel a send by its key. */
  readonly 'POST /api/sessions/{id}/sends/cancel': {
    readonly input: {
      readonly path: { readonly id: string }
      readonly headers?: { readonly 'Idempotency-Key'?: string }
    }
    readonly answer: { readonly turn: Turn | null }
  }
  /** Read a turn. */
  readonly 'GET /api/turns/{id}': {
    readonly input: { readonly path: { readonly id: string } }
    readonly answer: Turn
  }
  /** Stop a turn. */
  readonly 'POST /api/turns/{id}/cancel': {
    readonly input: { readonly path: { readonly id: string } }
    readonly answer: Turn
  }
  /** Show an alternative. */
  readonly 'POST /api/sessions/{id}/alternative': {
    readonly input: { readonly path: { readonly id: string }; readonly body: { readonly message_id: number } }
    readonly answer: { readonly message_ids: readonly number[] }
  }
  /** Branch a session. */
  readonly 'POST /api/sessions/{id}/branch': {
    readonly input: { readonly path: { readonly id: string }; readonly body: { readonly up_to_message_id?: number } }
    readonly answer: Session
  }
  /** Read the queue. */
  readonly 'GET /api/sessions/{id}/queue': {
    readonly input: { readonly path: { readonly id: string }; readonly headers?: { readonly 'X-Client-Id'?: string } }
    readonly answer: Queue
  }
  /** Clear the queue. */
  readonly 'DELETE /api/sessions/{id}/queue': {
    readonly input: { readonly path: { readonly id: string }; readonly query: { readonly revision: number } }
    readonly answer: Queue
  }
  /** Pause the queue. */
  readonly 'POST /api/sessions/{id}/queue/pause': {
    readonly input: { readonly path: { readonly id: string }; readonly body: { readonly revision: number } }
    readonly answer: Queue
  }
  /** Resume the queue. */
  readonly 'POST /api/sessions/{id}/queue/resume': {
    readonly input: { readonly path: { readonly id: string }; readonly body: { readonly revision: number } }
    readonly answer: Queue
  }
  /** Edit or move a queued message. */
  readonly 'PATCH /api/sessions/{id}/queue/{turn}': {
    readonly input: {
      readonly path: { readonly id: string; readonly turn: string }
      readonly body: { readonly message?: string; readonly before?: string | null }
    }
    readonly answer: Queue
  }
  /** Remove a queued message. */
  readonly 'DELETE /api/sessions/{id}/queue/{turn}': {
    readonly input: { readonly path: { readonly id: string; readonly turn: string } }
    readonly answer: Queue
  }
  /** Send a queued message now. */
  readonly 'POST /api/sessions/{id}/queue/{turn}/send-now': {
    readonly input: { readonly path: { readonly id: string; readonly turn: string } }
    readonly answer: Turn
  }
  /** Import a session. */
  readonly 'POST /api/sessions/import': {
    readonly input: {
      readonly body: {
        readonly format: 'json'
        readonly session: { readonly title: string }
        readonly messages: readonly {
          readonly role: 'user' | 'assistant'
          readonly content: string
          readonly created_at: string
          readonly images?: readonly {
            readonly image_id: string
            readonly media_type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'
          }[]
        }[]
        readonly images?: readonly {
          readonly image_id: string
          readonly media_type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'
          readonly bytes: string
        }[]
      }
    }
    readonly answer: Session & { readonly missing_images?: readonly string[] }
  }
  /** Read an image. */
  readonly 'GET /api/sessions/{id}/images/{image}': {
    readonly input: { readonly path: { readonly id: string; readonly image: string } }
    readonly answer: string
  }
  /** Export all sessions. */
  readonly 'GET /api/sessions/export': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: Readonly<Record<string, unknown>>
  }
  /** Delete all sessions. */
  readonly 'POST /api/sessions/delete-all': {
    readonly input: { readonly body: { readonly sessions: number; readonly messages: number } }
    readonly answer: { readonly deleted: readonly string[] }
  }
  /** Search. */
  readonly 'GET /api/search': {
    readonly input: { readonly query: { readonly q: string; readonly limit?: number; readonly before?: number } }
    readonly answer: SearchPage
  }
  /** Pin a session. */
  readonly 'PUT /api/sessions/{id}/pin': {
    readonly input: { readonly path: { readonly id: string } }
    readonly answer: Session
  }
  /** Unpin a session. */
  readonly 'DELETE /api/sessions/{id}/pin': {
    readonly input: { readonly path: { readonly id: string } }
    readonly answer: Session
  }
  /** Read the settled messages. */
  readonly 'GET /api/sessions/{id}/transcript': {
    readonly input: {
      readonly path: { readonly id: string }
      readonly query?: { readonly limit?: number; readonly before?: number }
    }
    readonly answer: Transcript
  }
  /** Follow a session. */
  readonly 'GET /api/sessions/{id}/events': {
    readonly input: {
      readonly path: { readonly id: string }
      readonly query?: { readonly after?: number }
      readonly headers?: { readonly 'Last-Event-ID'?: string }
    }
    readonly answer: null
    readonly frame: Entry | StreamNotice
  }
  /** Follow the whole app. */
  readonly 'GET /api/events': {
    readonly input: { readonly headers?: { readonly 'X-Client-Id'?: string } }
    readonly answer: null
    readonly frame: AppEvent
  }
  /** Open a stream for many readers. */
  readonly 'GET /api/streams': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: null
    readonly frame: Entry | AppEvent | StreamNotice
  }
  /** Add a channel. */
  readonly 'PUT /api/streams/{stream}/channels/{channel}': {
    readonly input: {
      readonly path: { readonly stream: string; readonly channel: string }
      readonly headers?: { readonly 'X-Client-Id'?: string }
      readonly body:
        | { readonly follows: 'session'; readonly session_id: string; readonly after?: number }
        | { readonly follows: 'app' }
    }
    readonly answer: null
  }
  /** Close a channel. */
  readonly 'DELETE /api/streams/{stream}/channels/{channel}': {
    readonly input: { readonly path: { readonly stream: string; readonly channel: string } }
    readonly answer: null
  }
  /** Which model answers, and which servers there are. */
  readonly 'GET /api/models': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: Models
  }
  /** Look for model servers now. */
  readonly 'POST /api/models/probe': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: Models
  }
  /** Try what the model can do. */
  readonly 'POST /api/models/trial': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: Models
  }
  /** Choose the model. */
  readonly 'PUT /api/models/choice': {
    readonly input: {
      readonly body:
        | { readonly kind: 'automatic' }
        | { readonly kind: 'practice' }
        | { readonly kind: 'endpoint'; readonly base_url: string; readonly model?: string | null }
    }
    readonly answer: Models
  }
  /** Keep the API key of a model server. */
  readonly 'PUT /api/models/key': {
    readonly input: { readonly body: { readonly base_url: string; readonly api_key: string | null } }
    readonly answer: Models
  }
  /** Let a browser in. */
  readonly 'POST /api/link': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: { readonly code: string }
  }
  /** Whether messages are accepted. */
  readonly 'GET /api/ready': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: { readonly status: 'ready' }
  }
  /** Figures for Prometheus. */
  readonly 'GET /metrics': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: string
  }
  /** This description. */
  readonly 'GET /api/openapi.json': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: Readonly<Record<string, unknown>>
  }
  /** This description as a page. */
  readonly 'GET /api/docs': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: string
  }
  /** Give an image. */
  readonly 'POST /api/sessions/{id}/images': {
    readonly input: { readonly path: { readonly id: string } }
    readonly answer: {
      readonly image_id: string
      readonly media_type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'
    }
  }
  /** Send a message. */
  readonly 'POST /api/chat/send': {
    readonly input: {
      readonly headers?: {
        readonly 'Idempotency-Key'?: string
        readonly 'X-Client-Id'?: string
        readonly 'X-Client-Label'?: string
      }
      readonly body: {
        readonly session_id: string
        readonly message: string
        readonly stream?: boolean
        readonly agent_type?: string | null
        readonly document_ids?: readonly string[] | null
      }
    }
    readonly answer: {
      readonly message_id: number
      readonly content: string
      readonly sources: readonly never[]
      readonly tokens: null
      readonly outcome: TurnOutcome
    }
    readonly frame: CompatibleEvent
  }
  /** Sessions with an active turn. */
  readonly 'GET /api/chat/active': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: { readonly session_ids: readonly string[] }
  }
  /** Stop the turn of a session. */
  readonly 'POST /api/chat/cancel': {
    readonly input: { readonly body: { readonly session_id: string } }
    readonly answer: { readonly status: 'ok'; readonly cancelled: true }
  }
  /** Answer a tool that asks. */
  readonly 'POST /api/chat/confirm-tool': {
    readonly input: { readonly body: { readonly session_id: string; readonly approved: boolean } }
    readonly answer: null
  }
  /** Follow the active turn of a session. */
  readonly 'GET /api/chat/attach': {
    readonly input: {
      readonly query: { readonly session_id: string }
      readonly headers?: { readonly 'Last-Event-ID'?: string }
    }
    readonly answer: null
    readonly frame: CompatibleEvent
  }
  /** List sessions. */
  readonly 'GET /api/sessions': {
    readonly input: { readonly query?: { readonly limit?: number; readonly offset?: number } }
    readonly answer: { readonly sessions: readonly Session[]; readonly total: number }
  }
  /** Create a session. */
  readonly 'POST /api/sessions': {
    readonly input: {
      readonly body: {
        readonly title?: string | null
        readonly model?: string | null
        readonly system_prompt?: string | null
        readonly document_ids?: readonly string[] | null
        readonly private?: boolean | null
        readonly agent_type?: string | null
        readonly device?: 'cpu' | 'gpu' | 'npu' | null
        readonly mail_provider?: 'google' | 'microsoft' | null
      }
    }
    readonly answer: Session
  }
  /** Read a session. */
  readonly 'GET /api/sessions/{id}': {
    readonly input: { readonly path: { readonly id: string } }
    readonly answer: Session
  }
  /** Delete a session. */
  readonly 'DELETE /api/sessions/{id}': {
    readonly input: { readonly path: { readonly id: string } }
    readonly answer: { readonly deleted: true }
  }
  /** Change a session. */
  readonly 'PUT /api/sessions/{id}': {
    readonly input: {
      readonly path: { readonly id: string }
      readonly headers?: { readonly 'If-Match'?: string }
      readonly body: {
        readonly title?: string | null
        readonly system_prompt?: string | null
        readonly document_ids?: readonly string[] | null
        readonly private?: boolean | null
        readonly agent_type?: string | null
        readonly device?: 'cpu' | 'gpu' | 'npu' | null
        readonly mail_provider?: 'google' | 'microsoft' | null
        readonly title_is_custom?: boolean | null
      }
    }
    readonly answer: Session
  }
  /** Make a session private, or public again. */
  readonly 'PATCH /api/sessions/{id}/private': {
    readonly input: { readonly path: { readonly id: string } }
    readonly answer: Session
  }
  /** Read messages. */
  readonly 'GET /api/sessions/{id}/messages': {
    readonly input: {
      readonly path: { readonly id: string }
      readonly query?: { readonly limit?: number; readonly offset?: number }
    }
    readonly answer: { readonly messages: readonly CompatibleMessage[]; readonly total: number }
  }
  /** Delete a message. */
  readonly 'DELETE /api/sessions/{id}/messages/{message}': {
    readonly input: { readonly path: { readonly id: string; readonly message: string } }
    readonly answer: { readonly deleted: true }
  }
  /** Delete a message and all after it. */
  readonly 'DELETE /api/sessions/{id}/messages/{message}/and-below': {
    readonly input: { readonly path: { readonly id: string; readonly message: string } }
    readonly answer: { readonly deleted: true; readonly count: number }
  }
  /** Show a session in every open window. */
  readonly 'POST /api/sessions/{id}/activate': {
    readonly input: { readonly path: { readonly id: string } }
    readonly answer: { readonly activated: true; readonly session_id: string }
  }
  /** Follow which session is to be shown. */
  readonly 'GET /api/sessions/events': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: null
    readonly frame: Readonly<Record<string, unknown>>
  }
  /** Attach a document. */
  readonly 'POST /api/sessions/{id}/documents': {
    readonly input: { readonly path: { readonly id: string }; readonly body: { readonly document_id: string } }
    readonly answer: null
  }
  /** Detach a document. */
  readonly 'DELETE /api/sessions/{id}/documents/{document}': {
    readonly input: { readonly path: { readonly id: string; readonly document: string } }
    readonly answer: { readonly detached: true }
  }
  /** Export a session. */
  readonly 'GET /api/sessions/{id}/export': {
    readonly input: { readonly path: { readonly id: string }; readonly query?: { readonly format?: string } }
    readonly answer:
      | { readonly format: 'markdown'; readonly content: string }
      | {
          readonly format: 'json'
          readonly session: Session
          readonly messages: readonly (CompatibleMessage & {
            readonly images?: readonly {
              readonly image_id: string
              readonly media_type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'
            }[]
          })[]
          readonly images?: readonly {
            readonly image_id: string
            readonly media_type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif'
            readonly bytes: string
          }[]
        }
  }
  /** A sign of life. */
  readonly 'GET /api/health': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: {
      readonly status: 'ok'
      readonly service: 'gaia-agent-ui'
      readonly stats: {
        readonly sessions: number
        readonly messages: number
        readonly documents: number
        readonly total_chunks: number
        readonly total_size_bytes: number
      }
    }
  }
  /** The server, its model and its machine. */
  readonly 'GET /api/system/status': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: {
      readonly lemonade_running: boolean
      readonly model_loaded: string | null
      readonly embedding_model_loaded: boolean
      readonly disk_space_gb: number
      readonly memory_available_gb: number | null
      readonly initialized: boolean
      readonly version: string
      readonly start_instruction: string | null
      readonly start_command: string | null
      readonly lemonade_version: string | null
      readonly model_size_gb: number | null
      readonly model_device: string | null
      readonly model_context_size: number | null
      readonly model_labels: readonly string[] | null
      readonly gpu_name: string | null
      readonly gpu_vram_gb: number | null
      readonly tokens_per_second: number | null
      readonly time_to_first_token: number | null
      readonly processor_name: string | null
      readonly device_supported: boolean
      readonly context_size_sufficient: boolean
      readonly model_downloaded: boolean | null
      readonly default_model_name: string
      readonly default_model_size_gb: number | null
      readonly lemonade_url: string
      readonly expected_model_loaded: boolean
      readonly download_progress: {
        readonly state: 'starting' | 'downloading' | 'complete' | 'error'
        readonly model_name: string
        readonly percent: number
        readonly file: string
        readonly file_index: number
        readonly total_files: number
        readonly downloaded_bytes: number
        readonly total_bytes: number
        readonly message: string | null
      } | null
      readonly init_state: 'initializing' | 'ready' | 'degraded'
      readonly init_tasks: readonly { readonly name: string; readonly status: string }[]
      readonly detected_devices: readonly string[]
      readonly active_profile: string
      readonly practice_model: boolean
    }
  }
  /** What is done at the start. */
  readonly 'GET /api/system/tasks': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: {
      readonly tasks: readonly {
        readonly id: string
        readonly name: string
        readonly status: 'pending' | 'running' | 'done' | 'failed'
        readonly error: null
      }[]
    }
  }
  /** Read the settings. */
  readonly 'GET /api/settings': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: {
      readonly custom_model: string | null
      readonly model_status: { readonly found: boolean; readonly downloaded: boolean; readonly loaded: boolean } | null
      readonly context_size: number | null
      readonly agent_mode: string
      readonly dynamic_tools: boolean
      readonly dynamic_tools_locked: boolean
    }
  }
  /** Change settings. */
  readonly 'PUT /api/settings': {
    readonly input: {
      readonly body: {
        readonly custom_model?: '' | string | null
        readonly context_size?: number | null
        readonly agent_mode?: string | null
        readonly dynamic_tools?: boolean | null
      }
    }
    readonly answer: {
      readonly custom_model: string | null
      readonly model_status: { readonly found: boolean; readonly downloaded: boolean; readonly loaded: boolean } | null
      readonly context_size: number | null
      readonly agent_mode: string
      readonly dynamic_tools: boolean
      readonly dynamic_tools_locked: boolean
    }
  }
  /** Have Lemonade load a model. */
  readonly 'POST /api/system/load-model': {
    readonly input: { readonly body: { readonly model_name: string; readonly ctx_size?: number | null } }
    readonly answer: { readonly status: 'loading'; readonly model: string; readonly ctx_size: number | null }
  }
  /** Have Lemonade download a model. */
  readonly 'POST /api/system/download-model': {
    readonly input: { readonly body: { readonly model_name: string; readonly force?: boolean | null } }
    readonly answer: { readonly status: 'downloading'; readonly model: string }
  }
  /** What this machine is. */
  readonly 'GET /api/onboarding/preflight': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: {
      readonly os: string
      readonly detected_platform: string
      readonly ram_gb: number
      readonly disk_free_gb: number
      readonly npu_detected: boolean
      readonly gpu_name: null
      readonly gpu_vram_gb: null
      readonly lemonade_running: boolean
      readonly tier: string
      readonly recommended_profile: string
      readonly recommended_model: string
      readonly required_disk_gb: number
      readonly required_memory_gb: number
      readonly compatible: boolean
      readonly blockers: readonly string[]
      readonly warnings: readonly string[]
    }
  }
  /** Whether the introduction is done with. */
  readonly 'GET /api/onboarding/status': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: { readonly initialized: boolean; readonly skipped: boolean; readonly completed_at: string | null }
  }
  /** The introduction is done with. */
  readonly 'POST /api/onboarding/complete': {
    readonly input: { readonly body: { readonly skipped?: boolean | null } | null }
    readonly answer: { readonly initialized: boolean; readonly skipped: boolean; readonly completed_at: string | null }
  }
  /** List agents. */
  readonly 'GET /api/agents': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: {
      readonly agents: readonly {
        readonly id: string
        readonly name: string
        readonly description: string
        readonly source: 'builtin'
        readonly conversation_starters: readonly string[]
        readonly models: readonly string[]
        readonly min_memory_gb: null
        readonly required_connections: readonly string[]
        readonly consumes_mcp_servers: boolean
        readonly namespaced_agent_id: string
        readonly category: string
        readonly tags: readonly string[]
        readonly icon: string
        readonly tools_count: number
        readonly language: string
        readonly device_configs: readonly string[]
        readonly model_tiers: readonly string[]
      }[]
      readonly total: number
    }
  }
  /** Read an agent. */
  readonly 'GET /api/agents/{id}': {
    readonly input: { readonly path: { readonly id: string } }
    readonly answer: {
      readonly id: string
      readonly name: string
      readonly description: string
      readonly source: 'builtin'
      readonly conversation_starters: readonly string[]
      readonly models: readonly string[]
      readonly min_memory_gb: null
      readonly required_connections: readonly string[]
      readonly consumes_mcp_servers: boolean
      readonly namespaced_agent_id: string
      readonly category: string
      readonly tags: readonly string[]
      readonly icon: string
      readonly tools_count: number
      readonly language: string
      readonly device_configs: readonly string[]
      readonly model_tiers: readonly string[]
    }
  }
  /** List agents that people brought along. */
  readonly 'GET /api/agents/disk': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: { readonly agents: readonly never[]; readonly total: 0 }
  }
  /** List agents that could be had. */
  readonly 'GET /api/agents/catalog': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: { readonly agents: readonly never[]; readonly offline: true; readonly cached_at: null }
  }
  /** List documents. */
  readonly 'GET /api/documents': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: {
      readonly documents: readonly never[]
      readonly total: 0
      readonly total_size_bytes: 0
      readonly total_chunks: 0
    }
  }
  /** Whether documents are watched for changes. */
  readonly 'GET /api/documents/monitor/status': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: {
      readonly running: false
      readonly interval_seconds: number
      readonly reindexing: readonly never[]
    }
  }
  /** List tool servers. */
  readonly 'GET /api/mcp/servers': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: { readonly servers: readonly never[] }
  }
  /** How tool servers stand. */
  readonly 'GET /api/mcp/status': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: { readonly servers: readonly never[] }
  }
  /** Whether the agents can be used as a tool server. */
  readonly 'GET /api/mcp/agent-server/status': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: { readonly running: false; readonly port: number; readonly pid: null; readonly url: null }
  }
  /** List connected accounts. */
  readonly 'GET /api/connectors': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: { readonly connectors: readonly never[] }
  }
  /** List schedules. */
  readonly 'GET /api/schedules': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: { readonly schedules: readonly never[]; readonly total: 0 }
  }
  /** What is remembered between sessions. */
  readonly 'GET /api/memory/settings': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: {
      readonly memory_enabled: false
      readonly mcp_memory_enabled: false
      readonly system_discovery_consent: false
    }
  }
  /** Whether there is a way in from the internet. */
  readonly 'GET /api/tunnel/status': {
    readonly input: Readonly<Record<string, never>>
    readonly answer: {
      readonly active: false
      readonly url: null
      readonly token: null
      readonly startedAt: null
      readonly error: null
      readonly publicIp: null
    }
  }
}
