import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, Hourglass, KeyRound, LoaderCircle } from 'lucide-react'
import type { ModelServerState } from '../../protocol/model-server.ts'
import { words } from '../words.ts'

const ICONS: Readonly<Record<ModelServerState, typeof CircleCheck>> = {
  found: CircleCheck,
  busy: Hourglass,
  loading: LoaderCircle,
  needs_key: KeyRound,
  no_model: CircleAlert,
  timed_out: CircleAlert,
  unrecognised: CircleHelp,
  refused: CircleDashed,
}

/** How a server stands: a picture and a word, so that colour is never all there is. */
export function ServerState({ state }: { state: ModelServerState }) {
  const Icon = ICONS[state]
  const tone = state === 'found' ? 'text-accent' : state === 'timed_out' ? 'text-alarm' : 'text-soft'
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap text-note ${tone}`}>
      <Icon className="size-4 shrink-0" aria-hidden="true" />
      {words.models.states[state]}
    </span>
  )
}
