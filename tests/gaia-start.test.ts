import { expect, test } from 'vitest'
import { z } from 'zod'
import { ConchApp } from './conch-app.ts'

/**
 * What GAIA's own web client asks at its start, held against the shapes that it was written for: they are stated here from
 * the contract, not taken from the server. A field that is missing or of another type would break that client.
 */

const time = z.iso.datetime({ offset: true })
const textOrNull = z.string().nullable()
const numberOrNull = z.number().nullable()

const session = z.object({
  id: z.uuid().brand('SessionId'),
  title: z.string(),
  title_is_custom: z.boolean(),
  created_at: time,
  updated_at: time,
  model: z.string(),
  system_prompt: textOrNull,
  message_count: z.int(),
  document_ids: z.array(z.string()),
  private: z.boolean(),
  agent_type: z.string(),
  device: z.string(),
  mail_provider: z.enum(['google', 'microsoft']).nullable(),
})

const message = z.object({
  id: z.int(),
  session_id: z.uuid(),
  role: z.enum(['user', 'assistant', 'system']),
  content: z.string(),
  created_at: time,
  rag_sources: z.array(z.unknown()).nullable(),
  agent_steps: z.array(z.object({ id: z.int(), type: z.string(), label: z.string(), active: z.boolean() })).nullable(),
  stats: z
    .object({
      tokens_per_second: z.number(),
      time_to_first_token: z.number(),
      input_tokens: z.int(),
      output_tokens: z.int(),
    })
    .nullable(),
})

const systemStatus = z.object({
  lemonade_running: z.boolean(),
  model_loaded: textOrNull,
  embedding_model_loaded: z.boolean(),
  disk_space_gb: z.number(),
  memory_available_gb: numberOrNull,
  initialized: z.boolean(),
  version: z.string(),
  start_instruction: textOrNull,
  start_command: textOrNull,
  lemonade_version: textOrNull,
  model_size_gb: numberOrNull,
  model_device: textOrNull,
  model_context_size: numberOrNull,
  model_labels: z.array(z.string()).nullable(),
  gpu_name: textOrNull,
  gpu_vram_gb: numberOrNull,
  tokens_per_second: numberOrNull,
  time_to_first_token: numberOrNull,
  processor_name: textOrNull,
  device_supported: z.boolean(),
  context_size_sufficient: z.boolean(),
  model_downloaded: z.boolean().nullable(),
  default_model_name: z.string(),
  default_model_size_gb: numberOrNull,
  lemonade_url: z.string(),
  expected_model_loaded: z.boolean(),
  download_progress: z.unknown(),
  init_state: z.enum(['initializing', 'ready', 'degraded']),
  init_tasks: z.array(z.object({ name: z.string(), status: z.string() })),
  detected_devices: z.array(z.string()),
  active_profile: z.literal('chat'),
})

const agent = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  source: z.enum(['builtin', 'custom_python', 'native', 'installed']),
  conversation_starters: z.array(z.string()),
  models: z.array(z.string()),
  min_memory_gb: numberOrNull,
  required_connections: z.array(z.unknown()),
  consumes_mcp_servers: z.boolean(),
  namespaced_agent_id: z.string(),
  category: z.string(),
  tags: z.array(z.string()),
  icon: z.string(),
  tools_count: z.int(),
  language: z.string(),
  device_configs: z.array(z.unknown()),
  model_tiers: z.array(z.unknown()),
})

