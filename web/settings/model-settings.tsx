import type { Models } from '../../protocol/models.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'
import { AddressForm } from './address-form.tsx'
import { ModelAbilities } from './model-abilities.tsx'
import { LookAgain, ServerList } from './server-list.tsx'
import { Advice } from './server-row.tsx'
import { ServerState } from './server-state.tsx'

/** Which model answers, and what else could. */
export function ModelSettings() {
  const { models: feed } = useServices()
  const models = useSelected(feed.state, (state) => state.models)
  if (models === null) return <p className="text-small text-soft">{words.models.loading}</p>
  const { choice } = models
  const isFixed = choice.chosen_by === 'command_line'
  return (
    <div className="flex flex-col gap-5">
      <AnswersNow models={models} />
      <div className="flex flex-wrap items-center gap-2">
        <LookAgain />
        {!isFixed && (
          <>
            <Button disabled={choice.chosen_by !== 'person'} onClick={() => void feed.choose({ kind: 'automatic' })}>
              {words.models.automatic}
            </Button>
            <Button
              disabled={choice.practice && choice.chosen_by === 'person'}
              onClick={() => void feed.choose({ kind: 'practice' })}
            >
              {words.models.usePractice}
            </Button>
          </>
        )}
      </div>
      <ServerList models={models} />
      {!isFixed && <AddressForm />}
    </div>
  )
}

function AnswersNow({ models }: { models: Models }) {
  const { choice } = models
  const advised = advisedServer(models)
  const name = choice.practice ? words.practice.chip : (choice.model ?? words.models.firstModel)
  return (
    <div
      className="flex flex-col gap-2 rounded-medium border border-line bg-raised p-4 shadow-card"
      data-testid="model-choice"
    >
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium text-body [overflow-wrap:anywhere]">{name}</span>
        {choice.state !== null && <ServerState state={choice.state} />}
      </p>
      <p className="text-note text-soft [overflow-wrap:anywhere]">
        {choice.base_url === null ? words.models.practiceIs : choice.base_url} {words.models.chosenBy[choice.chosen_by]}
      </p>
      {advised !== null && <Advice server={advised} />}
      {choice.capabilities !== null && <ModelAbilities capabilities={choice.capabilities} />}
    </div>
  )
}

/** The server of the chosen model, where there is something to say about it. */
function advisedServer({ choice, servers }: Models) {
  const { base_url, state, next_step } = choice
  if (base_url === null || state === null || next_step === null) return null
  const { kind, name } = servers.find((server) => server.base_url === base_url) ?? { kind: 'other' as const, name: '' }
  return { kind, name, state, address: new URL(base_url).origin, base_url, next_step }
}
