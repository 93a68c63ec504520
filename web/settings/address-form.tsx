import { type SubmitEvent, useState } from 'react'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/text-field.tsx'
import { words } from '../words.ts'
import { refusalText } from './refusal-text.ts'

/** Chooses a server by its address. Its model and its key are asked for once it has been looked at. */
export function AddressForm() {
  const { models } = useServices()
  const [address, setAddress] = useState('')
  const [problem, setProblem] = useState<string | null>(null)

  async function save(): Promise<void> {
    setProblem(null) // the same answer is another one, and is said again
    const result = await models.choose({ kind: 'endpoint', base_url: address.trim(), model: null })
    setProblem(result.status === 'ok' ? null : refusalText(result))
    if (result.status === 'ok') setAddress('')
  }
  function onSubmit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault()
    if (address.trim() !== '') void save()
  }

  return (
    <form onSubmit={onSubmit}>
      <TextField
        label={words.models.address}
        hint={words.models.addressHint}
        problem={problem}
        inputMode="url"
        translate="no"
        placeholder="http://192.168.1.20:8080/v1"
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
      >
        <Button type="submit" disabled={address.trim() === ''}>
          {words.models.useAddress}
        </Button>
      </TextField>
    </form>
  )
}
