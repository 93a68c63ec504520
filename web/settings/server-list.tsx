import { RefreshCw } from 'lucide-react'
import type { ModelServer } from '../../protocol/model-server.ts'
import type { Models } from '../../protocol/models.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'
import { ServerRow } from './server-row.tsx'

/** The servers that were looked for: those that are there, then, folded away, those that are not. */
export function ServerList({ models }: { models: Models }) {
  const there = models.servers.filter(({ state }) => state !== 'refused')
  const absent = models.servers.filter(({ state }) => state === 'refused')
  return (
    <div className="flex flex-col">
      {there.length > 0 && <Rows servers={there} models={models} label={words.models.thereLabel} />}
      {absent.length > 0 && (
        <details className="group border-line border-t" open={there.length === 0}>
          <summary className="flex min-h-11 cursor-pointer items-center rounded-small text-small text-soft">
            <span className="underline-offset-4 group-hover:underline">
              {there.length === 0 ? words.models.noneThere(absent.length) : words.models.absent(absent.length)}
            </span>
          </summary>
          <Rows servers={absent} models={models} label={words.models.absentLabel} />
        </details>
      )}
    </div>
  )
}

interface RowsProps {
  readonly servers: readonly ModelServer[]
  readonly models: Models
  readonly label: string
}

function Rows({ servers, models, label }: RowsProps) {
  return (
    <ul aria-label={label}>
      {servers.map((server) => (
        <ServerRow key={`${server.kind} ${server.address}`} server={server} choice={models.choice} />
      ))}
    </ul>
  )
}

/** Looks for servers anew. Conch does so by itself from time to time. */
export function LookAgain() {
  const { models } = useServices()
  const isLooking = useSelected(models.state, (state) => state.isLooking)
  return (
    <Button disabled={isLooking} onClick={() => void models.lookAgain()}>
      <RefreshCw className={`size-4 ${isLooking ? 'animate-breathe' : ''}`} aria-hidden="true" />
      {isLooking ? words.models.looking : words.models.lookAgain}
    </Button>
  )
}