const AT_START: Readonly<Record<string, z.ZodType>> = {
  '/api/health': z.object({
    status: z.literal('ok'),
    service: z.literal('gaia-agent-ui'),
    stats: z.object({
      sessions: z.int(),
      messages: z.int(),
      documents: z.int(),
      total_chunks: z.int(),
      total_size_bytes: z.int(),
    }),
  }),
  '/api/system/status': systemStatus,
  '/api/system/tasks': z.object({
    tasks: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        status: z.enum(['pending', 'running', 'done', 'failed']),
        error: z.null(),
      }),
    ),
  }),
  '/api/settings': z.object({
    custom_model: textOrNull,
    model_status: z.object({ found: z.boolean(), downloaded: z.boolean(), loaded: z.boolean() }).nullable(),
    context_size: z.int().nullable(),
    agent_mode: z.enum(['goal_driven', 'manual']),
    dynamic_tools: z.boolean(),
    dynamic_tools_locked: z.boolean(),
  }),
  '/api/onboarding/status': z.object({
    initialized: z.boolean(),
    skipped: z.boolean(),
    completed_at: time.nullable(),
  }),
  '/api/onboarding/preflight': z.object({
    os: z.string(),
    detected_platform: z.string(),
    ram_gb: numberOrNull,
    disk_free_gb: numberOrNull,
    npu_detected: z.boolean(),
    gpu_name: textOrNull,
    gpu_vram_gb: numberOrNull,
    lemonade_running: z.boolean(),
    tier: z.string(),
    recommended_profile: z.string(),
    recommended_model: z.string(),
    required_disk_gb: z.number(),
    required_memory_gb: z.number(),
    compatible: z.boolean(),
    blockers: z.array(z.unknown()),
    warnings: z.array(z.unknown()),
  }),
  '/api/agents': z.object({ agents: z.array(agent).nonempty(), total: z.int() }),
  '/api/agents/chat': agent,
  '/api/agents/disk': z.object({
    agents: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        registered: z.boolean(),
        registered_agent_id: textOrNull,
        source: textOrNull,
      }),
    ),
    total: z.int(),
  }),
  '/api/agents/catalog': z.object({
    agents: z.array(z.unknown()),
    offline: z.boolean(),
    cached_at: time.nullable(),
  }),
  '/api/sessions': z.object({ sessions: z.array(session).nonempty(), total: z.int() }),
  '/api/chat/active': z.object({ session_ids: z.array(z.string()).nonempty() }),
  '/api/documents': z.object({
    documents: z.array(z.object({ id: z.string(), filename: z.string(), indexing_status: z.string() })),
    total: z.int(),
    total_size_bytes: z.int(),
    total_chunks: z.int(),
  }),
  '/api/documents/monitor/status': z.object({
    running: z.boolean(),
    interval_seconds: z.number(),
    reindexing: z.array(z.string()),
  }),
  '/api/mcp/servers': z.object({ servers: z.array(z.object({ name: z.string(), enabled: z.boolean() })) }),
  '/api/mcp/status': z.object({ servers: z.array(z.object({ name: z.string(), connected: z.boolean() })) }),
  '/api/mcp/agent-server/status': z.object({
    running: z.boolean(),
    port: z.int(),
    pid: z.int().nullable(),
    url: textOrNull,
  }),
  '/api/tunnel/status': z.object({
    active: z.boolean(),
    url: textOrNull,
    token: textOrNull,
    startedAt: textOrNull,
    error: textOrNull,
    publicIp: textOrNull,
  }),
  '/api/connectors': z.object({ connectors: z.array(z.object({ id: z.string() })) }),
  '/api/schedules': z.object({ schedules: z.array(z.object({ name: z.string() })), total: z.int() }),
  '/api/memory/settings': z.object({
    memory_enabled: z.boolean(),
    mcp_memory_enabled: z.boolean(),
    system_discovery_consent: z.boolean(),
  }),
}

/** As a page of our own origin sends it: that client names itself only where GAIA asks it to. */
function pageHeaders(url: string): Record<string, string> {
  return { origin: url, 'sec-fetch-site': 'same-origin' }
}

test('contract 9: with --no-auth every route that GAIA’s web client calls at its start answers in that client’s shape', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  const headers = pageHeaders(conch.url)
  const created = await client.request('POST', '/api/sessions', { body: {}, headers })
  const { id } = session.parse(created.json)
  await client.start(id, 'hello')
  const question = await conch.model.asked()
  for (const [path, schema] of Object.entries(AT_START)) {
    const { status, headers: answered, json } = await client.request('GET', path, { headers })
    expect(status, path).toBe(200)
    expect(answered.get('content-type'), path).toMatch(/^application\/json/)
    expect(schema.safeParse(json).error?.issues ?? [], path).toEqual([])
  }
  question.finish()
  await conch.app.engine.idle(id)
  const page = await client.request('GET', `/api/sessions/${id}/messages`, { headers })
  expect(z.object({ messages: z.array(message).length(2), total: z.literal(2) }).safeParse(page.json).error).toBe(
    undefined,
  )
})

test('contract 9: the client’s stream of the active session opens at once with a comment', async () => {
  await using conch = await ConchApp.start()
  const abort = new AbortController()
  const response = await fetch(`${conch.url}/api/sessions/events`, { signal: abort.signal })
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  const first = await response.body?.getReader().read()
  expect(new TextDecoder().decode(first?.value)).toBe(': keepalive\n\n')
  abort.abort()
})

test('contract 0: what Conch does not have refuses every change with a sentence, and never as if it had been done', async () => {
  await using conch = await ConchApp.start()
  const client = conch.client()
  for (const line of [
    'POST /api/documents/upload-path',
    'POST /api/documents/index-folder',
    'DELETE /api/documents/d',
    'POST /api/mcp/agent-server/start',
    'POST /api/tunnel/start',
    'POST /api/connectors/google/configure',
    'POST /api/schedules',
    'DELETE /api/memory/all',
    'GET /api/whatever',
  ]) {
    const [method, path = ''] = line.split(' ') as ['POST' | 'DELETE' | 'GET', string]
    const { status, json } = await client.request(method, path, method === 'POST' ? { body: {} } : {})
    expect(status, line).toBe(404)
    expect(json, line).toMatchObject({ detail: 'Not Found' })
  }
})
