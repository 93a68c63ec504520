import { type ReactNode, useEffect, useState } from 'react'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { RadioChoice } from '../ui/radio-choice.tsx'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'
import { refusalText } from './refusal-text.ts'

/** The least that GAIA's clients take, and what people have room for. */
const SIZES = [null, 32_768, 65_536, 131_072] as const

/** How much a model is asked to remember at once, where Conch has it loaded. */
export function ContextSize() {
  const { data } = useServices()
  const [size, setSize] = useState<number | null | undefined>(undefined)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    void data.readContextSize().then((result) => result.status === 'ok' && setSize(result.value.context_size))
  }, [data])

  async function choose(wanted: number | null): Promise<void> {
    const result = await data.setContextSize(wanted)
    setProblem(result.status === 'ok' ? null : refusalText(result))
    if (result.status === 'ok') setSize(result.value.context_size)
  }

  if (size === undefined) return null
  const sizes = SIZES.some((known) => known === size) ? SIZES : [...SIZES, size]
  return (
    <div className="flex flex-col gap-2">
      <RadioChoice
        heading={words.contextSize.heading}
        choices={sizes.map((value) => ({
          value,
          label: value === null ? words.contextSize.asServer : words.contextSize.tokens(value),
        }))}
        value={size}
        onChoose={(value) => void choose(value)}
      />
      <p className="max-w-line text-pretty text-note text-soft">{words.contextSize.hint}</p>
      {problem !== null && (
        <p role="alert" className="text-alarm text-note">
          {problem}
        </p>
      )}
      <LoadAgain />
    </div>
  )
}

/** Where Lemonade has the model that answers, it can be loaded anew with what is set. */
function LoadAgain() {
  const { data, models } = useServices()
  const [note, setNote] = useState<ReactNode>(null)
  const model = useSelected(models.state, ({ models: known }) => {
    const server = known?.servers.find(({ base_url }) => base_url !== null && base_url === known.choice.base_url)
    return server?.kind === 'lemonade' ? (known?.choice.model ?? null) : null
  })
  if (model === null) return null

  async function load(name: string): Promise<void> {
    const result = await data.loadModel(name)
    const refused = result.status === 'refused' ? <span lang="en">{result.problem.detail}</span> : words.models.notSaved
    setNote(result.status === 'ok' ? words.contextSize.loading(name) : refused)
  }
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-note">
      <Button onClick={() => void load(model)}>{words.contextSize.loadAgain(model)}</Button>
      <span role="status" className="min-w-0 flex-1 basis-48 text-soft">
        {note}
      </span>
    </p>
  )
}
