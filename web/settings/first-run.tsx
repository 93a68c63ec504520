import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { ShellMark } from '../ui/shell-mark.tsx'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'
import { AddressForm } from './address-form.tsx'
import { LookAgain, ServerList } from './server-list.tsx'

/** The first thing to see where no model was found: what was looked for, what to do, and the way on without. It goes by itself. */
export function FirstRun() {
  const { models: feed } = useServices()
  const models = useSelected(feed.state, (state) => state.models)
  if (models === null) return null
  return (
    <div className="min-h-0 flex-1 overflow-y-auto px-5 sm:px-7" data-testid="first-run">
      <div className="mx-auto flex w-full max-w-measure flex-col gap-5 py-8">
        <ShellMark className="size-12 text-accent" />
        <h2 className="text-balance font-serif text-title">{words.firstRun.heading}</h2>
        <p className="max-w-line text-pretty text-body text-soft">{words.firstRun.lead}</p>
        <div className="flex flex-wrap gap-2">
          <Button tone="strong" onClick={() => void feed.choose({ kind: 'practice' })}>
            {words.firstRun.practice}
          </Button>
          <LookAgain />
        </div>
        <p role="status" className="text-note text-soft">
          {words.firstRun.waiting}
        </p>
        <ServerList models={models} />
        <AddressForm />
      </div>
    </div>
  )
}
