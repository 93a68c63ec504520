import type { NextStep, ServedModel } from '../../../protocol/model-server.ts'
import type { Sighting } from './look-at-address.ts'
import type { ServerKind } from './server-kind.ts'

/** As much of a kind as its next steps need. */
export interface AdvisedKind extends Pick<ServerKind, 'name' | 'advice'> {
  readonly apiPath: string
}

/** The one next step for a server that was recognised. */
export function nextStepFor(kind: AdvisedKind, seen: Omit<Sighting, 'kind'>): NextStep {
  const at = `${kind.name} at ${seen.address.origin}`
  switch (seen.state) {
    case 'found':
      return chooseServer(kind, seen)
    case 'busy':
      return say(`${at} is answering somebody else. You can use it: your message takes its place in the line there.`)
    case 'loading':
      return say(`${at} is loading a model. Wait a moment: this goes on by itself when it is ready.`)
    case 'no_model':
      return { ...kind.advice.addModel, text: `${at} has no model to talk to. ${kind.advice.addModel.text}` }
    case 'needs_key':
      return say(
        `${at} ${seen.sentKey ? 'does not accept the API key' : 'wants an API key'}. Enter it. ${kind.advice.key}`,
      )
    case 'timed_out':
      return say(`${at} stopped answering. Look at its log, and start it again if it hangs.`)
    case 'refused':
      return startServer(kind, seen.address.origin)
    case 'unrecognised':
      return say(`${at} answered with something that cannot be understood. Look at its log, or bring it up to date.`)
  }
}

/** The same where no server of this kind was recognised at its usual address. */
export function nextStepWithout(kind: ServerKind, seen: Sighting): NextStep {
  const { origin } = seen.address
  switch (seen.state) {
    case 'refused':
      return startServer(kind, origin)
    case 'timed_out':
      return say(
        `What listens at ${origin} did not answer within two seconds. If it is ${kind.name}, look at its log, and start it again if it hangs.`,
      )
    default:
      return say(
        `What answers at ${origin} is ${seen.kind?.name ?? `not ${kind.name}`}. If ${kind.name} runs somewhere else, enter its address.`,
      )
  }
}

function startServer(kind: AdvisedKind, origin: string): NextStep {
  return { ...kind.advice.start, text: `Nothing answers at ${origin}. ${kind.advice.start.text}` }
}

function chooseServer(kind: AdvisedKind, { address, report }: Omit<Sighting, 'kind'>): NextStep {
  const model = report?.models.find(({ remote }) => !remote)
  const baseUrl = address.origin + kind.apiPath
  const command = model && isPlainWord(model) ? `npm start -- --model-url ${baseUrl} --model ${model.name}` : null
  return { text: `${kind.name} is ready. Choose it here, or start Conch with it.`, command }
}

/** A server chooses its models' names, and people run what they copy: only a name that no shell reads anything into. */
function isPlainWord({ name }: ServedModel): boolean {
  return /^[\w./][\w./:@+-]*$/.test(name)
}

function say(text: string): NextStep {
  return { text, command: null }
}
