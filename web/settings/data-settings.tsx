import { Download } from 'lucide-react'
import { useState } from 'react'
import type { AllSessions } from '../../protocol/session.ts'
import { EXPORT_ADDRESS } from '../client/data-client.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { words } from '../words.ts'
import { DeleteAllDialog } from './delete-all-dialog.tsx'

/** What is kept here: to take away, and to delete. */
export function DataSettings() {
  const { data } = useServices()
  const [seen, setSeen] = useState<AllSessions | null>(null)
  const [note, setNote] = useState<string | null>(null)

  async function ask(): Promise<void> {
    const result = await data.count()
    if (result.status !== 'ok') return setNote(words.data.failed)
    const isEmpty = result.value.sessions === 0
    setNote(isEmpty ? words.data.nothing : null)
    if (!isEmpty) setSeen(result.value)
  }
  function close(isGone: boolean): void {
    setSeen(null)
    if (isGone) setNote(words.data.gone)
  }

  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        <a
          href={EXPORT_ADDRESS}
          download
          className="inline-flex min-h-9 items-center gap-2 rounded-medium border border-line bg-raised px-3.5 py-1.5 font-medium text-small hover:border-edge hover:bg-sunken touch:min-h-11"
        >
          <Download className="size-4" aria-hidden="true" />
          {words.data.exportAll}
        </a>
        <Button onClick={() => void ask()}>{words.data.deleteAll}</Button>
      </div>
      <p className="max-w-line text-pretty text-note text-soft">{words.data.exportHint}</p>
      {note !== null && (
        <p role="status" className="text-note">
          {note}
        </p>
      )}
      {seen !== null && <DeleteAllDialog initiallySeen={seen} onClose={close} />}
    </div>
  )
}
