import { useState } from 'react'
import type { ModelCapabilities } from '../../protocol/model-server.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { words } from '../words.ts'
import { refusalText } from './refusal-text.ts'

/** What the chosen model can do, as far as its server says; the rest can be tried. */
export function ModelAbilities({ capabilities }: { capabilities: ModelCapabilities }) {
  const { models } = useServices()
  const [isTrying, setIsTrying] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const isUnsure = capabilities.continues_message === 'unknown' || capabilities.reports_progress === 'unknown'

  async function tryOut(): Promise<void> {
    setIsTrying(true)
    const result = await models.tryOut()
    setIsTrying(false)
    setProblem(result.status === 'ok' ? null : refusalText(result))
  }

  return (
    <>
      <ul className="text-note text-soft" data-testid="model-abilities">
        {describe(capabilities).map((fact) => (
          <li key={fact}>{fact}</li>
        ))}
      </ul>
      {isUnsure && (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-note text-soft">
          <Button disabled={isTrying} onClick={() => void tryOut()}>
            {isTrying ? words.models.trying : words.models.tryOut}
          </Button>
          <span className="min-w-0 flex-1 basis-48">{words.models.tryOutHint}</span>
        </p>
      )}
      {problem !== null && (
        <p role="alert" className="text-alarm text-note">
          {problem}
        </p>
      )}
    </>
  )
}

function describe(capabilities: ModelCapabilities): readonly string[] {
  const { context_size: size, tools, continues_message: continues, reports_progress: progress } = capabilities
  const facts = [
    size === null ? words.models.contextUnknown : words.models.contextSize(size),
    tools === 'unknown' ? null : words.models.tools[tools],
    words.models.continues[continues],
    words.models.progress[progress],
  ]
  return facts.filter((fact) => fact !== null)
}
