import { type SubmitEvent, useState } from 'react'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/text-field.tsx'
import { words } from '../words.ts'
import { refusalText } from './refusal-text.ts'

interface KeyFormProps {
  readonly baseUrl: string
  readonly hasKey: boolean
}

/** Takes the API key of one server. What is kept is never shown again. */
export function KeyForm({ baseUrl, hasKey }: KeyFormProps) {
  const { models } = useServices()
  const [key, setKey] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isSaving, setIsSaving] = useState(false)

  async function save(next: string | null): Promise<void> {
    setIsSaving(true)
    const result = await models.keepKey(baseUrl, next)
    setIsSaving(false)
    setProblem(result.status === 'ok' ? null : refusalText(result))
    if (result.status === 'ok') setKey('')
  }
  function onSubmit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault()
    if (key !== '') void save(key)
  }

  return (
    <form onSubmit={onSubmit}>
      <TextField
        label={words.models.key}
        hint={words.models.keyHint(new URL(baseUrl).host)}
        problem={problem}
        type="password"
        value={key}
        placeholder={hasKey ? words.models.keyKept : ''}
        onChange={(event) => setKey(event.currentTarget.value)}
      >
        <Button type="submit" disabled={isSaving || key === ''}>
          {words.models.keepKey}
        </Button>
        {hasKey && (
          <Button tone="plain" disabled={isSaving} onClick={() => void save(null)}>
            {words.models.forgetKey}
          </Button>
        )}
      </TextField>
    </form>
  )
}
