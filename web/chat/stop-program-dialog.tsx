import { type ReactNode, useState } from 'react'
import type { TurnId } from '../../protocol/ids.ts'
import type { HeldTurn } from '../client/turn-holder.ts'
import { useServices } from '../services.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { words } from '../words.ts'

interface AskingBeforeStop {
  /** Does `act`, which ends the turn; that of a program only after the person was asked once more. */
  readonly stopBy: (act: () => void) => void
  readonly dialog: ReactNode
}

/** Nobody may be looking at what a program has asked for: before it is stopped, the effect is named (ui.md §3.5). */
export function useAskingBeforeStop(turn: HeldTurn | null): AskingBeforeStop {
  const { identity } = useServices()
  const [asked, setAsked] = useState<{ readonly turnId: TurnId; readonly act: () => void } | null>(null)
  function stopBy(act: () => void): void {
    if (turn === null || turn.kind === 'browser') act()
    else setAsked({ turnId: turn.turnId, act })
  }
  if (turn === null || asked?.turnId !== turn.turnId) return { stopBy, dialog: null }
  const dialog = (
    <ConfirmDialog
      isOpen
      title={words.holder.stopProgramTitle}
      confirmLabel={words.holder.stopProgram}
      cancelLabel={words.holder.letFinish}
      isBusy={false}
      onConfirm={() => {
        setAsked(null)
        asked.act()
      }}
      onClose={() => setAsked(null)}
    >
      <p>{words.holder.stopProgramBody(words.holder.who(turn, identity.label))}</p>
    </ConfirmDialog>
  )
  return { stopBy, dialog }
}
