import { z } from 'zod'
import type { ConchServer } from '../http-parts.ts'
import { sendDetail } from './gaia-errors.ts'
import { type AgentInfo, agentListSchema, agentSchema } from './gaia-schemas.ts'
import { AGENTS } from './unknown-names.ts'

/** The agents that GAIA's clients ask for. One loop answers for all of them, so one is listed; the others' names are known. */
export function agentRoutes(server: ConchServer): void {
  server.get('/api/agents', { schema: { response: { 200: agentListSchema } } }, async () => ({
    agents: [describeAgent('chat')],
    total: 1,
  }))

  server.get(
    '/api/agents/:id',
    { schema: { params: z.object({ id: z.string() }), response: { 200: agentSchema } } },
    async (request, reply) => {
      const { id } = request.params
      return AGENTS.has(id) ? describeAgent(id) : sendDetail(reply, { status: 404, detail: `Agent '${id}' not found` })
    },
  )
}

function describeAgent(id: string): AgentInfo {
  return {
    id,
    name: id.charAt(0).toUpperCase() + id.slice(1),
    description: id === 'chat' ? 'Answers with the model that is chosen.' : 'Answers as the agent “chat” does.',
    source: 'builtin',
    conversation_starters: [],
    models: [],
    min_memory_gb: null,
    required_connections: [],
    consumes_mcp_servers: false,
    namespaced_agent_id: `builtin:${id}`,
    category: 'general',
    tags: [],
    icon: '',
    tools_count: 1,
    language: 'typescript',
    device_configs: [],
    model_tiers: [],
  }
}
