import { Upload } from 'lucide-react'
import { type ChangeEvent, useRef, useState } from 'react'
import { useServices } from '../services.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { words } from '../words.ts'

/** Brings a session back from a file. */
export function ImportButton({ onOpened }: { onOpened: () => void }) {
  const { app, location } = useServices()
  const inputRef = useRef<HTMLInputElement | null>(null)
  const [state, setState] = useState<'idle' | 'importing' | 'refused' | 'failed'>('idle')
  async function take(event: ChangeEvent<HTMLInputElement>): Promise<void> {
    const file = event.currentTarget.files?.item(0)
    event.currentTarget.value = '' // the same file may be chosen again
    if (!file) return
    setState('importing')
    const result = await app.importSession(await file.text())
    if (result.status !== 'ok') return setState(result.status === 'refused' ? 'refused' : 'failed')
    setState('idle')
    location.openSession(result.value.id)
    onOpened()
  }
  return (
    <>
      <IconButton
        label={words.sessionFile.import}
        disabled={state === 'importing'}
        onClick={() => inputRef.current?.click()}
      >
        <Upload className="size-4" aria-hidden="true" />
      </IconButton>
      <input
        ref={inputRef}
        type="file"
        accept="application/json,.json"
        aria-label={words.sessionFile.import}
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => void take(event)}
      />
      {(state === 'refused' || state === 'failed') && (
        <p role="status" className="w-full px-1 pt-1 text-note text-soft">
          {words.sessionFile[state]}
        </p>
      )}
    </>
  )
}
