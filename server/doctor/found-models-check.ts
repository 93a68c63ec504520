import { type Finding, ok, problem } from './finding.ts'

const SUBJECT = 'model'

/** As much of a row of the table of model servers as is told here. */
export interface FoundServer {
  readonly name: string
  readonly state: string
  readonly address: string
  readonly base_url: string | null
  readonly models: readonly { readonly name: string; readonly remote: boolean }[]
  readonly next_step: { readonly text: string; readonly command: string | null }
}

/** What a person has chosen in the settings. `model` null: the server's first. */
export type ChosenModel =
  | { readonly kind: 'practice' }
  | { readonly kind: 'endpoint'; readonly baseUrl: string; readonly model: string | null }
  | { readonly kind: 'model'; readonly model: string }

export interface FoundModels {
  /** With the server of the chosen model among them. */
  readonly servers: readonly FoundServer[]
  /** Null where nobody has chosen. */
  readonly chosen: ChosenModel | null
}

/** A server that is there and wants something before it can answer. */
const WANTING = ['needs_key', 'no_model', 'timed_out']
const ANSWERING = ['found', 'busy', 'loading']
const MAX_NAMES = 5

/** What would answer where no flag names a model: what a person has chosen, else what is found, else the practice model. */
export async function checkFoundModels(look: () => Promise<FoundModels>): Promise<Finding> {
  const { servers, chosen } = await look()
  switch (chosen?.kind) {
    case undefined:
      return checkFound(servers)
    case 'practice':
      return ok(SUBJECT, 'the practice model, chosen in the settings')
    case 'endpoint':
      return checkChosenServer(chosen, servers)
    case 'model':
      return checkChosenName(chosen.model, servers)
  }
}

/** It may be none: the practice model needs nothing. */
function checkFound(servers: readonly FoundServer[]): Finding {
  const ready = servers.flatMap((server) => {
    const model = server.models.find(({ remote }) => !remote)
    return isAnswering(server) && model ? [`${server.name} at ${server.address} has ${model.name}`] : []
  })
  if (ready.length > 0) return ok(SUBJECT, ready.join('; '))
  const wanting = servers.find(({ state }) => WANTING.includes(state))
  if (!wanting) return ok(SUBJECT, 'no model server was found; the practice model, which needs nothing, answers')
  return problem(SUBJECT, `${wanting.name} at ${wanting.address}: ${wanting.state}`, adviceOf(wanting))
}

function checkChosenServer(
  { baseUrl, model }: Extract<ChosenModel, { kind: 'endpoint' }>,
  servers: readonly FoundServer[],
): Finding {
  const server = servers.find(({ base_url }) => base_url === baseUrl)
  if (!server) return problem(SUBJECT, `${baseUrl}, chosen in the settings, was not found`, CHOOSE_ANOTHER)
  const where = `${server.name} at ${server.address}`
  if (!isAnswering(server)) {
    return problem(SUBJECT, `${where}, chosen in the settings: ${server.state}`, adviceOf(server))
  }
  if (model === null) return ok(SUBJECT, `${where} answers; its first model was chosen in the settings`)
  if (has(server, model)) return ok(SUBJECT, `${where} has ${model}, chosen in the settings`)
  const names = server.models.slice(0, MAX_NAMES).map(({ name }) => name)
  const advice = `Load it there. ${CHOOSE_ANOTHER}${names.length > 0 ? ` It lists: ${names.join(', ')}.` : ''}`
  return problem(SUBJECT, `${where} does not list ${model}, chosen in the settings`, advice)
}

function checkChosenName(model: string, servers: readonly FoundServer[]): Finding {
  const server = servers.find((one) => isAnswering(one) && has(one, model))
  if (server) return ok(SUBJECT, `${server.name} at ${server.address} has ${model}, chosen in the settings`)
  const advice = `Start the model server that has it. ${CHOOSE_ANOTHER}`
  return problem(SUBJECT, `no model server that was found has ${model}, chosen in the settings`, advice)
}

const CHOOSE_ANOTHER = 'Or choose another model in the settings.'

function isAnswering({ state }: FoundServer): boolean {
  return ANSWERING.includes(state)
}

function has({ models }: FoundServer, model: string): boolean {
  return models.some(({ name }) => name === model)
}

function adviceOf({ next_step: { text, command } }: FoundServer): string {
  return command ? `${text} ${command}` : text
}
