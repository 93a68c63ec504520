import { Check } from 'lucide-react'
import { useState } from 'react'
import type { ModelServer, ServedModel } from '../../protocol/model-server.ts'
import type { ModelChoice } from '../../protocol/models.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { words } from '../words.ts'
import { refusalText } from './refusal-text.ts'

interface ServedModelsProps {
  readonly server: ModelServer
  readonly choice: ModelChoice
}

const SHOWN = 5
const BYTES_PER_GB = 1e9

/** The models of a server, each of which can be chosen. */
export function ServedModels({ server, choice }: ServedModelsProps) {
  const { models } = useServices()
  const [isOpen, setIsOpen] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const shown = isOpen ? server.models : server.models.slice(0, SHOWN)
  const isFixed = choice.chosen_by === 'command_line'

  async function choose(name: string): Promise<void> {
    if (server.base_url === null) return
    const result = await models.choose({ kind: 'endpoint', base_url: server.base_url, model: name })
    setProblem(result.status === 'ok' ? null : refusalText(result))
  }

  return (
    <ul className="flex flex-col" aria-label={words.models.modelsOf(server.name)}>
      {shown.map((model) => (
        <li key={model.name} className="flex min-h-10 items-center gap-3">
          <span className="min-w-0 flex-1 text-small [overflow-wrap:anywhere]">
            {model.name} <span className="text-note text-soft">{describeModel(model)}</span>
          </span>
          {server.base_url === choice.base_url && model.name === choice.model ? (
            <span className="inline-flex min-h-9 items-center gap-1.5 px-2 text-accent text-note">
              <Check className="size-4" aria-hidden="true" />
              {words.models.answersNow}
            </span>
          ) : (
            <Button
              aria-label={words.models.takeModel(model.name)}
              disabled={isFixed}
              onClick={() => void choose(model.name)}
            >
              {words.models.use}
            </Button>
          )}
        </li>
      ))}
      {server.models.length > shown.length && (
        <li>
          <Button tone="plain" onClick={() => setIsOpen(true)}>
            {words.models.more(server.models.length - shown.length)}
          </Button>
        </li>
      )}
      {problem !== null && (
        <li role="alert" className="text-alarm text-note">
          {problem}
        </li>
      )}
    </ul>
  )
}

function describeModel({ loaded, remote, size_bytes: size }: ServedModel): string {
  const facts = [
    remote ? words.models.remote : null,
    loaded ? words.models.inMemory : null,
    size === null || remote ? null : words.models.size(size / BYTES_PER_GB),
  ]
  return facts.filter((fact) => fact !== null).join(' · ')
}
