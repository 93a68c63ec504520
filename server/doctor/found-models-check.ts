import { type Finding, ok, problem } from './finding.ts'

const SUBJECT = 'model'

/** As much of a row of the table of model servers as is told here. */
export interface FoundServer {
  readonly name: string
  readonly state: string
  readonly address: string
  readonly models: readonly { readonly name: string; readonly remote: boolean }[]
  readonly next_step: { readonly text: string; readonly command: string | null }
}

/** A server that is there and wants something before it can answer. */
const WANTING = ['needs_key', 'no_model', 'timed_out']

/** What the server would find where neither a flag nor a person names a model. It may be none: the practice model needs nothing. */
export async function checkFoundModels(look: () => Promise<readonly FoundServer[]>): Promise<Finding> {
  const servers = await look()
  const ready = servers.flatMap((server) => {
    const model = server.models.find(({ remote }) => !remote)
    const isUsable = server.state === 'found' || server.state === 'busy' || server.state === 'loading'
    return isUsable && model ? [`${server.name} at ${server.address} has ${model.name}`] : []
  })
  if (ready.length > 0) return ok(SUBJECT, ready.join('; '))
  const wanting = servers.find(({ state }) => WANTING.includes(state))
  if (!wanting) return ok(SUBJECT, 'no model server was found; the practice model, which needs nothing, answers')
  const { text, command } = wanting.next_step
  return problem(
    SUBJECT,
    `${wanting.name} at ${wanting.address}: ${wanting.state}`,
    command ? `${text} ${command}` : text,
  )
}
