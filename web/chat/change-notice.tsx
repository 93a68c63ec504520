import type { MessageId } from '../../protocol/ids.ts'
import type { Change } from '../client/history-changes.ts'
import { Button } from '../ui/button.tsx'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { useSessionPlace } from './session-context.ts'

/** How a change of this message went, where it did not simply happen. A busy session has changed nothing, and says so. */
export function ChangeNotice({ messageId }: { messageId: MessageId }) {
  const { session, showEnd } = useSessionPlace()
  const state = useStore(session.changes.state)
  if (state.status === 'idle' || state.change.messageId !== messageId) return null
  if (state.status === 'working') {
    return (
      <p role="status" className="animate-late text-note text-soft">
        {words.history.working}
      </p>
    )
  }
  const { kind } = state.change
  async function stopAndDo(): Promise<void> {
    const isAccepted =
      kind === 'edit'
        ? await session.changes.sendEdit('interrupt')
        : await session.changes.askAgain(messageId, 'interrupt')
    if (isAccepted) showEnd()
  }
  return (
    <div
      role="status"
      data-testid="change-notice"
      className="flex flex-wrap items-center gap-2 rounded-medium border border-line bg-sunken px-3 py-2 text-small"
    >
      <p className="min-w-0 flex-1">{state.status === 'busy' ? words.history.busy : words.history.failed}</p>
      {state.status === 'busy' && mayInterrupt(kind) && (
        <Button className="text-note" onClick={() => void stopAndDo()}>
          {words.history.stopAndDo}
        </Button>
      )}
      <Button tone="plain" className="text-note" onClick={session.changes.dismiss}>
        {words.composer.dismiss}
      </Button>
    </div>
  )
}

function mayInterrupt(kind: Change['kind']): boolean {
  return kind === 'edit' || kind === 'ask_again'
}
