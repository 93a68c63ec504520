import { useState } from 'react'
import type { AllSessions } from '../../protocol/session.ts'
import type { ApiFailure } from '../client/api-result.ts'
import { useServices } from '../services.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { words } from '../words.ts'

interface DeleteAllDialogProps {
  readonly initiallySeen: AllSessions
  readonly onClose: (isGone: boolean) => void
}

/** Says what will be gone, and deletes exactly that: where there is more or less meanwhile, it says so and asks again. */
export function DeleteAllDialog({ initiallySeen, onClose }: DeleteAllDialogProps) {
  const { data } = useServices()
  const [seen, setSeen] = useState(initiallySeen)
  const [isDeleting, setIsDeleting] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  async function deleteNow(): Promise<void> {
    setIsDeleting(true)
    const result = await data.deleteAll(seen)
    if (result.status === 'ok') return onClose(true)
    const counted = await data.count()
    if (counted.status === 'ok') setSeen(counted.value)
    setIsDeleting(false)
    setProblem(problemOf(result))
  }

  return (
    <ConfirmDialog
      isOpen
      title={words.data.dialogTitle}
      confirmLabel={isDeleting ? words.deleteDialog.deleting : words.data.dialogConfirm}
      cancelLabel={words.data.dialogCancel}
      isBusy={isDeleting}
      onConfirm={() => void deleteNow()}
      onClose={() => onClose(false)}
    >
      <p>{words.data.dialogBody(seen.sessions, seen.messages)}</p>
      <p>{words.data.dialogStays}</p>
      {problem !== null && (
        <p role="status" className="text-alarm">
          {problem}
        </p>
      )}
    </ConfirmDialog>
  )
}

function problemOf(failure: ApiFailure): string {
  const code = failure.status === 'refused' ? failure.problem.code : ''
  if (code === 'turn_active') return words.data.busy
  return code === 'sessions_changed' ? words.data.changed : words.data.failed
}
