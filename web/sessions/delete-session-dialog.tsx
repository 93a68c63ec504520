import { useState } from 'react'
import type { Session } from '../../protocol/session.ts'
import { useServices } from '../services.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'

interface DeleteSessionDialogProps {
  readonly session: Session
  readonly onClose: () => void
}

export function DeleteSessionDialog({ session, onClose }: DeleteSessionDialogProps) {
  const { app, location } = useServices()
  const isRunning = useSelected(app.state, (state) => state.activeTurns.has(session.id))
  const [state, setState] = useState<'asking' | 'deleting' | 'failed'>('asking')

  async function deleteNow(): Promise<void> {
    setState('deleting')
    const isGone = await app.deleteSession(session.id)
    if (!isGone) return setState('failed')
    if (location.session.get() === session.id) location.openStart()
    onClose()
  }

  return (
    <ConfirmDialog
      isOpen
      title={words.deleteDialog.title}
      confirmLabel={state === 'deleting' ? words.deleteDialog.deleting : words.deleteDialog.confirm}
      cancelLabel={words.deleteDialog.cancel}
      isBusy={state === 'deleting'}
      onConfirm={() => void deleteNow()}
      onClose={onClose}
    >
      <p>{words.deleteDialog.body(session.title || words.sessions.untitled)}</p>
      {isRunning && <p>{words.deleteDialog.bodyWhileRunning}</p>}
      {state === 'failed' && (
        <p role="status" className="text-alarm">
          {words.deleteDialog.failed}
        </p>
      )}
    </ConfirmDialog>
  )
}
