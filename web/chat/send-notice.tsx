import { X } from 'lucide-react'
import type { SendState } from '../client/turn-sender.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { words } from '../words.ts'

interface SendNoticeProps {
  readonly state: SendState
  readonly onDismiss: () => void
}

/** Why the last send did not go through, beside the text that is still there. */
export function SendNotice({ state, onDismiss }: SendNoticeProps) {
  if (state.status !== 'refused') return null
  const showsDetail = state.reason === 'invalid' && state.detail !== ''
  return (
    <div
      data-testid="send-notice"
      data-reason={state.reason}
      role="status"
      className="mb-2 flex animate-rise items-center gap-2 rounded-medium border border-line bg-raised py-1.5 ps-4 pe-1.5 text-small"
    >
      <p className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        {words.composer.refused[state.reason]}
        {showsDetail && (
          <span lang="en" className="text-soft">
            {' '}
            {state.detail}
          </span>
        )}
      </p>
      <IconButton label={words.composer.dismiss} onClick={onDismiss}>
        <X className="size-4" aria-hidden="true" />
      </IconButton>
    </div>
  )
}
