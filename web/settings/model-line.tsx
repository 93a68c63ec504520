import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'
import { ServerState } from './server-state.tsx'

/** Says, above the conversation, that the chosen model's server does not stand as it should, and which way it does not. */
export function ModelLine() {
  const { models, location } = useServices()
  const choice = useSelected(models.state, (state) => state.models?.choice ?? null)
  if (choice === null || choice.state === null || choice.state === 'found') return null
  return (
    <aside
      data-testid="model-line"
      aria-label={words.models.lineLabel}
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-line border-b bg-wash/60 px-4 py-1.5 text-small md:px-6"
    >
      <ServerState state={choice.state} />
      <span role="status" className="min-w-0 flex-1 basis-64">
        {words.models.line[choice.state](choice.model ?? words.models.firstModel)}
      </span>
      <Button tone="plain" onClick={location.openSettings}>
        {words.models.lineAction}
      </Button>
    </aside>
  )
}
