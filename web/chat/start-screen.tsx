import { useRef } from 'react'
import { NEW_SESSION_DRAFT } from '../client/drafts.ts'
import { wordsBeyond } from '../client/send-line.ts'
import { useServices } from '../services.ts'
import { ShellMark } from '../ui/shell-mark.tsx'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { Composer, useFocusAtStart } from './composer.tsx'
import { GhostMessages } from './sending-ghost.tsx'

/** Where a new session begins: it is made when the first message is sent. */
export function StartScreen() {
  const { drafts, newSession } = useServices()
  const text = useStore(drafts.of(NEW_SESSION_DRAFT))
  const state = useStore(newSession.state)
  const creating = state.status === 'creating' ? state : null
  const inputRef = useRef<HTMLTextAreaElement | null>(null)
  useFocusAtStart(inputRef)
  return (
    <>
      <div className="flex min-h-0 flex-1 flex-col overflow-y-auto px-6 low:flex-none low:overflow-visible">
        <div className="my-auto flex flex-col items-center gap-4 py-6 text-center">
          <ShellMark className="size-14 text-accent" />
          <h2 className="text-balance font-serif text-display">{words.start.heading}</h2>
          <p className="max-w-card text-body text-soft">{words.start.lead}</p>
        </div>
      </div>
      <Composer
        text={text}
        onText={(next) => drafts.set(NEW_SESSION_DRAFT, next)}
        placeholder={words.start.placeholder}
        mode={creating !== null && wordsBeyond(creating, text).trim() === '' ? 'sending' : 'send'}
        onSend={() => void newSession.send()}
        onStop={noAnswerToStop}
        onKey={noKeyTaken}
        inputRef={inputRef}
        attachments={newSession.attachments}
      >
        {creating !== null && (
          <GhostMessages message={creating.message} note={words.start.creating} waiting={creating.waiting} />
        )}
        {state.status === 'failed' && (
          <p role="status" className="mb-2 px-2 text-small">
            {words.start.failed}
          </p>
        )}
      </Composer>
    </>
  )
}

function noAnswerToStop(): void {}

function noKeyTaken(): boolean {
  return false
}
