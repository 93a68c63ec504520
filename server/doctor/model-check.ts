import { type Finding, ok, problem, reasonOf } from './finding.ts'

const SUBJECT = 'model'

/** A model endpoint and how to ask it. */
export interface EndpointQuestion {
  /** Without credentials. */
  readonly shownUrl: string
  /** Null: the endpoint's first. */
  readonly name: string | null
  list(): Promise<ModelAnswer>
}

/** `message` says what happened and what to do. */
export type ModelAnswer =
  | { readonly status: 'listed'; readonly names: readonly [string, ...string[]] }
  | { readonly status: 'none' | 'needs_key' | 'unreachable'; readonly message: string }

const MAX_NAMES = 5

/** `endpoint` is null where no address of a model server is set. */
export async function checkModel(endpoint: EndpointQuestion | null): Promise<Finding> {
  if (!endpoint) return ok(SUBJECT, 'the practice model, which needs nothing')
  const { shownUrl, name } = endpoint
  const answer = await ask(endpoint)
  if (answer.status !== 'listed') return problem(SUBJECT, `${shownUrl}: ${answer.status}`, answer.message)
  const [first] = answer.names
  if (name === null) return ok(SUBJECT, `${shownUrl} answers; its first model is ${first}`)
  // Ollama lists `llama3.2:latest` and takes `llama3.2`.
  const isListed = answer.names.some((listed) => listed === name || listed.startsWith(`${name}:`))
  if (isListed) return ok(SUBJECT, `${shownUrl} answers and has ${name}`)
  const listed = answer.names.slice(0, MAX_NAMES).join(', ')
  const advice = `Load it there, or name one that it lists with --model: ${listed}.`
  return problem(SUBJECT, `${shownUrl} answers, but does not list ${name}`, advice)
}

async function ask(endpoint: EndpointQuestion): Promise<ModelAnswer> {
  try {
    return await endpoint.list()
  } catch (error) {
    return { status: 'unreachable', message: reasonOf(error) }
  }
}
