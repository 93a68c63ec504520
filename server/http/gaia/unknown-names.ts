import { DOCUMENT_NOT_FOUND, type Refusal } from './gaia-errors.ts'

/** The agents that GAIA's clients may choose from. In Conch one loop answers for all of them. */
export const AGENTS: ReadonlySet<string> = new Set(['chat', 'doc', 'file', 'builder'])

/** The refusal of a request that names an agent or a document that does not exist. There are no documents yet. */
export function refuseUnknownNames(names: {
  readonly agent_type?: string | null | undefined
  readonly document_ids?: readonly string[] | null | undefined
}): Refusal | undefined {
  const { agent_type: agent, document_ids: documents } = names
  if (typeof agent === 'string' && !AGENTS.has(agent)) return { status: 404, detail: `Agent '${agent}' not found` }
  return documents && documents.length > 0 ? DOCUMENT_NOT_FOUND : undefined
}
