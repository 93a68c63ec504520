import type { ServedModel } from '../../../protocol/model-server.ts'
import { isStorableText } from '../../../protocol/requests.ts'
import { wantsKey } from './server-answer.ts'
import type { ServerAnswer } from './server-client.ts'
import type { ServerReport } from './server-kind.ts'

/** A model as a kind of server lists it, before it is checked. */
export interface ListedModel {
  readonly name: string
  readonly sizeBytes?: number | null
  readonly isLoaded?: boolean | null
  readonly isRemote?: boolean
}

export interface ServerFacts {
  readonly models: readonly ListedModel[]
  readonly contextSize?: number | null
  readonly isLoading?: boolean
  readonly isBusy?: boolean
}

const MAX_MODELS = 500
const MAX_NAME_LENGTH = 512

/** The report of a server that said which models it has. */
export function reportModels(facts: ServerFacts): ServerReport {
  const models = facts.models
    .filter(({ name }) => isShowable(name))
    .slice(0, MAX_MODELS)
    .map(toServedModel)
    .sort((a, b) => rank(a) - rank(b))
  const contextSize = facts.contextSize ?? null
  const hasModel = models.some((model) => !model.remote)
  const isReady = models.some((model) => model.loaded === true)
  if (facts.isLoading && !isReady) return { state: 'loading', models, contextSize }
  if (!hasModel) return { state: 'no_model', models, contextSize }
  return { state: facts.isBusy ? 'busy' : 'found', models, contextSize }
}

/** The report of a recognised server that did not say which models it has. */
export function reportRefusal(answer: ServerAnswer): ServerReport {
  return { state: stateOfRefusal(answer), models: [], contextSize: null }
}

function stateOfRefusal(answer: ServerAnswer): ServerReport['state'] {
  if (wantsKey(answer)) return 'needs_key'
  if (answer.status === 429) return 'busy'
  if (answer.status === 503) return /load|start|initiali/i.test(answer.body) ? 'loading' : 'busy'
  return 'unrecognised'
}

/** By the name, for servers whose list says no more. */
export function isChatModelName(name: string): boolean {
  return !/embed|rerank|whisper|stable-diffusion|(^|[-_/.])(tts|bge)([-_/.:]|$)/i.test(name)
}

/** A name is shown, put into a command and sent back as it is, so one that cannot be shown honestly is left out. */
function isShowable(name: string): boolean {
  return (
    name !== '' && name.length <= MAX_NAME_LENGTH && isStorableText(name) && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)
  )
}

function toServedModel({ name, sizeBytes, isLoaded, isRemote }: ListedModel): ServedModel {
  return { name, size_bytes: toCount(sizeBytes), loaded: isLoaded ?? null, remote: isRemote ?? false }
}

function toCount(value: number | null | undefined): number | null {
  const count = Math.round(value ?? Number.NaN)
  return Number.isSafeInteger(count) && count >= 0 ? count : null
}

function rank({ loaded, remote }: ServedModel): number {
  return Number(remote) * 2 + Number(loaded !== true)
}
